// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Damages a safetensors file: in its bytes, or in its header with a sound length before it, so that the damage gets
 * past the first checks.
 */
final class DamagedFile {
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final Pattern TEXT = Pattern.compile("\"[^\"]*\"");
    private static final Pattern PART = Pattern.compile("\"[^\"]*\":(\"[^\"]*\"|\\{[^{}]*}|\\[[^\\[\\]]*]),?");
    private static final List<String> NUMBERS = List.of(
            "0",
            "1",
            "2",
            "-1",
            "7",
            "2147483647",
            "2147483648",
            "4294967296",
            "9223372036854775807",
            "-9223372036854775808",
            "99999999999999999999",
            "1.5",
            "1e9",
            "null",
            "\"3\"",
            "[]",
            "{}");
    private static final List<String> TEXTS = List.of(
            "\"\"",
            "\"F32\"",
            "\"F64\"",
            "\"I32\"",
            "\"U8\"",
            "\"BF16\"",
            "\"rows\"",
            "\"a.x\"",
            "\"a\"",
            "\"a\\na\"",
            "\"layers\"",
            "\"__metadata__\"",
            "\"\\u0000\"",
            "\"true\"",
            "\"-5\"",
            "\"99999999999\"",
            "\"11\"",
            "3",
            "null");

    private DamagedFile() {}

    static String header(byte[] file) {
        if (file.length < 8) {
            return "of " + file.length + " bytes";
        }
        long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        int end = (int) Math.max(8, Math.min(file.length, 8 + length));
        return new String(file, 8, end - 8, StandardCharsets.UTF_8);
    }

    static byte[] of(byte[] sound, RandomGenerator random) {
        byte[] result = sound;
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            result = random.nextInt(3) == 0 || result.length < 16 ? bytes(result, random) : structure(result, random);
        }
        return result;
    }

    private static byte[] bytes(byte[] file, RandomGenerator random) {
        byte[] result = file.clone();
        switch (random.nextInt(4)) {
            case 0 -> result = Arrays.copyOf(file, random.nextInt(file.length + 1)); // lost
            case 1 -> result = Arrays.copyOf(file, file.length + 1 + random.nextInt(64)); // too many
            case 2 -> { // one number after the header
                if (file.length >= 8) {
                    int at = file.length - 8 - random.nextInt(Math.max(1, Math.min(64, file.length - 8)));
                    long[] values = {Double.doubleToLongBits(Double.NaN), 0x7fc000007f800000L, -1, 1L << 62};
                    ByteBuffer.wrap(result)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(Math.max(0, at), values[random.nextInt(values.length)]);
                }
            }
            default -> {
                if (file.length > 0) {
                    result[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        return result;
    }

    private static byte[] structure(byte[] file, RandomGenerator random) {
        long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 0 || length > file.length - 8) {
            return bytes(file, random);
        }
        String header = header(file);
        String changed = switch (random.nextInt(5)) {
            case 0 -> replaced(header, NUMBER, NUMBERS.get(random.nextInt(NUMBERS.size())), random);
            case 1 -> replaced(header, NUMBER, Integer.toString(random.nextInt(200)), random);
            case 2 -> replaced(header, TEXT, TEXTS.get(random.nextInt(TEXTS.size())), random);
            case 3 -> replaced(header, PART, "", random);
            default -> { // twice, or one in the place of another
                List<MatchResult> parts = PART.matcher(header).results().toList();
                String part = parts.isEmpty()
                        ? ""
                        : parts.get(random.nextInt(parts.size())).group();
                yield random.nextBoolean()
                        ? replaced(header, PART, part, random)
                        : replaced(header, PART, part + part, random);
            }
        };
        byte[] json = changed.getBytes(StandardCharsets.UTF_8);
        int data = (int) (8 + length);
        return ByteBuffer.allocate(8 + json.length + file.length - data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(file, data, file.length - data)
                .array();
    }

    private static String replaced(String header, Pattern pattern, String by, RandomGenerator random) {
        List<MatchResult> found = pattern.matcher(header).results().toList();
        if (found.isEmpty()) {
            return header;
        }
        MatchResult one = found.get(random.nextInt(found.size()));
        return header.substring(0, one.start()) + by + header.substring(one.end());
    }
}
