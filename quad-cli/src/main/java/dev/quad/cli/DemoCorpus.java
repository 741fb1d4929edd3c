// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * A small corpus with planted structure, written by a generator: six topics of templated prose, one of them worked sums
 * as in the reference; texts of shuffled words; texts that repeat a phrase of the other topics; exact duplicates.
 */
final class DemoCorpus {
    /** One generated document; {@code kind} is for the reader and never shown to the selector. */
    record Text(String id, String kind, String text) {}

    private static final String[] NAMES = {"Ada", "Noor", "Lea", "Ivan", "Mina", "Omar", "Ruth", "Tomas", "Yara", "Finn"
    };
    private static final String[] THINGS = {
        "apples", "coins", "books", "stamps", "shells", "pencils", "marbles", "tickets"
    };

    private static final String[][] COOKING = {
        {"Simmer", "Whisk", "Fold", "Roast", "Chop", "Stir", "Season", "Knead"},
        {"the onions", "the dough", "the lentils", "the sauce", "the carrots", "the custard", "the rice", "the herbs"},
        {
            "until golden",
            "over a low flame",
            "with a pinch of salt",
            "for ten minutes",
            "in warm butter",
            "until it thickens"
        }
    };
    private static final String[][] SAILING = {
        {"The skipper trimmed", "The crew hoisted", "We reefed", "The helmsman eased", "They furled", "The mate lashed"
        },
        {"the mainsail", "the jib", "the spinnaker", "the anchor line", "the mooring", "the foresail"},
        {"before the squall", "as the tide turned", "off the northern cape", "under a grey sky", "past the lighthouse"}
    };
    private static final String[][] LAW = {
        {"The court held that", "Counsel argued that", "The statute provides that", "The appellant contends that"},
        {"the contract", "the easement", "the testimony", "the motion", "the judgment", "the lease"},
        {
            "was void for want of consideration",
            "is admissible under the rule",
            "must be construed strictly",
            "was properly denied"
        }
    };
    private static final String[][] GARDEN = {
        {"Plant", "Prune", "Water", "Mulch", "Thin", "Harvest"},
        {"the roses", "the tomatoes", "the hedge", "the seedlings", "the strawberries", "the apple trees"},
        {
            "in early spring",
            "after the last frost",
            "in well drained soil",
            "every other morning",
            "before the buds open"
        }
    };
    private static final String[][] CODE = {
        {"public void", "private int", "static boolean", "protected String"},
        {"loadIndex", "parseHeader", "flushBuffer", "countRows", "openStream", "closeAll"},
        {
            "(int size) { return size + 1; }",
            "() { lock.release(); }",
            "(String name) { map.remove(name); }",
            "(long at) { buffer.seek(at); }"
        }
    };

    private final Seed seed;

    DemoCorpus(Seed seed) {
        this.seed = seed;
    }

    /** About half a megabyte of documents to choose from, in random order. */
    List<Text> pool() {
        RandomGenerator random = seed.stream("demo.pool");
        List<Text> texts = new ArrayList<>();
        for (int i = 0; i < 260; i++) {
            add(texts, "sums", sums(random));
        }
        int sums = texts.size();
        String[][][] topics = {COOKING, SAILING, LAW, GARDEN, CODE};
        String[] names = {"cooking", "sailing", "law", "garden", "code"};
        for (int topic = 0; topic < topics.length; topic++) {
            for (int i = 0; i < 220; i++) {
                add(texts, names[topic], prose(random, topics[topic]));
            }
        }
        int clean = texts.size();
        for (int i = 0; i < 120; i++) {
            add(
                    texts,
                    "shuffled words",
                    shuffled(random, texts.get(random.nextInt(clean)).text()));
        }
        for (int i = 0; i < 60; i++) {
            add(
                    texts,
                    "repetition",
                    (texts.get(sums + random.nextInt(clean - sums)).text().substring(0, 24) + " ").repeat(12));
        }
        for (int i = 0; i < 100; i++) {
            add(texts, "duplicate", texts.get(random.nextInt(clean)).text());
        }
        for (int i = texts.size() - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            Text swapped = texts.get(i);
            texts.set(i, texts.get(j));
            texts.set(j, swapped);
        }
        return texts;
    }

    /** Worked sums that are not in the pool. */
    List<Text> reference() {
        RandomGenerator random = seed.stream("demo.reference");
        List<Text> texts = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            add(texts, "reference", sums(random));
        }
        return texts;
    }

    private static void add(List<Text> texts, String kind, String text) {
        texts.add(new Text(String.format(Locale.ROOT, "demo-%05d", texts.size()), kind, text));
    }

    private static String pick(RandomGenerator random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static String prose(RandomGenerator random, String[]... parts) {
        StringBuilder text = new StringBuilder();
        int sentences = 5 + random.nextInt(5);
        for (int i = 0; i < sentences; i++) {
            text.append(pick(random, parts[0]))
                    .append(' ')
                    .append(pick(random, parts[1]))
                    .append(' ')
                    .append(pick(random, parts[2]))
                    .append(i % 2 == 0 ? ". " : ".\n");
        }
        return text.toString().strip();
    }

    private static String sums(RandomGenerator random) {
        StringBuilder text = new StringBuilder();
        int steps = 3 + random.nextInt(3);
        for (int i = 0; i < steps; i++) {
            int a = 2 + random.nextInt(60);
            int b = 2 + random.nextInt(40);
            String name = pick(random, NAMES);
            String thing = pick(random, THINGS);
            text.append(String.format(
                    Locale.ROOT,
                    "%s has %d %s and finds %d more. How many %s does %s have?\n%d + %d = %d, so the answer is %d.\n",
                    name,
                    a,
                    thing,
                    b,
                    thing,
                    name,
                    a,
                    b,
                    a + b,
                    a + b));
        }
        return text.toString().strip();
    }

    private static String shuffled(RandomGenerator random, String text) {
        String[] words = text.split("\\s+");
        for (int i = words.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            String swapped = words[i];
            words[i] = words[j];
            words[j] = swapped;
        }
        return String.join(" ", words);
    }
}
