// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.InputException;
import dev.quad.files.JsonText;
import dev.quad.text.JsonlPool;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What documents are told apart by: a field of their records, or the file that they stand in.
 *
 * @param name of the field
 * @param labels its values, the most frequent of the pool first
 * @param codes for each index the place of its value among the labels; −1 where it has none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Field(String name, List<String> labels, int[] codes) {
    static final String FILE = "file";
    /** The name of what is no field: the cluster that a document was drawn from. */
    static final String CLUSTER = "cluster";

    private static final int PROBES = 400;
    private static final int MOST_VALUES = 60;
    private static final int MOST_FIELDS = 3;

    /** The fields that were asked for; or else the first few that have few values, or the files of several. */
    static List<Field> of(Documents documents, List<String> asked) {
        List<String> names = asked.isEmpty() ? telling(documents) : asked;
        List<Field> fields = new ArrayList<>();
        for (String name : names) {
            Field field = of(name, documents);
            if (field.labels().isEmpty() && !asked.isEmpty()) {
                throw new InputException("no record of the pool has a field \"" + name
                        + "\"; give fields that records have, or none for the first that tell something");
            }
            fields.add(field);
        }
        if (fields.isEmpty()) {
            files(documents).ifPresent(fields::add);
        }
        return fields;
    }

    /** The files, where there are some. */
    static Optional<Field> files(Documents documents) {
        Field files = of(FILE, documents);
        return Optional.of(files)
                .filter(all -> all.labels().size() > 1 && all.labels().size() <= MOST_VALUES);
    }

    private static Field of(String name, Documents documents) {
        String[] values = documents
                .indices()
                .parallel()
                .mapToObj(index -> value(documents, index, name))
                .toArray(String[]::new);
        Map<String, Integer> counts = new HashMap<>();
        documents.indices().filter(documents::isEven).forEach(index -> counts.merge(values[index], 1, Integer::sum));
        Arrays.stream(values).forEach(value -> counts.putIfAbsent(value, 0));
        counts.remove("");
        List<String> labels = counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .toList();
        Map<String, Integer> places = new HashMap<>();
        labels.forEach(label -> places.put(label, places.size()));
        return new Field(
                name,
                labels,
                Arrays.stream(values)
                        .mapToInt(value -> places.getOrDefault(value, -1))
                        .toArray());
    }

    private static String value(Documents documents, int index, String name) {
        JsonlPool pool = documents.pool();
        int ordinal = documents.ordinal(index);
        return name.equals(FILE)
                ? pool.place(ordinal).replaceFirst(", (line|row) [\\d,]+$|:\\d+$", "")
                : pool.field(ordinal, name).orElse("");
    }

    /** Fields of the records at equal distances that most have, and that have some values again and again. */
    private static List<String> telling(Documents documents) {
        int[] probes = IntStream.range(0, Math.min(PROBES, documents.size()))
                .map(i -> (int) ((long) i * documents.size() / Math.min(PROBES, documents.size())))
                .toArray();
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (int index : probes) {
            Tree.of(record(documents.pool().rawRecord(documents.ordinal(index))))
                    .texts()
                    .forEach((name, value) -> {
                        if (value.length() <= 80) {
                            values.computeIfAbsent(name, key -> new ArrayList<>())
                                    .add(value);
                        }
                    });
        }
        return values.entrySet().stream()
                .filter(field -> isTelling(field.getValue(), probes.length))
                .map(Map.Entry::getKey)
                .limit(MOST_FIELDS)
                .toList();
    }

    private static boolean isTelling(List<String> values, int probes) {
        Set<String> different = new LinkedHashSet<>(values);
        return values.size() >= probes / 2
                && different.size() > 1
                && different.size() <= Math.min(MOST_VALUES, values.size() / 3);
    }

    private static Map<String, Object> record(byte[] line) {
        try {
            return JsonText.tree(line);
        } catch (IOException e) {
            return Map.of(); // a record with what only the pool's own parser takes tells no name
        }
    }

    String label(int code) {
        return code < 0 ? "(none)" : labels.get(code);
    }
}
