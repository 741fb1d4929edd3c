// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.math.BigDecimal;
import java.time.DateTimeException;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;

/** Whether a column can hold a value so that it is read again as it was; a null is the same as no field. */
final class ParquetFit {
    private ParquetFit() {}

    static boolean holds(Type column, JsonTree.Node value) {
        boolean repeated = column.isRepetition(Type.Repetition.REPEATED);
        if (value.kind() == JsonTree.Kind.NULL) {
            return !column.isRepetition(Type.Repetition.REQUIRED);
        }
        return repeated
                ? value.kind() == JsonTree.Kind.ARRAY
                        && value.elements().stream()
                                .allMatch(each -> each.kind() != JsonTree.Kind.NULL && one(column, each))
                : one(column, value);
    }

    private static boolean one(Type type, JsonTree.Node value) {
        if (type.isPrimitive()) {
            return single(type.asPrimitiveType(), value);
        }
        GroupType group = type.asGroupType();
        if (ParquetRow.isList(group)) {
            Type repeated = group.getType(0);
            boolean wrapped = ParquetRow.wrapsElement(group);
            return value.kind() == JsonTree.Kind.ARRAY
                    && value.elements().stream()
                            .allMatch(element -> wrapped
                                    ? holds(repeated.asGroupType().getType(0), element)
                                    : element.kind() != JsonTree.Kind.NULL && one(repeated, element));
        }
        return value.kind() == JsonTree.Kind.OBJECT
                && !value.repeatsName()
                && value.fields().keySet().stream().allMatch(group::containsField)
                && group.getFields().stream().allMatch(field -> {
                    JsonTree.Node found = value.fields().get(field.getName());
                    return found == null ? !field.isRepetition(Type.Repetition.REQUIRED) : holds(field, found);
                });
    }

    private static boolean single(PrimitiveType type, JsonTree.Node value) {
        try {
            Object back = switch (type.getPrimitiveTypeName()) {
                case BOOLEAN -> Boolean.valueOf(value.text());
                case INT32, INT64 -> ParquetValues.ofLong(type, ParquetValues.toLong(type, value));
                case FLOAT -> ParquetValues.ofFloat(Float.parseFloat(value.text()));
                case DOUBLE -> ParquetValues.ofDouble(Double.parseDouble(value.text()));
                case BINARY, FIXED_LEN_BYTE_ARRAY, INT96 -> {
                    Binary bytes = ParquetValues.toBinary(type, value);
                    yield type.getTypeLength() > 0 && bytes.length() != type.getTypeLength()
                            ? (Object) false // of another length than all have
                            : ParquetValues.ofBinary(type, bytes);
                }
            };
            return isSame(type, back, value);
        } catch (ArithmeticException | IllegalArgumentException | DateTimeException e) {
            return false;
        }
    }

    private static boolean isSame(PrimitiveType type, Object back, JsonTree.Node value) {
        if (back instanceof ParquetValues.Raw raw) {
            return raw.json().equals(value.json());
        }
        if (back instanceof ParquetValues.Bytes bytes) {
            JsonTree.Node inner = value.fields().get(ParquetValues.BASE64);
            return value.fields().size() == 1 && inner != null && bytes.base64().equals(inner.text());
        }
        return switch (value.kind()) {
            case STRING -> back.equals(value.text());
            case BOOLEAN -> back instanceof Boolean && back.toString().equals(value.text());
            case NUMBER ->
                back instanceof Number
                        && isInRange(type, value)
                        && new BigDecimal(back.toString()).compareTo(new BigDecimal(value.text())) == 0;
            default -> false;
        };
    }

    /** Whether the number is one of those that the column says it has. */
    private static boolean isInRange(PrimitiveType type, JsonTree.Node value) {
        if (type.getLogicalTypeAnnotation() instanceof DecimalLogicalTypeAnnotation decimal) {
            BigDecimal number = new BigDecimal(value.text());
            return number.signum() == 0
                    || number.precision() - number.scale() <= decimal.getPrecision() - decimal.getScale();
        }
        if (type.getLogicalTypeAnnotation() instanceof IntLogicalTypeAnnotation whole) {
            int bits = new BigDecimal(value.text()).toBigIntegerExact().bitLength();
            return whole.isSigned() ? bits < whole.getBitWidth() : bits <= whole.getBitWidth();
        }
        return true;
    }
}
