// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.CandidatePool;
import dev.quad.Seed;
import dev.quad.testkit.DocumentScorerContract;
import dev.quad.text.Document;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** The contract, of documents that are sums, tales or both. */
abstract class TextScorerContract extends DocumentScorerContract<Document> {
    private static final List<String> TALE =
            List.of("the", "ship", "sailed", "over", "a", "sea", "of", "glass", "and", "Ünïcode", "naïve", "winds.\n");

    static String sum(RandomGenerator random) {
        int one = random.nextInt(90);
        int other = random.nextInt(90);
        return one + " + " + other + " = " + (one + other) + "\n";
    }

    static String tale(RandomGenerator random) {
        StringBuilder text = new StringBuilder();
        for (int words = 5 + random.nextInt(20); words > 0; words--) {
            text.append(TALE.get(random.nextInt(TALE.size()))).append(' ');
        }
        return text.toString();
    }

    /** Every third a sum; every fifteenth empty. */
    static List<Document> documents(int count, long seed) {
        RandomGenerator random = new Seed(seed).stream("test.documents");
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = i % 15 == 7
                    ? ""
                    : i % 3 == 0 ? sum(random) : i % 3 == 1 ? tale(random) : tale(random) + sum(random);
            documents.add(new Document("d" + i, text));
        }
        return documents;
    }

    static CandidatePool<Document> pool(List<Document> documents) {
        return CandidatePool.of(documents, document -> document.text().length(), "pool of " + documents.size());
    }

    @Override
    protected CandidatePool<Document> pool() {
        return pool(documents(45, 1));
    }

    @Override
    protected List<Document> reference() {
        RandomGenerator random = new Seed(9).stream("test.reference");
        List<Document> sums = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            sums.add(new Document("r" + i, sum(random) + sum(random)));
        }
        return sums;
    }

    @Override
    protected List<Document> unscorable() {
        return List.of(new Document("nothing", ""));
    }
}
