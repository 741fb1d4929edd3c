// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.InputException;
import dev.quad.Selection;
import dev.quad.text.Document;
import dev.quad.text.JsonlOptions;
import dev.quad.text.JsonlPool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;

/** Finds again in a pool what was chosen from it: by id and text, or by the text where records have no ids. */
final class Choices {
    private static final int BLOCK = 8192;

    private Choices() {}

    /**
     * The choices in the order of the files.
     *
     * @param inBytes whether the pool counts bytes as tokens, so that only documents as long as one chosen are read
     * @param cache where packed files are unpacked
     */
    static List<Selection.Choice> find(
            List<Path> selected, JsonlOptions options, JsonlPool pool, boolean inBytes, Path cache) {
        try (JsonlPool records =
                JsonlPool.builder().options(options).cacheFolder(cache).open(selected)) {
            Map<Long, Deque<Integer>> wanted = new HashMap<>();
            for (int i = 0; i < records.size(); i++) {
                Document document = records.get(i);
                wanted.computeIfAbsent(key(document, true), key -> new ArrayDeque<>())
                        .add(i);
                wanted.computeIfAbsent(key(document, false), key -> new ArrayDeque<>())
                        .add(i);
            }
            int[] ordinals = new int[records.size()];
            Arrays.fill(ordinals, -1);
            Set<Long> lengths = new HashSet<>();
            IntStream.range(0, records.size()).forEach(i -> lengths.add(records.tokens(i)));
            int[] candidates = IntStream.range(0, pool.size())
                    .filter(ordinal -> !inBytes || lengths.contains(pool.tokens(ordinal)))
                    .toArray();
            for (boolean byId : new boolean[] {true, false}) {
                match(pool, candidates, byId, wanted, ordinals);
                if (IntStream.of(ordinals).allMatch(ordinal -> ordinal >= 0)) {
                    return choices(records, ordinals);
                }
            }
            throw new InputException("of the " + records.size() + " documents in " + selected.get(0) + " "
                    + IntStream.of(ordinals).filter(ordinal -> ordinal < 0).count()
                    + " are not in the pool; give the pool that was chosen from");
        }
    }

    private static List<Selection.Choice> choices(JsonlPool records, int[] ordinals) {
        List<Selection.Choice> result = new ArrayList<>();
        for (int i = 0; i < ordinals.length; i++) {
            result.add(new Selection.Choice(
                    ordinals[i],
                    records.field(i, "quad.score")
                            .map(score -> OptionalDouble.of(Double.parseDouble(score)))
                            .orElse(OptionalDouble.empty()),
                    records.field(i, "quad.cluster").map(Integer::valueOf).orElse(-1),
                    records.field(i, "quad.round").map(Integer::valueOf).orElse(0)));
        }
        return result;
    }

    /** The first documents of the pool for what is not found yet. */
    private static void match(
            JsonlPool pool, int[] candidates, boolean byId, Map<Long, Deque<Integer>> wanted, int[] ordinals) {
        BitSet used = new BitSet();
        IntStream.of(ordinals).filter(ordinal -> ordinal >= 0).forEach(used::set);
        for (int from = 0; from < candidates.length; from += BLOCK) {
            int[] block = Arrays.copyOfRange(candidates, from, Math.min(candidates.length, from + BLOCK));
            long[] keys = Arrays.stream(block)
                    .parallel()
                    .mapToLong(ordinal -> key(pool.get(ordinal), byId))
                    .toArray();
            for (int i = 0; i < keys.length; i++) {
                Deque<Integer> places = wanted.get(keys[i]);
                while (places != null && !places.isEmpty() && ordinals[places.getFirst()] >= 0) {
                    places.removeFirst();
                }
                if (places != null && !places.isEmpty() && !used.get(block[i])) {
                    ordinals[places.removeFirst()] = block[i];
                }
            }
        }
    }

    static long key(Document document, boolean byId) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            if (byId) {
                digest.update(document.id().getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
            }
            return java.nio.ByteBuffer.wrap(digest.digest(document.text().getBytes(StandardCharsets.UTF_8)))
                    .getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
