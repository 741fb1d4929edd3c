// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * Which types of columns are read, and what they are called. A type that is not in the table is refused by its name.
 */
final class ParquetTypes {
    /** What a column of numbers or bytes may stand for, beside itself and nothing at all ({@code UNKNOWN}). */
    private static final List<Class<? extends LogicalTypeAnnotation>> SINGLE = List.of(
            LogicalTypeAnnotation.StringLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.EnumLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.JsonLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.UUIDLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.IntLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.DecimalLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.Float16LogicalTypeAnnotation.class,
            LogicalTypeAnnotation.DateLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.TimeLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.TimestampLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.IntervalLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.UnknownLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.BsonLogicalTypeAnnotation.class, // bytes by their definition, as are the next two
            LogicalTypeAnnotation.GeometryLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.GeographyLogicalTypeAnnotation.class);

    private static final List<Class<? extends LogicalTypeAnnotation>> GROUP = List.of(
            LogicalTypeAnnotation.ListLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.MapLogicalTypeAnnotation.class,
            LogicalTypeAnnotation.MapKeyValueTypeAnnotation.class);

    private ParquetTypes() {}

    /** Refuses a file that has a column which cannot be read for what it is. */
    static void check(GroupType columns) throws UnsupportedFormException {
        check("", columns);
    }

    private static void check(String prefix, GroupType columns) throws UnsupportedFormException {
        for (Type column : columns.getFields()) {
            String path = prefix + column.getName();
            LogicalTypeAnnotation meaning = column.getLogicalTypeAnnotation();
            boolean read = meaning == null
                    || (column.isPrimitive() ? SINGLE : GROUP).stream().anyMatch(known -> known.isInstance(meaning));
            if (!read) {
                throw new UnsupportedFormException("the column \"" + Excerpt.of(path) + "\" is " + name(column)
                        + ", which is not read; write the file without it, or with its values as STRING or JSON");
            }
            if (!column.isPrimitive()) {
                check(path + ".", column.asGroupType());
            }
        }
    }

    /** Whether the numbers of a column, which may be nested, are of 16 bits. A name may have dots in it. */
    static boolean isHalf(Type type, List<String> path) {
        if (type.isPrimitive()) {
            return path.isEmpty()
                    && type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.Float16LogicalTypeAnnotation;
        }
        GroupType group = type.asGroupType();
        if (path.isEmpty()) {
            return group.getFieldCount() == 1 && isHalf(group.getType(0), path); // a list
        }
        for (int names = path.size(); names > 0; names--) {
            String name = String.join(".", path.subList(0, names));
            if (group.containsField(name)) {
                return isHalf(group.getType(name), path.subList(names, path.size()));
            }
        }
        return false;
    }

    static boolean hasInterval(Type type) {
        return type.isPrimitive()
                ? type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.IntervalLogicalTypeAnnotation
                : type.asGroupType().getFields().stream().anyMatch(ParquetTypes::hasInterval);
    }

    /** What a type is called, without the name of the column. */
    static String name(Type type) {
        String single = single(type);
        return type.isRepetition(Type.Repetition.REPEATED) ? "repeated " + single : single;
    }

    private static String single(Type type) {
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        if (type.isPrimitive()) {
            PrimitiveType primitive = type.asPrimitiveType();
            PrimitiveTypeName physical = primitive.getPrimitiveTypeName();
            String length =
                    physical == PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY ? "(" + primitive.getTypeLength() + ")" : "";
            return meaning == null ? physical + length : meaning.toString();
        }
        GroupType group = type.asGroupType();
        if (ParquetRow.isList(type)) {
            Type repeated = group.getType(0);
            boolean map = !(meaning instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation);
            return (map ? "MAP" : "LIST") + " of "
                    + single(
                            ParquetRow.wrapsElement(group)
                                    ? repeated.asGroupType().getType(0)
                                    : repeated);
        }
        return (meaning == null ? "" : meaning + " ")
                + group.getFields().stream()
                        .map(field -> Excerpt.of(field.getName()) + " " + name(field))
                        .limit(8)
                        .collect(Collectors.joining(", ", "{", group.getFieldCount() > 8 ? ", …}" : "}"));
    }
}
