// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Intervals of Parquet, which are months, days and milliseconds, as ISO 8601 has them: {@code P1Y2M3DT4H5M6.789S}. */
final class ParquetInterval {
    static final int BYTES = 12;

    private static final Pattern ISO = Pattern.compile(
            "P(?:(\\d+)Y)?(?:(\\d+)M)?(?:(\\d+)D)?(?:T(?:(\\d+)H)?(?:(\\d+)M)?(?:(\\d+(?:\\.\\d{1,3})?)S)?)?");

    private ParquetInterval() {}

    static String text(byte[] bytes) {
        ByteBuffer parts = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long months = Integer.toUnsignedLong(parts.getInt());
        long days = Integer.toUnsignedLong(parts.getInt());
        long millis = Integer.toUnsignedLong(parts.getInt());
        StringBuilder text = new StringBuilder("P");
        part(text, months / 12, 'Y');
        part(text, months % 12, 'M');
        part(text, days, 'D');
        if (millis > 0 || text.length() == 1) {
            text.append('T');
            part(text, millis / 3_600_000, 'H');
            part(text, millis / 60_000 % 60, 'M');
            BigDecimal seconds = BigDecimal.valueOf(millis % 60_000, 3).stripTrailingZeros();
            if (seconds.signum() > 0 || millis == 0) {
                text.append(seconds.toPlainString()).append('S');
            }
        }
        return text.toString();
    }

    private static void part(StringBuilder text, long count, char unit) {
        if (count > 0) {
            text.append(count).append(unit);
        }
    }

    static byte[] bytes(String text) {
        Matcher parts = ISO.matcher(text);
        if (text.length() < 3 || text.length() > 100 || text.endsWith("T") || !parts.matches()) {
            throw new IllegalArgumentException("allowed is an interval such as P1Y2M3DT4H5M6.789S");
        }
        BigDecimal months =
                number(parts.group(1)).multiply(BigDecimal.valueOf(12)).add(number(parts.group(2)));
        BigDecimal minutes =
                number(parts.group(4)).multiply(BigDecimal.valueOf(60)).add(number(parts.group(5)));
        BigDecimal millis = minutes.multiply(BigDecimal.valueOf(60))
                .add(number(parts.group(6)))
                .movePointRight(3);
        return ByteBuffer.allocate(BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(unsigned(months))
                .putInt(unsigned(number(parts.group(3))))
                .putInt(unsigned(millis))
                .array();
    }

    private static BigDecimal number(@Nullable String digits) {
        return digits == null ? BigDecimal.ZERO : new BigDecimal(digits);
    }

    private static int unsigned(BigDecimal value) {
        long whole = value.longValueExact();
        if (whole >>> Integer.SIZE != 0) {
            throw new ArithmeticException("months, days and milliseconds are each below 2^32");
        }
        return (int) whole;
    }
}
