// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.Fingerprint;
import dev.quad.FittedScorer;
import dev.quad.Seed;
import dev.quad.text.Document;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/**
 * How hard a document is to read for an {@link NgramModel}, which has been trained on the reference, as CCNet does
 * (Wenzek et al., 2020), or on a random part of the pool, as Ankner et al. (2024) do. With H(z) its loss in nats a byte
 * and F(H) the share of the pool, estimated by a sample, that has a lower one, the score is {@code −H} for the low,
 * {@code H} for the high, and {@code −|F(H) − ½|}, in {@code [−½, 0]}, for the middle.
 *
 * <p>Which of them is best depends on the pool (Ankner et al.): the lowest are repetitions, the highest noise. Where
 * the model is of the pool the documents that it was trained on, and copies of them, are flagged, for they would be
 * read too well: a tenth of the pool, at most 16 million characters. An empty text is flagged too.
 */
public final class Perplexity implements DocumentScorer<Document> {
    private static final int SHARE = 10;
    private static final long MOST_CHARS = 16_000_000;
    private static final int QUANTILES_FROM = 5_000;

    /** Which documents are rather trained on. */
    public enum Rather {
        /** Those that are easy to read. */
        LOW,
        /** Those between. */
        MIDDLE,
        /** Those that are hard to read. */
        HIGH
    }

    private final boolean ofReference;
    private final Rather rather;

    private Perplexity(boolean ofReference, Rather rather) {
        this.ofReference = ofReference;
        this.rather = Objects.requireNonNull(rather, "rather is null; give LOW, MIDDLE or HIGH");
    }

    /**
     * By a model of the reference. Texts are prepared as in CCNet before they are read: in small letters, without
     * accents, each digit a 0, and signs of Unicode as those of ASCII.
     */
    public static Perplexity ofReference(Rather rather) {
        return new Perplexity(true, rather);
    }

    /** By a model of a part of the pool; texts are read as they are, and no reference is needed. */
    public static Perplexity ofPool(Rather rather) {
        return new Perplexity(false, rather);
    }

    @Override
    public String id() {
        return "perplexity(" + rather.name().toLowerCase(Locale.ROOT) + ", by "
                + (ofReference ? "the reference" : "a part of the pool") + ")";
    }

    @Override
    public boolean needsReference() {
        return ofReference;
    }

    @Override
    public FittedScorer<Document> fit(CandidatePool<Document> pool, List<? extends Document> reference, Seed seed) {
        Objects.requireNonNull(reference, "the reference is null");
        if (ofReference) {
            PoolSample.require("perplexity", pool, reference, seed);
        } else {
            PoolSample.require("perplexity", pool, seed);
        }
        long start = System.nanoTime();
        List<String> read = PoolSample.texts(
                ofReference
                        ? reference
                        : PoolSample.of(pool, 1 + (pool.size() - 1) / SHARE, MOST_CHARS, seed, "perplexity.part"));
        NgramModel model = NgramModel.train(read.stream().map(this::prepared).toList());
        Set<TextHash> trained = new HashSet<>();
        if (!ofReference) {
            read.forEach(text -> trained.add(TextHash.of(text)));
        }
        double[] losses = rather == Rather.MIDDLE
                ? PoolSample.of(pool, QUANTILES_FROM, MOST_CHARS, seed, "perplexity.quantiles").parallelStream()
                        .map(document -> prepared(document.text()))
                        .filter(text -> !text.isEmpty())
                        .mapToDouble(model::natsPerByte)
                        .sorted()
                        .toArray()
                : new double[0];
        Fingerprint learned = Fingerprint.of("perplexity").add(model.fingerprint());
        Arrays.stream(losses).mapToLong(Double::doubleToLongBits).forEach(learned::add);
        return new TextScores(id(), learned, start, NgramModel.DEFAULT_ORDER) {
            @Override
            double score(String text) {
                String prepared = prepared(text);
                if (prepared.isEmpty() || trained.contains(TextHash.of(text))) {
                    return Double.NaN;
                }
                double loss = model.natsPerByte(prepared);
                return switch (rather) {
                    case LOW -> -loss;
                    case HIGH -> loss;
                    case MIDDLE -> -Math.abs(below(losses, loss) - 0.5);
                };
            }

            @Override
            String reason(String text) {
                return prepared(text).isEmpty() ? "the text is empty" : "the model was trained on it";
            }
        };
    }

    /** The share of sorted values that are below, equal ones in their middle, others in proportion to the gap. */
    private static double below(double[] sorted, double value) {
        int least = first(sorted, value, false);
        int more = first(sorted, value, true);
        double rank = (least + more - 1) / 2.0;
        if (least == more && least > 0 && least < sorted.length) {
            rank = least - 1 + (value - sorted[least - 1]) / (sorted[least] - sorted[least - 1]);
        }
        return Math.min(1, Math.max(0, rank / Math.max(1, sorted.length - 1)));
    }

    /** The first place whose value is no less, or more. */
    private static int first(double[] sorted, double value, boolean more) {
        int from = 0;
        int to = sorted.length;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (sorted[middle] < value || (more && sorted[middle] == value)) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }

    private String prepared(String text) {
        if (!ofReference) {
            return text;
        }
        boolean isAscii = text.chars().allMatch(c -> c < 128);
        String plain = isAscii ? text : Normalizer.normalize(text, Normalizer.Form.NFD);
        StringBuilder prepared = new StringBuilder(plain.length());
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (c < 128) {
                prepared.append(c >= '0' && c <= '9' ? '0' : Character.toLowerCase(c));
            } else if (Character.getType(c) != Character.NON_SPACING_MARK) {
                prepared.append(Character.isDigit(c) ? '0' : sign(Character.toLowerCase(c)));
            }
        }
        return prepared.toString();
    }

    private static char sign(char c) {
        return switch (Character.getType(c)) {
            case Character.DASH_PUNCTUATION -> '-';
            case Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION ->
                c == '\u2018' || c == '\u2019' || c == '\u201B' ? '\'' : '"';
            case Character.SPACE_SEPARATOR -> ' ';
            default ->
                switch (c) {
                    case '\u3002', '\uFF0E' -> '.';
                    case '\u3001', '\uFF0C' -> ',';
                    case '\uFF1A' -> ':';
                    case '\uFF1B' -> ';';
                    case '\uFF1F' -> '?';
                    case '\uFF01' -> '!';
                    case '\uFF08' -> '(';
                    case '\uFF09' -> ')';
                    default -> c;
                };
        };
    }

    @Override
    public String toString() {
        return id();
    }

    /** A text by its length and a hash of 64 bits. */
    private record TextHash(int length, long hash) {
        static TextHash of(String text) {
            long state = 0;
            for (int i = 0; i < text.length(); i++) {
                state = (Long.rotateLeft(state, 23) ^ text.charAt(i)) * 0x9FB2_1C65_1E98_DF25L;
            }
            return new TextHash(text.length(), WordHashes.mix(state));
        }
    }
}
