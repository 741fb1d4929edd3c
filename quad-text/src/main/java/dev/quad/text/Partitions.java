// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Fields that stand in the names of folders, as Hive, Spark, DuckDB and Arrow write them: all records below
 * {@code year=2024/lang=de} have these two. As in Spark, only folders below the one that was named count, or below
 * those that a pattern begins with: who names {@code lang=de} or a file in it gets the records as they are. A name is
 * taken for a field where all files of one folder or pattern have the same such names above them. Names and values are
 * percent-decoded, {@code __HIVE_DEFAULT_PARTITION__} is null, and values are whole numbers if all of the pool are
 * such, written as usual; else strings. As in DuckDB, the folder's value replaces that of a field which the record has;
 * but never that of the text or of the id. {@link #note} counts where another value is lost by it. Of two folders with
 * one name the inner one counts. Where a folder gives no field, {@link #noFields} says so.
 */
final class Partitions {
    private static final String NULL = "__HIVE_DEFAULT_PARTITION__";
    private static final String UNEVEN =
            "other files that were found with those in it are below no such folders, or others;"
                    + " name the folders apart";
    private static final String NAMED =
            "it was named itself, or by a path or pattern through it; name a folder above it" + " instead";
    private static final String READ = "text and id of a document are those of its record; rename the folder";
    private static final String TWICE = "a folder below it has the same name with another value, which counts";
    private static final Pattern WHOLE = Pattern.compile("0|-?[1-9][0-9]{0,17}");

    private final List<Map<String, String>> values = new ArrayList<>();
    private final List<Map<String, byte[]>> fields = new ArrayList<>(); // the same as JSON
    private final Map<String, Boolean> names = new LinkedHashMap<>();
    private final Map<String, Set<Path>> noFields = new LinkedHashMap<>();
    private final Map<String, Inputs.Replaced> replaced = new LinkedHashMap<>();

    /** Of the files of a pool. */
    Partitions(InputFiles inputs, JsonlOptions options) {
        List<Path> files = inputs.files();
        List<Integer> roots = inputs.roots();
        Map<Integer, Set<String>> keysOfRoot = new LinkedHashMap<>();
        Set<Integer> unevenRoots = new TreeSet<>();
        for (int i = 0; i < files.size(); i++) {
            Map<String, String> found = values(files.get(i), inputs.named().get(i), options);
            values.add(found);
            Set<String> known = keysOfRoot.putIfAbsent(roots.get(i), found.keySet());
            if (known != null && !known.equals(found.keySet())) {
                unevenRoots.add(roots.get(i));
            }
        }
        for (int i = 0; i < files.size(); i++) {
            if (unevenRoots.contains(roots.get(i))) {
                if (!values.get(i).isEmpty()) {
                    leaveOut(UNEVEN, Objects.requireNonNull(files.get(i).getParent()));
                }
                values.set(i, Map.of());
            }
            values.get(i).forEach((name, value) -> names.merge(name, isWhole(value), Boolean::logicalAnd));
        }
        values.forEach(each -> fields.add(json(each)));
    }

    private static boolean isWhole(String value) {
        return value.equals(NULL) || WHOLE.matcher(value).matches();
    }

    /** @param named how many names at the front of the path do not count */
    private Map<String, String> values(Path file, int named, JsonlOptions options) {
        Map<String, String> values = new LinkedHashMap<>();
        Map<String, Integer> places = new LinkedHashMap<>();
        for (int i = 0; i < file.getNameCount() - 1; i++) {
            String part = file.getName(i).toString();
            int sign = part.indexOf('=');
            String name = sign < 1 ? "" : decoded(part.substring(0, sign));
            boolean read = options.textField().names().get(0).equals(name)
                    || options.textField().toString().equals(name)
                    || options.idField().names().get(0).equals(name)
                    || options.idField().toString().equals(name);
            if (name.isEmpty()) {
                continue;
            }
            if (i < named || read) {
                leaveOut(i < named ? NAMED : READ, front(file, i));
                continue;
            }
            Integer before = places.put(name, i);
            if (before != null) {
                leaveOut(TWICE, front(file, before));
            }
            values.put(name, decoded(part.substring(sign + 1)));
        }
        return values;
    }

    private static Path front(Path file, int last) {
        Path front = file.subpath(0, last + 1);
        return file.isAbsolute() ? file.getRoot().resolve(front) : front;
    }

    private void leaveOut(String reason, Path folder) {
        noFields.computeIfAbsent(reason, r -> new LinkedHashSet<>()).add(folder);
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

    /** Whether the records of a file get fields. */
    boolean has(int file) {
        return !fields.get(file).isEmpty();
    }

    /**
     * Looks whether a record of a file has other values in the fields that it gets.
     *
     * @param place where it is, in words
     */
    void note(byte[] record, int file, String place) {
        Map<String, String> ours = values.get(file);
        try (JsonParser parser = Json.parser(record)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                String value = ours.get(name);
                JsonToken own = parser.nextToken();
                if (value != null && own != JsonToken.VALUE_NULL && !value.equals(parser.getText())) {
                    replaced.merge(name, new Inputs.Replaced(name, 1, place), (first, one) -> first.again());
                }
                parser.skipChildren();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a record is no longer the JSON it was: " + e.getMessage(), e);
        }
    }

    /** The fields whose values in records are replaced by others. */
    List<Inputs.Replaced> replaced() {
        return List.copyOf(replaced.values());
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

    /** Folders that look as if they gave a field, and do not. */
    List<Inputs.NoFields> noFields() {
        return noFields.entrySet().stream()
                .map(entry -> new Inputs.NoFields(entry.getKey(), List.copyOf(entry.getValue())))
                .toList();
    }
}
