// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/**
 * The narrowest type that holds what two columns of one name hold, each value as it is: whole numbers of several
 * widths, floating-point numbers, decimals, times of several units, and lists, maps and groups of such.
 */
final class ParquetUnion {
    private static final int MAX_DIGITS = 38;
    private static final int MAX_DIGITS_OF_INT = 9;
    private static final int MAX_DIGITS_OF_LONG = 18;
    private static final int BYTES_OF_MAX_DIGITS = 16;

    private ParquetUnion() {}

    /** Empty if there is none but text. */
    static Optional<Type> of(Type a, Type b) {
        if (a.isRepetition(Repetition.REPEATED) != b.isRepetition(Repetition.REPEATED)
                || a.isPrimitive() != b.isPrimitive()) {
            return Optional.empty();
        }
        Repetition repetition = a.getRepetition() == b.getRepetition() ? a.getRepetition() : Repetition.OPTIONAL;
        if (bare(a, repetition).equals(bare(b, repetition))) {
            return Optional.of(bare(a, repetition));
        }
        if (a.isPrimitive()) {
            return single(a.asPrimitiveType(), b.asPrimitiveType())
                    .map(found -> bare(found.named(a.getName()), repetition));
        }
        return group(a.asGroupType(), b.asGroupType(), repetition);
    }

    /** A column that a record may lack. */
    static Type optional(Type type) {
        return bare(type, type.isRepetition(Repetition.REPEATED) ? Repetition.REPEATED : Repetition.OPTIONAL);
    }

    /** The type without the numbers that some writers give to columns, which differ where nothing else does. */
    private static Type bare(Type type, Repetition repetition) {
        if (type.isPrimitive()) {
            PrimitiveType single = type.asPrimitiveType();
            return Types.primitive(single.getPrimitiveTypeName(), repetition)
                    .length(single.getTypeLength())
                    .as(type.getLogicalTypeAnnotation())
                    .named(type.getName());
        }
        Types.GroupBuilder<GroupType> group = Types.buildGroup(repetition).as(type.getLogicalTypeAnnotation());
        type.asGroupType().getFields().forEach(field -> group.addField(bare(field, field.getRepetition())));
        return group.named(type.getName());
    }

    private static Optional<Type> group(GroupType a, GroupType b, Repetition repetition) {
        if (ParquetRow.isList(a) != ParquetRow.isList(b)) {
            return Optional.empty();
        }
        LogicalTypeAnnotation meaning = a.getLogicalTypeAnnotation();
        if (ParquetRow.isList(a) && ParquetRow.wrapsElement(a) && ParquetRow.wrapsElement(b)) {
            Type first = a.getType(0).asGroupType().getType(0);
            Type second = b.getType(0).asGroupType().getType(0);
            return of(first, second)
                    .map(element -> Types.buildGroup(repetition)
                            .as(LogicalTypeAnnotation.listType())
                            .addField(new GroupType(Repetition.REPEATED, "list", renamed(element, "element")))
                            .named(a.getName()));
        }
        boolean alike =
                meaning == null ? b.getLogicalTypeAnnotation() == null : meaning.equals(b.getLogicalTypeAnnotation());
        Map<String, Type> fields = new LinkedHashMap<>();
        for (Type field : a.getFields()) {
            Optional<Type> both = b.containsField(field.getName())
                    ? of(field, b.getType(field.getName()))
                    : Optional.of(optional(field));
            alike &= both.isPresent();
            both.ifPresent(type -> fields.put(type.getName(), type));
        }
        b.getFields().forEach(field -> fields.computeIfAbsent(field.getName(), name -> optional(field)));
        boolean oneField = !ParquetRow.isList(a) || fields.size() == 1;
        if (!alike || !oneField) {
            return Optional.empty();
        }
        Types.GroupBuilder<GroupType> group = Types.buildGroup(repetition).as(meaning);
        fields.values().forEach(group::addField);
        return Optional.of(group.named(a.getName()));
    }

    private static Type renamed(Type type, String name) {
        if (type.isPrimitive()) {
            PrimitiveType single = type.asPrimitiveType();
            return Types.primitive(single.getPrimitiveTypeName(), type.getRepetition())
                    .length(single.getTypeLength())
                    .as(type.getLogicalTypeAnnotation())
                    .named(name);
        }
        Types.GroupBuilder<GroupType> group =
                Types.buildGroup(type.getRepetition()).as(type.getLogicalTypeAnnotation());
        type.asGroupType().getFields().forEach(group::addField);
        return group.named(name);
    }

    private static Optional<Types.PrimitiveBuilder<PrimitiveType>> single(PrimitiveType a, PrimitiveType b) {
        LogicalTypeAnnotation first = a.getLogicalTypeAnnotation();
        LogicalTypeAnnotation second = b.getLogicalTypeAnnotation();
        if (first instanceof DecimalLogicalTypeAnnotation x && second instanceof DecimalLogicalTypeAnnotation y) {
            return decimal(x, y);
        }
        if (first instanceof TimestampLogicalTypeAnnotation x
                && second instanceof TimestampLogicalTypeAnnotation y
                && x.isAdjustedToUTC() == y.isAdjustedToUTC()) {
            return column(
                    PrimitiveTypeName.INT64,
                    LogicalTypeAnnotation.timestampType(x.isAdjustedToUTC(), finer(x.getUnit(), y.getUnit())));
        }
        if (first instanceof TimeLogicalTypeAnnotation x
                && second instanceof TimeLogicalTypeAnnotation y
                && x.isAdjustedToUTC() == y.isAdjustedToUTC()) {
            return column(
                    PrimitiveTypeName.INT64,
                    LogicalTypeAnnotation.timeType(x.isAdjustedToUTC(), finer(x.getUnit(), y.getUnit())));
        }
        if (isFloating(a) && isFloating(b)) {
            boolean wide = a.getPrimitiveTypeName() == PrimitiveTypeName.DOUBLE
                    || b.getPrimitiveTypeName() == PrimitiveTypeName.DOUBLE;
            return Optional.of(Types.optional(wide ? PrimitiveTypeName.DOUBLE : PrimitiveTypeName.FLOAT));
        }
        return isWhole(a) && isWhole(b) ? whole(a, b) : Optional.empty();
    }

    private static Optional<Types.PrimitiveBuilder<PrimitiveType>> column(
            PrimitiveTypeName physical, LogicalTypeAnnotation meaning) {
        return Optional.of(Types.optional(physical).as(meaning));
    }

    private static Optional<Types.PrimitiveBuilder<PrimitiveType>> decimal(
            DecimalLogicalTypeAnnotation a, DecimalLogicalTypeAnnotation b) {
        int scale = Math.max(a.getScale(), b.getScale());
        int digits = scale + Math.max(a.getPrecision() - a.getScale(), b.getPrecision() - b.getScale());
        if (digits > MAX_DIGITS) {
            return Optional.empty();
        }
        LogicalTypeAnnotation meaning = LogicalTypeAnnotation.decimalType(scale, digits);
        return digits <= MAX_DIGITS_OF_LONG
                ? column(digits <= MAX_DIGITS_OF_INT ? PrimitiveTypeName.INT32 : PrimitiveTypeName.INT64, meaning)
                : Optional.of(Types.optional(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY)
                        .length(BYTES_OF_MAX_DIGITS)
                        .as(meaning));
    }

    private static TimeUnit finer(TimeUnit a, TimeUnit b) {
        return a.compareTo(b) >= 0 ? a : b; // in the order of milli, micro, nano
    }

    private static boolean isFloating(PrimitiveType type) {
        return type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.Float16LogicalTypeAnnotation
                || type.getPrimitiveTypeName() == PrimitiveTypeName.FLOAT
                || type.getPrimitiveTypeName() == PrimitiveTypeName.DOUBLE;
    }

    private static boolean isWhole(PrimitiveType type) {
        boolean number = type.getPrimitiveTypeName() == PrimitiveTypeName.INT32
                || type.getPrimitiveTypeName() == PrimitiveTypeName.INT64;
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        return number && (meaning == null || meaning instanceof IntLogicalTypeAnnotation);
    }

    private static Optional<Types.PrimitiveBuilder<PrimitiveType>> whole(PrimitiveType a, PrimitiveType b) {
        boolean signed = isSigned(a) || isSigned(b);
        int bits =
                Math.max(isSigned(a) == signed ? bits(a) : 2 * bits(a), isSigned(b) == signed ? bits(b) : 2 * bits(b));
        if (bits > Long.SIZE) {
            return Optional.empty();
        }
        return column(
                bits > Integer.SIZE ? PrimitiveTypeName.INT64 : PrimitiveTypeName.INT32,
                LogicalTypeAnnotation.intType(bits, signed));
    }

    private static boolean isSigned(PrimitiveType type) {
        return !(type.getLogicalTypeAnnotation() instanceof IntLogicalTypeAnnotation whole) || whole.isSigned();
    }

    private static int bits(PrimitiveType type) {
        return type.getLogicalTypeAnnotation() instanceof IntLogicalTypeAnnotation whole
                ? whole.getBitWidth()
                : type.getPrimitiveTypeName() == PrimitiveTypeName.INT32 ? Integer.SIZE : Long.SIZE;
    }
}
