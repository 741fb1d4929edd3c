// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Fields that stand in the names of folders, as Hive, Spark, DuckDB and Arrow write them: all records below
 * {@code year=2024/lang=de} have these two. A name is taken for a field where all files of one folder or pattern that was
 * named have the same such names above them. Names and values are percent-decoded,
 * {@code __HIVE_DEFAULT_PARTITION__} is null, and values are whole numbers if all of the pool are such, written as
 * usual; else strings. As in DuckDB, the folder's value replaces that of a field which the record has; but never that of
 * the text or of the id.
 */
final class Partitions {
    private static final String NULL = "__HIVE_DEFAULT_PARTITION__";
    private static final Pattern WHOLE = Pattern.compile("0|-?[1-9][0-9]{0,17}");

    private final List<Map<String, byte[]>> fields = new ArrayList<>();
    private final Map<String, Boolean> names = new LinkedHashMap<>();
    private final List<Path> uneven = new ArrayList<>();

    /**
     * Of the files of a pool.
     *
     * @param roots for each file, the number of what was named and it was found by
     */
    Partitions(List<Path> files, List<Integer> roots, JsonlOptions options) {
        List<Map<String, String>> found = new ArrayList<>();
        Map<Integer, Set<String>> keysOfRoot = new LinkedHashMap<>();
        Set<Integer> unevenRoots = new TreeSet<>();
        for (int i = 0; i < files.size(); i++) {
            Map<String, String> values = values(files.get(i), options);
            found.add(values);
            Set<String> known = keysOfRoot.putIfAbsent(roots.get(i), values.keySet());
            if (known != null && !known.equals(values.keySet())) {
                unevenRoots.add(roots.get(i));
            }
        }
        for (int i = 0; i < files.size(); i++) {
            if (unevenRoots.contains(roots.get(i))) {
                if (!found.get(i).isEmpty()) {
                    uneven.add(files.get(i));
                }
                found.set(i, Map.of());
            }
            found.get(i).forEach((name, value) -> names.merge(name, isWhole(value), Boolean::logicalAnd));
        }
        found.forEach(values -> fields.add(json(values)));
    }

    private static boolean isWhole(String value) {
        return value.equals(NULL) || WHOLE.matcher(value).matches();
    }

    private static Map<String, String> values(Path file, JsonlOptions options) {
        Map<String, String> values = new LinkedHashMap<>();
        Path folders = file.getParent();
        if (folders != null) {
            for (Path folder : folders) {
                String part = folder.toString();
                int sign = part.indexOf('=');
                String name = sign < 1 ? "" : decoded(part.substring(0, sign));
                boolean read = options.textField().names().get(0).equals(name)
                        || options.textField().toString().equals(name)
                        || options.idField().names().get(0).equals(name)
                        || options.idField().toString().equals(name);
                if (!name.isEmpty() && !read) {
                    values.put(name, decoded(part.substring(sign + 1)));
                }
            }
        }
        return values;
    }

    /** With {@code %3A} and the like taken for the bytes of UTF-8 that they stand for. */
    private static String decoded(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int from = 0;
        for (int i = text.indexOf('%'); i >= 0; i = text.indexOf('%', i + 1)) {
            int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
            int low = high >= 0 ? Character.digit(text.charAt(i + 2), 16) : -1;
            if (low >= 0) {
                bytes.writeBytes(text.substring(from, i).getBytes(StandardCharsets.UTF_8));
                bytes.write(high << 4 | low);
                from = i + 3;
            }
        }
        bytes.writeBytes(text.substring(from).getBytes(StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private Map<String, byte[]> json(Map<String, String> values) {
        Map<String, byte[]> json = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            boolean whole = names.getOrDefault(name, false);
            byte[] text = value.equals(NULL)
                    ? "null".getBytes(StandardCharsets.US_ASCII)
                    : whole ? value.getBytes(StandardCharsets.US_ASCII) : JsonFields.string(value);
            json.put(name, text);
        });
        return json;
    }

    /** A record of a file with the fields of its folders. */
    byte[] into(byte[] record, int file) {
        byte[] whole = record;
        for (Map.Entry<String, byte[]> field : fields.get(file).entrySet()) {
            whole = new FieldSplice(field.getKey()).put(whole, field.getValue());
        }
        return whole;
    }

    /** The fields, and whether each is a whole number. */
    Map<String, Boolean> names() {
        return names;
    }

    /** Files below folders whose names were not taken for fields, since others that were found with them have none or others. */
    List<Path> uneven() {
        return uneven;
    }
}
