// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.files.Halves;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/**
 * Single values of Parquet as values that JSON has, and back. Numbers and truth values stay what they are; dates and
 * times become ISO 8601, intervals too ({@code P1Y2M3DT4H5M6.789S}), UUIDs their usual form, and bytes that are no text
 * an object {@code {"base64": "…"}}. Not a number and the infinities, for which JSON has no form, become strings.
 */
final class ParquetValues {
    static final String BASE64 = "base64";
    private static final long JULIAN_EPOCH = 2_440_588; // day 0 of the Unix calendar
    private static final int MAX_DIGITS = 400;
    private static final long DAY_NANOS = 86_400_000_000_000L;

    private ParquetValues() {}

    /** JSON as it stands in the file. */
    record Raw(String json) {}

    /** Bytes that are no text. */
    record Bytes(String base64) {}

    static Object ofLong(PrimitiveType type, long value) {
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        if (meaning instanceof DecimalLogicalTypeAnnotation decimal) {
            return new BigDecimal(BigInteger.valueOf(value), decimal.getScale());
        }
        if (meaning instanceof IntLogicalTypeAnnotation whole && !whole.isSigned() && value < 0) {
            return type.getPrimitiveTypeName() == PrimitiveTypeName.INT32
                    ? (Object) Integer.toUnsignedLong((int) value)
                    : new BigDecimal(Long.toUnsignedString(value));
        }
        if (meaning instanceof LogicalTypeAnnotation.DateLogicalTypeAnnotation) {
            return LocalDate.ofEpochDay(value).toString();
        }
        try {
            if (meaning instanceof TimestampLogicalTypeAnnotation time) {
                return timestamp(value, time.getUnit(), time.isAdjustedToUTC());
            }
            if (meaning instanceof TimeLogicalTypeAnnotation time) {
                return LocalTime.ofNanoOfDay(Math.multiplyExact(value, nanos(time.getUnit())))
                        + (time.isAdjustedToUTC() ? "Z" : "");
            }
        } catch (DateTimeException | ArithmeticException e) {
            return value; // outside of what the calendar has: the number itself
        }
        return value;
    }

    static Object ofDouble(double value) {
        return Double.isFinite(value) ? (Object) value : Double.toString(value);
    }

    static Object ofFloat(float value) {
        return Float.isFinite(value) ? (Object) value : Float.toString(value);
    }

    static Object ofBinary(PrimitiveType type, Binary value) {
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        byte[] bytes = value.getBytes();
        if (type.getPrimitiveTypeName() == PrimitiveTypeName.INT96) {
            ByteBuffer parts = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            long nanoOfDay = parts.getLong();
            long day = parts.getInt() - JULIAN_EPOCH;
            return Instant.ofEpochSecond(day * 86_400, nanoOfDay).toString();
        }
        if (meaning instanceof DecimalLogicalTypeAnnotation decimal) {
            return new BigDecimal(new BigInteger(bytes), decimal.getScale());
        }
        if (meaning instanceof LogicalTypeAnnotation.UUIDLogicalTypeAnnotation) {
            ByteBuffer parts = ByteBuffer.wrap(bytes);
            return new UUID(parts.getLong(), parts.getLong()).toString();
        }
        if (meaning instanceof LogicalTypeAnnotation.Float16LogicalTypeAnnotation) {
            return ofFloat(Half.shortest(
                    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getShort()));
        }
        if (meaning instanceof LogicalTypeAnnotation.IntervalLogicalTypeAnnotation) {
            return ParquetInterval.text(bytes);
        }
        boolean mayBeText = type.getPrimitiveTypeName() == PrimitiveTypeName.BINARY
                && (meaning == null || isText(meaning) || isJson(meaning));
        if (!mayBeText || new Utf8().firstInvalid(bytes, 0, bytes.length) >= 0) {
            return new Bytes(Base64.getEncoder().encodeToString(bytes));
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        return isJson(meaning) && JsonTree.isValid(bytes) ? new Raw(text) : text;
    }

    static boolean isText(@Nullable LogicalTypeAnnotation meaning) {
        return meaning instanceof LogicalTypeAnnotation.StringLogicalTypeAnnotation
                || meaning instanceof LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
    }

    static boolean isJson(@Nullable LogicalTypeAnnotation meaning) {
        return meaning instanceof LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
    }

    private static String timestamp(long value, TimeUnit unit, boolean utc) {
        long perSecond = 1_000_000_000 / nanos(unit);
        long second = Math.floorDiv(value, perSecond);
        long nano = Math.floorMod(value, perSecond) * nanos(unit);
        return utc
                ? Instant.ofEpochSecond(second, nano).toString()
                : LocalDateTime.ofEpochSecond(second, (int) nano, ZoneOffset.UTC)
                        .toString();
    }

    private static long nanos(TimeUnit unit) {
        return switch (unit) {
            case MILLIS -> 1_000_000;
            case MICROS -> 1_000;
            case NANOS -> 1;
        };
    }

    /** The whole number that stands for a value in a column of 32 or 64 bits. */
    static long toLong(PrimitiveType type, JsonTree.Node value) {
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        if (value.kind() == JsonTree.Kind.NUMBER) {
            return wholeNumber(type, number(value));
        }
        if (meaning instanceof LogicalTypeAnnotation.DateLogicalTypeAnnotation) {
            return LocalDate.parse(value.text()).toEpochDay();
        }
        if (meaning instanceof TimestampLogicalTypeAnnotation time) {
            Instant instant = time.isAdjustedToUTC()
                    ? Instant.parse(value.text())
                    : LocalDateTime.parse(value.text()).toInstant(ZoneOffset.UTC);
            return count(instant, time.getUnit());
        }
        if (meaning instanceof TimeLogicalTypeAnnotation time) {
            String text = value.text();
            return LocalTime.parse(text.endsWith("Z") ? text.substring(0, text.length() - 1) : text)
                            .toNanoOfDay()
                    / nanos(time.getUnit());
        }
        throw new NumberFormatException("\"" + Excerpt.of(value.text()) + "\" is no whole number");
    }

    private static BigDecimal number(JsonTree.Node value) {
        BigDecimal number = new BigDecimal(value.text());
        if ((long) number.precision() - number.scale() > MAX_DIGITS) { // else 1e999999999 would be written out
            throw new ArithmeticException("it has more than " + MAX_DIGITS + " digits");
        }
        return number;
    }

    private static long wholeNumber(PrimitiveType type, BigDecimal number) {
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        BigInteger whole = meaning instanceof DecimalLogicalTypeAnnotation decimal
                ? number.setScale(decimal.getScale()).unscaledValue()
                : number.toBigIntegerExact();
        int bits = type.getPrimitiveTypeName() == PrimitiveTypeName.INT32 ? Integer.SIZE : Long.SIZE;
        boolean signed = !(meaning instanceof IntLogicalTypeAnnotation integer) || integer.isSigned();
        if (signed ? whole.bitLength() >= bits : whole.signum() < 0 || whole.bitLength() > bits) {
            throw new ArithmeticException("allowed are " + bits + " bits" + (signed ? "" : " and no sign"));
        }
        return whole.longValue();
    }

    private static long count(Instant instant, TimeUnit unit) {
        long perSecond = 1_000_000_000 / nanos(unit);
        long second = instant.getEpochSecond();
        long rest = instant.getNano() / nanos(unit);
        return second < 0 // so that the earliest moment of all does not overflow on the way
                ? Math.addExact(Math.multiplyExact(second + 1, perSecond), rest - perSecond)
                : Math.addExact(Math.multiplyExact(second, perSecond), rest);
    }

    static Binary toBinary(PrimitiveType type, JsonTree.Node value) {
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        if (value.kind() == JsonTree.Kind.OBJECT && value.fields().containsKey(BASE64) && !isJson(meaning)) {
            return Binary.fromConstantByteArray(
                    Base64.getDecoder().decode(value.fields().get(BASE64).text()));
        }
        if (isJson(meaning)) {
            return Binary.fromString(value.json());
        }
        if (type.getPrimitiveTypeName() == PrimitiveTypeName.INT96) {
            Instant instant = Instant.parse(value.text());
            long day = Math.floorDiv(instant.getEpochSecond(), 86_400L);
            long nanoOfDay = Math.floorMod(instant.getEpochSecond(), 86_400L) * 1_000_000_000 + instant.getNano();
            ByteBuffer parts = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
            parts.putLong(nanoOfDay % DAY_NANOS).putInt((int) (day + JULIAN_EPOCH));
            return Binary.fromConstantByteArray(parts.array());
        }
        if (meaning instanceof DecimalLogicalTypeAnnotation decimal) {
            byte[] number =
                    number(value).setScale(decimal.getScale()).unscaledValue().toByteArray();
            return Binary.fromConstantByteArray(
                    type.getPrimitiveTypeName() == PrimitiveTypeName.BINARY
                            ? number
                            : extended(number, type.getTypeLength()));
        }
        if (meaning instanceof LogicalTypeAnnotation.UUIDLogicalTypeAnnotation) {
            UUID uuid = UUID.fromString(value.text());
            return Binary.fromConstantByteArray(ByteBuffer.allocate(16)
                    .putLong(uuid.getMostSignificantBits())
                    .putLong(uuid.getLeastSignificantBits())
                    .array());
        }
        if (meaning instanceof LogicalTypeAnnotation.Float16LogicalTypeAnnotation) {
            double number = Double.parseDouble(value.text());
            short half = Half.nearest(number);
            if (Double.isFinite(number) && !Float.isFinite(Halves.fromHalf(half))) {
                throw new ArithmeticException("allowed is at most 65504");
            }
            return Binary.fromConstantByteArray(new byte[] {(byte) half, (byte) (half >> 8)});
        }
        if (meaning instanceof LogicalTypeAnnotation.IntervalLogicalTypeAnnotation) {
            return Binary.fromConstantByteArray(ParquetInterval.bytes(value.text()));
        }
        return Binary.fromString(value.text());
    }

    private static byte[] extended(byte[] number, int length) {
        if (number.length > length) {
            throw new ArithmeticException("allowed are " + length + " bytes");
        }
        byte[] result = new byte[length];
        Arrays.fill(result, (byte) (number[0] < 0 ? -1 : 0));
        System.arraycopy(number, 0, result, length - number.length, number.length);
        return result;
    }
}
