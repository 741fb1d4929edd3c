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
            Keys own = keys(records, IntStream.range(0, records.size()).toArray());
            Set<Long> lengths = new HashSet<>();
            IntStream.range(0, records.size()).forEach(i -> lengths.add(records.tokens(i)));
            int[] candidates = IntStream.range(0, pool.size())
                    .filter(ordinal -> !inBytes || lengths.contains(pool.tokens(ordinal)))
                    .toArray();
            Keys there = keys(pool, candidates);
            int[] places = new int[records.size()];
            Arrays.fill(places, -1);
            match(own.whole(), there.whole(), places);
            match(own.texts(), there.texts(), places);
            long absent = IntStream.of(places).filter(place -> place < 0).count();
            if (absent > 0) {
                throw new InputException("of the " + records.size() + " documents in " + selected.get(0) + " " + absent
                        + " are not in the pool; give the pool that was chosen from");
            }
            return choices(
                    records,
                    Arrays.stream(places).map(place -> candidates[place]).toArray());
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

    /**
     * Digests of documents.
     *
     * @param whole of ids and texts
     * @param texts of texts alone
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Keys(long[] whole, long[] texts) {}

    private static Keys keys(JsonlPool pool, int... ordinals) {
        Keys keys = new Keys(new long[ordinals.length], new long[ordinals.length]);
        IntStream.range(0, ordinals.length).parallel().forEach(i -> {
            Document document = pool.get(ordinals[i]);
            keys.whole()[i] = key(document, true);
            keys.texts()[i] = key(document, false);
        });
        return keys;
    }

    /** Gives each that has no place yet the first free one of its key. */
    private static void match(long[] wanted, long[] there, int... places) {
        Map<Long, Deque<Integer>> open = new HashMap<>();
        for (int i = 0; i < wanted.length; i++) {
            if (places[i] < 0) {
                open.computeIfAbsent(wanted[i], key -> new ArrayDeque<>()).add(i);
            }
        }
        BitSet taken = new BitSet();
        IntStream.of(places).filter(place -> place >= 0).forEach(taken::set);
        for (int place = 0; place < there.length && !open.isEmpty(); place++) {
            Deque<Integer> waiting = taken.get(place) ? null : open.get(there[place]);
            if (waiting != null) {
                places[waiting.removeFirst()] = place;
                if (waiting.isEmpty()) {
                    open.remove(there[place]);
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
