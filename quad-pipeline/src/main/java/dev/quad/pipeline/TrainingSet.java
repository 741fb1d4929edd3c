// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.InputException;
import dev.quad.TokenSequence;
import dev.quad.baselines.NgramModel;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import dev.quad.text.Duplicates;
import dev.quad.text.JsonlPool;
import dev.quad.text.SequenceFile;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * What is trained on, as documents and as token sequences in a file, and parts of it: all but one of so many groups of
 * documents. A text falls into a group by what it says, so that sets that share documents leave out the same ones.
 */
final class TrainingSet {
    private final Path name;
    private final JsonlPool pool;
    private final SequenceFile sequences;
    private final int[] texts; // a number of the text of each document
    private final int[] ends; // of each document, in sequences
    private final int[] tokens; // predicted ones of each document
    private final String digest;

    /** Writes the sequences of all documents, and hands over what each is compared with others by. */
    TrainingSet(Path name, JsonlPool pool, SequenceFile sequences, Chunker chunker, Consumer<String> keys) {
        this.name = name;
        this.pool = pool;
        this.sequences = sequences;
        this.texts = new int[pool.size()];
        this.ends = new int[pool.size()];
        this.tokens = new int[pool.size()];
        for (int i = 0; i < pool.size(); i++) {
            Document document = pool.get(i);
            String key = Duplicates.key(document);
            keys.accept(key);
            List<TokenSequence> chunks = chunker.chunks(document);
            sequences.append(chunks);
            tokens[i] = Math.toIntExact(TokenSample.tokens(chunks));
            texts[i] = Integer.parseUnsignedInt(key.substring(0, 8), 16);
            ends[i] = sequences.size();
        }
        this.digest = sequences.complete();
        if (sequences.isEmpty()) {
            throw new InputException("no document of " + name + " is long enough to be learnt; give longer texts");
        }
    }

    JsonlPool pool() {
        return pool;
    }

    /** Of the sequences of all documents. */
    String digest() {
        return digest;
    }

    /** The documents of a part; of one part all. */
    private IntStream documents(int part, int parts) {
        IntPredicate in = document -> parts == 1 || Integer.remainderUnsigned(texts[document], parts) != part;
        return IntStream.range(0, pool.size()).filter(in);
    }

    /** Predicted tokens of a part. */
    long tokens(int part, int parts) {
        long sum =
                documents(part, parts).mapToLong(document -> tokens[document]).sum();
        if (sum == 0) {
            throw new InputException(String.format(
                    Locale.ROOT,
                    "%s has %,d documents, too few to leave out another part of it for each seed; give more documents,"
                            + " or train on the whole of each set",
                    name,
                    pool.size()));
        }
        return sum;
    }

    /** The sequences of a part. */
    List<TokenSequence> sequences(int part, int parts) {
        int[] taken = documents(part, parts)
                .flatMap(document -> IntStream.range(document == 0 ? 0 : ends[document - 1], ends[document]))
                .toArray();
        return new AbstractList<>() {
            @Override
            public TokenSequence get(int index) {
                return sequences.get(taken[index]);
            }

            @Override
            public int size() {
                return taken.length;
            }
        };
    }

    /**
     * The losses in nats of a model of runs of bytes that has counted a part; of a larger one some documents, with so
     * many tokens, about.
     */
    double[] ngrams(int part, int parts, long most, HeldOut set) {
        List<Integer> order = documents(part, parts)
                .boxed()
                .sorted(Comparator.comparingLong(document -> Integer.toUnsignedLong(texts[document])))
                .toList();
        int read = 0;
        for (long sum = 0; read < order.size() && sum < most; read++) {
            sum += tokens[order.get(read)];
        }
        List<Integer> some = order.subList(0, read);
        NgramModel model = NgramModel.train(
                () -> some.stream().map(document -> pool.get(document).text()).iterator());
        return set.documents().stream()
                .mapToDouble(document -> model.nats(document.text()))
                .toArray();
    }
}
