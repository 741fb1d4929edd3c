// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.internal.LazilyParsedNumber;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Damages a file: its bytes, its numbers in digits, a node of its JSON, or the JSON that is the header of a binary
 * file.
 */
final class Mutation {
    private static final Pattern DIGITS = Pattern.compile("-?\\d+");
    private static final List<String> NUMBERS = List.of(
            "0",
            "-1",
            "1",
            "3",
            "255",
            "65536",
            "1073741824",
            "2147483647",
            "2147483648",
            "-2147483648",
            "4294967295",
            "9223372036854775807",
            "9223372036854775808",
            "99999999999999999999",
            "1.5",
            "1e9",
            "1e999",
            "NaN",
            "0x10");
    private static final List<String> TEXTS = List.of(
            "",
            "\u001b]0;title\u0007",
            "\u001b[2J",
            "\u009b31m",
            "\u007f",
            "\0",
            "\r",
            "\n",
            "../../etc/passwd",
            "/dev/null/a",
            "..",
            "\\ud800",
            "\ufeff",
            "\u202e",
            "a".repeat(5000),
            "%s%n",
            "null");
    private static final long[] WORDS = {
        0,
        1,
        -1,
        0x7f,
        0xff,
        0x7fff,
        0xffff,
        0x7fffffff,
        0x80000000L,
        0xffffffffL,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        1L << 40
    };

    private final RandomGenerator random;

    Mutation(RandomGenerator random) {
        this.random = random;
    }

    /** One to three damages, mostly one. */
    byte[] of(byte[] sound, byte[] other) {
        byte[] result = sound;
        for (int i = Math.max(1, random.nextInt(6) - 2); i > 0; i--) {
            result = random.nextInt(5) < 2 ? structure(result) : bytes(result, other);
        }
        return result;
    }

    /** A text in the place of another. */
    String text() {
        return random.nextBoolean() ? pick(TEXTS) : pick(NUMBERS);
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    /** Heads and tails are where formats keep what they say of themselves. */
    private int place(int length) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(Math.min(length, 64));
            case 1 -> length - 1 - random.nextInt(Math.min(length, 256));
            default -> random.nextInt(length);
        };
    }

    private byte[] bytes(byte[] file, byte[] other) {
        if (file.length == 0) {
            return other;
        }
        int from = place(file.length);
        int to = Math.min(file.length, from + 1 + random.nextInt(random.nextBoolean() ? 4 : 64));
        return switch (random.nextInt(9)) {
            case 0 -> Arrays.copyOf(file, from); // cut off
            case 1 -> spliced(file, from, to, new byte[0]);
            case 2 -> spliced(file, from, from, Arrays.copyOfRange(file, from, to));
            case 3 -> spliced(file, from, from, repeated(Arrays.copyOfRange(file, from, to), 1 + random.nextInt(1000)));
            case 4 -> spliced(file, from, from, text().getBytes(StandardCharsets.UTF_8));
            case 5 -> spliced(file, from, from, Arrays.copyOfRange(other, place(other.length), other.length));
            case 6 -> word(file, from);
            case 7 -> {
                byte[] result = file.clone();
                for (int i = from; i < to; i++) {
                    result[i] = (byte) random.nextInt();
                }
                yield result;
            }
            default -> {
                byte[] result = file.clone();
                result[from] ^= (byte) (1 << random.nextInt(8));
                yield result;
            }
        };
    }

    private byte[] word(byte[] file, int at) {
        byte[] result = file.clone();
        ByteBuffer buffer =
                ByteBuffer.wrap(result).order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long value = WORDS[random.nextInt(WORDS.length)];
        if (random.nextBoolean() && at + 8 <= file.length) {
            buffer.putLong(at, value);
        } else if (at + 4 <= file.length) {
            buffer.putInt(at, (int) value);
        } else {
            result[at] = (byte) value;
        }
        return result;
    }

    private byte[] structure(byte[] file) {
        if (file.length == 0) {
            return file;
        }
        if (file[0] == '{' || file[0] == '[') {
            return json(file);
        }
        if (file.length > 8 && file[8] == '{') { // safetensors: the length of the header, then the header
            long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
            if (length > 0 && length <= file.length - 8) {
                byte[] header = json(Arrays.copyOfRange(file, 8, (int) (8 + length)));
                return ByteBuffer.allocate(file.length - (int) length + header.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(header.length)
                        .put(header)
                        .put(file, (int) (8 + length), file.length - (int) (8 + length))
                        .array();
            }
        }
        return digits(file);
    }

    /** Latin letters stand for bytes, so that nothing but the number is changed. */
    private byte[] digits(byte[] file) {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        List<MatchResult> found = DIGITS.matcher(text).results().limit(10_000).toList();
        if (found.isEmpty()) {
            return file;
        }
        MatchResult one = pick(found);
        return spliced(file, one.start(), one.end(), pick(NUMBERS).getBytes(StandardCharsets.US_ASCII));
    }

    /** A node of the whole file or of one of its lines. */
    private byte[] json(byte[] file) {
        String text = new String(file, StandardCharsets.UTF_8);
        List<String> lines = new ArrayList<>(text.lines().toList());
        int line = random.nextInt(lines.size());
        boolean whole = parsed(text) != null;
        JsonElement root = parsed(whole ? text : lines.get(line));
        if (root == null) {
            return digits(file);
        }
        List<JsonElement> nodes = new ArrayList<>();
        collect(root, nodes);
        nodes.removeIf(node -> node.isJsonObject()
                ? node.getAsJsonObject().isEmpty()
                : !node.isJsonArray() || node.getAsJsonArray().isEmpty());
        if (!nodes.isEmpty()) {
            change(pick(nodes));
        }
        if (whole) {
            return root.toString().getBytes(StandardCharsets.UTF_8);
        }
        lines.set(line, root.toString());
        return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    }

    private static @org.jspecify.annotations.Nullable JsonElement parsed(String text) {
        try {
            JsonElement root = JsonParser.parseString(text);
            return root.isJsonPrimitive() ? null : root;
        } catch (JsonParseException e) {
            return null;
        }
    }

    private static void collect(JsonElement node, List<JsonElement> nodes) {
        if (nodes.size() > 20_000) {
            return;
        }
        nodes.add(node);
        if (node.isJsonObject()) {
            node.getAsJsonObject().asMap().values().forEach(child -> collect(child, nodes));
        } else if (node.isJsonArray()) {
            node.getAsJsonArray().forEach(child -> collect(child, nodes));
        }
    }

    private void change(JsonElement parent) {
        if (parent instanceof JsonArray array) {
            int at = random.nextInt(array.size());
            switch (random.nextInt(4)) {
                case 0 -> array.remove(at);
                case 1 -> array.add(array.get(at));
                case 2 -> array.set(at, JsonNull.INSTANCE);
                default -> array.set(at, value());
            }
            return;
        }
        JsonObject object = parent.getAsJsonObject();
        Map.Entry<String, JsonElement> field = pick(List.copyOf(object.entrySet()));
        switch (random.nextInt(5)) {
            case 0 -> object.remove(field.getKey());
            case 1 -> object.add(field.getKey() + text(), object.remove(field.getKey()));
            case 2 -> object.add(field.getKey(), JsonNull.INSTANCE);
            case 3 -> object.add(field.getKey(), pick(List.copyOf(object.asMap().values())));
            default -> object.add(field.getKey(), value());
        }
    }

    private JsonElement value() {
        return switch (random.nextInt(7)) {
            case 0 -> new JsonObject();
            case 1 -> new JsonArray();
            case 2 -> new JsonPrimitive(random.nextBoolean());
            case 3 -> deep();
            case 4 -> new JsonPrimitive(pick(TEXTS));
            default -> new JsonPrimitive(new LazilyParsedNumber(pick(NUMBERS.subList(0, 17))));
        };
    }

    private JsonElement deep() {
        JsonElement result = new JsonArray();
        for (int i = random.nextInt(600); i > 0; i--) {
            JsonArray outer = new JsonArray();
            outer.add(result);
            result = outer;
        }
        return result;
    }

    private static byte[] spliced(byte[] file, int from, int to, byte[] by) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(file, 0, from);
        out.writeBytes(by);
        out.write(file, to, file.length - to);
        return out.toByteArray();
    }

    private static byte[] repeated(byte[] part, int times) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < times; i++) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
