// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.lang.Character.UnicodeScript;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What a pool is made of: its fields, the scripts that its texts are written in, and their lengths. One read of the
 * pool; 4 bytes of memory a document. Immutable.
 */
public final class PoolSummary {
    /** A corpus may use names as data. */
    private static final int MAX_FIELDS = 200;

    private static final int DEPTH = 3;

    private final int[] lengths;
    private final long bytes;
    private final long characters;
    private final Map<String, Map<String, Long>> fields = new LinkedHashMap<>();
    private final Map<String, Long> scripts = new LinkedHashMap<>();
    private boolean moreFields;

    private PoolSummary(JsonlPool pool) {
        this.lengths = new int[pool.size()];
        EnumMap<UnicodeScript, long[]> letters = new EnumMap<>(UnicodeScript.class);
        long allBytes = 0;
        long allCharacters = 0;
        for (int ordinal = 0; ordinal < lengths.length; ordinal++) {
            String text = pool.get(ordinal).text();
            long length = Utf8.length(text);
            lengths[ordinal] = (int) Math.min(Integer.MAX_VALUE, length);
            allBytes += length;
            allCharacters += text.codePointCount(0, text.length());
            count(text, letters);
            fields("", JsonTree.parse(pool.rawRecord(ordinal)), 1);
        }
        Arrays.sort(lengths);
        this.bytes = allBytes;
        this.characters = allCharacters;
        letters.entrySet().stream()
                .sorted((a, b) -> Long.compare(b.getValue()[0], a.getValue()[0]))
                .forEach(entry -> scripts.put(name(entry.getKey()), entry.getValue()[0]));
    }

    /** Reads the whole pool once. */
    public static PoolSummary of(JsonlPool pool) {
        Objects.requireNonNull(pool, "the pool is null");
        return new PoolSummary(pool);
    }

    private static void count(String text, EnumMap<UnicodeScript, long[]> letters) {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c < 0x80 ? (c | 0x20) >= 'a' && (c | 0x20) <= 'z' : Character.isLetter(c)) {
                letters.computeIfAbsent(UnicodeScript.of(c), script -> new long[1])[0]++;
            }
        }
    }

    private static String name(UnicodeScript script) {
        String name = script.name().replace('_', ' ').toLowerCase(Locale.ROOT);
        return Character.toUpperCase(name.charAt(0)) + name.substring(1);
    }

    private void fields(String prefix, JsonTree.Node object, int depth) {
        object.fields().forEach((name, value) -> {
            String path = prefix + name;
            Map<String, Long> kinds = fields.get(path);
            if (kinds == null && fields.size() == MAX_FIELDS) {
                moreFields = true;
                return;
            }
            fields.computeIfAbsent(path, p -> new TreeMap<>())
                    .merge(value.kind().name().toLowerCase(Locale.ROOT), 1L, Long::sum);
            if (depth < DEPTH) {
                fields(path + ".", value, depth + 1);
            }
        });
    }

    /** The number of documents. */
    public int documents() {
        return lengths.length;
    }

    /** The bytes of all texts in UTF-8. */
    public long bytes() {
        return bytes;
    }

    /** The characters (code points) of all texts. */
    public long characters() {
        return characters;
    }

    /**
     * The fields of the records, in order of first appearance, nested ones with dots, to a depth of 3; and how many
     * values of each kind (null, boolean, number, string, array, object) there are.
     */
    public Map<String, Map<String, Long>> fields() {
        return fields;
    }

    /** Whether there are more than the 200 fields that are counted. */
    public boolean hasMoreFields() {
        return moreFields;
    }

    /** The scripts that the letters of all texts belong to, and how many letters; most first. */
    public Map<String, Long> scripts() {
        return scripts;
    }

    /**
     * The length in bytes of UTF-8 that a share of the texts does not exceed (nearest rank).
     *
     * @param share in {@code [0, 1]}; 0 gives the shortest, 1 the longest
     */
    public int length(double share) {
        int rank = (int) Math.ceil(share * lengths.length);
        return lengths[Math.min(lengths.length - 1, Math.max(0, rank - 1))];
    }

    /**
     * How many texts there are of each order of length.
     *
     * @return at {@code i} the texts with {@code [2^i, 2^(i+1))} bytes
     */
    public long[] lengthHistogram() {
        long[] counts = new long[Integer.SIZE];
        for (int length : lengths) {
            counts[31 - Integer.numberOfLeadingZeros(Math.max(1, length))]++;
        }
        return Arrays.copyOf(counts, 32 - Integer.numberOfLeadingZeros(Math.max(1, length(1))));
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%,d documents, %,d bytes", documents(), bytes);
    }
}
