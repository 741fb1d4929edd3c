// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What was read, and what lies in the folders that were named but was not, so that neither is a secret. Immutable.
 *
 * @param taken how many files there are of each kind, such as {@code JSONL}, {@code gzip JSONL}, {@code Parquet} and
 *     {@code text}, in order of first appearance
 * @param partitions the fields that all records of a file get from the names of the folders above it, such as
 *     {@code lang=de}; and whether each is a whole number rather than a string
 * @param replaced such fields that records had with other values, once all are read
 * @param leftOut what was not read, and why
 * @param noFields folders whose names say {@code name=value} and give no field, and why
 */
public record Inputs(
        Map<String, Integer> taken,
        Map<String, Boolean> partitions,
        List<Replaced> replaced,
        List<LeftOut> leftOut,
        List<NoFields> noFields) {
    private static final int SHOWN = 5;

    /** Copies all. */
    public Inputs {
        Objects.requireNonNull(taken, "the files that are taken are null");
        Objects.requireNonNull(partitions, "the partitions are null");
        Objects.requireNonNull(replaced, "what is replaced is null");
        Objects.requireNonNull(leftOut, "what is left out is null");
        Objects.requireNonNull(noFields, "what has no fields is null");
        taken = Collections.unmodifiableMap(new LinkedHashMap<>(taken));
        partitions = Collections.unmodifiableMap(new LinkedHashMap<>(partitions));
        replaced = List.copyOf(replaced);
        leftOut = List.copyOf(leftOut);
        noFields = List.copyOf(noFields);
    }

    /**
     * A field of records whose values gave way to those of the folders.
     *
     * @param field its name
     * @param records how many had another value, null apart
     * @param first where the first of them is, in words
     */
    public record Replaced(String field, long records, String first) {
        /** Checks that all is there. */
        public Replaced {
            Objects.requireNonNull(field, "the field is null");
            Objects.requireNonNull(first, "the place of the first is null");
        }

        Replaced again() {
            return new Replaced(field, records + 1, first);
        }

        /** In one line. */
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "the field \"%s\" of %,d %s had another value than the folder's, which replaced it; the first: %s",
                    Excerpt.of(field),
                    records,
                    records == 1 ? "record" : "records",
                    first);
        }
    }

    /**
     * Files and folders that were left out for the same reason.
     *
     * @param reason why, and what to do to have them read
     * @param paths at least one
     */
    public record LeftOut(String reason, List<Path> paths) {
        /** Copies the paths. */
        public LeftOut {
            Objects.requireNonNull(reason, "the reason is null");
            Objects.requireNonNull(paths, "the paths are null");
            paths = List.copyOf(paths);
        }

        /** In one line, with at most five names. */
        @Override
        public String toString() {
            return "left out: " + shown(paths) + ": " + reason;
        }
    }

    /**
     * Folders whose names say {@code name=value}, and give no field to the records below them for the same reason.
     *
     * @param reason why, and what to do where one is wanted
     * @param folders at least one
     */
    public record NoFields(String reason, List<Path> folders) {
        /** Copies the folders. */
        public NoFields {
            Objects.requireNonNull(reason, "the reason is null");
            Objects.requireNonNull(folders, "the folders are null");
            folders = List.copyOf(folders);
        }

        /** In one line, with at most five names. */
        @Override
        public String toString() {
            return "no field from the name of " + shown(folders) + ": " + reason;
        }
    }

    static Inputs of(List<SourceFile> files, List<LeftOut> leftOut, Partitions partitions) {
        Map<String, Integer> taken = new LinkedHashMap<>();
        files.forEach(file -> taken.merge(file.kind(), 1, Integer::sum));
        return new Inputs(taken, partitions.names(), partitions.replaced(), leftOut, partitions.noFields());
    }

    /**
     * In words: a line for what was read, one for fields from folders, one for each of these that replaced another
     * value, one for each reason why a folder gives none, and one for each reason to leave something out.
     */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(taken.entrySet().stream()
                .map(kind -> String.format(
                        Locale.ROOT, "%,d %s of %s", kind.getValue(), files(kind.getValue()), kind.getKey()))
                .collect(Collectors.joining(", ")));
        if (!partitions.isEmpty()) {
            lines.add("fields from the names of folders: "
                    + partitions.entrySet().stream()
                            .map(field ->
                                    Excerpt.of(field.getKey()) + (field.getValue() ? " (whole numbers)" : " (strings)"))
                            .collect(Collectors.joining(", ")));
        }
        replaced.forEach(field -> lines.add(field.toString()));
        noFields.forEach(folders -> lines.add(folders.toString()));
        leftOut.forEach(left -> lines.add(left.toString()));
        return lines;
    }

    private static String files(int count) {
        return count == 1 ? "file" : "files";
    }

    static String shown(List<Path> paths) {
        return paths.stream().limit(SHOWN).map(Excerpt::whole).collect(Collectors.joining(", "))
                + (paths.size() > SHOWN ? String.format(Locale.ROOT, " and %,d more", paths.size() - SHOWN) : "");
    }
}
