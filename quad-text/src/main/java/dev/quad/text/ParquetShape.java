// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/**
 * What a column must be to hold all values seen of a field, without loss: the least upper bound in nothing &lt; (truth,
 * whole number &lt; number, text, list of one shape, object of named shapes) &lt; any JSON. A field whose values have
 * different shapes, or one that no column has (a number beyond double precision, an object without fields, half of a
 * surrogate pair), becomes a column of JSON text.
 */
final class ParquetShape {

    /** Nothing but null. */
    static final ParquetShape NONE = new ParquetShape(Kind.NONE);

    private static final ParquetShape ANY = new ParquetShape(Kind.ANY);
    private static final ParquetShape TRUTH = new ParquetShape(Kind.TRUTH);
    private static final ParquetShape TEXT = new ParquetShape(Kind.TEXT);
    private static final ParquetShape NUMBER = new ParquetShape(Kind.NUMBER);
    private static final ParquetShape WHOLE = new ParquetShape(Kind.WHOLE);
    private static final ParquetShape LARGE_WHOLE = new ParquetShape(Kind.LARGE_WHOLE);

    private static final int MAX_FIELDS = 1000;
    private static final long EXACT_IN_DOUBLE = 1L << 53;

    private final Kind kind;
    private final Map<String, ParquetShape> fields = new LinkedHashMap<>();
    private ParquetShape element = this;

    private enum Kind {
        NONE,
        TRUTH,
        WHOLE,
        LARGE_WHOLE,
        NUMBER,
        TEXT,
        LIST,
        OBJECT,
        ANY
    }

    private ParquetShape(Kind kind) {
        this.kind = kind;
    }

    /** The shape of one value. */
    static ParquetShape of(JsonTree.Node value) {
        return switch (value.kind()) {
            case NULL -> NONE;
            case BOOLEAN -> TRUTH;
            case STRING -> Utf8.firstLoneSurrogate(value.text()) < 0 ? TEXT : ANY;
            case NUMBER -> number(value.text());
            case ARRAY -> {
                ParquetShape list = new ParquetShape(Kind.LIST);
                list.element = value.elements().stream()
                        .map(ParquetShape::of)
                        .reduce(ParquetShape::with)
                        .orElse(NONE);
                yield list;
            }
            case OBJECT -> object(value);
        };
    }

    private static ParquetShape object(JsonTree.Node value) {
        if (value.repeatsName() || value.fields().isEmpty() || value.fields().size() > MAX_FIELDS) {
            return ANY;
        }
        ParquetShape object = new ParquetShape(Kind.OBJECT);
        for (Map.Entry<String, JsonTree.Node> field : value.fields().entrySet()) {
            if (field.getKey().isEmpty() || Utf8.firstLoneSurrogate(field.getKey()) >= 0) {
                return ANY;
            }
            object.fields.put(field.getKey(), of(field.getValue()));
        }
        return object;
    }

    private static ParquetShape number(String text) {
        if (text.length() > 400) {
            return ANY;
        }
        if (text.endsWith("NaN") || text.endsWith("Infinity")) {
            return NUMBER; // as Python writes them
        }
        BigDecimal exact = new BigDecimal(text);
        if (text.indexOf('.') < 0 && text.indexOf('e') < 0 && text.indexOf('E') < 0 && !text.equals("-0")) {
            if (exact.toBigInteger().bitLength() < Long.SIZE) {
                long value = exact.longValue(); // the smallest has no absolute value
                return -EXACT_IN_DOUBLE <= value && value <= EXACT_IN_DOUBLE ? WHOLE : LARGE_WHOLE;
            }
        }
        double near = exact.doubleValue();
        return Double.isFinite(near) && new BigDecimal(Double.toString(near)).compareTo(exact) == 0 ? NUMBER : ANY;
    }

    /** The least shape that holds what either holds. Takes over the parts of this one. */
    ParquetShape with(ParquetShape other) {
        if (this == other || other.kind == Kind.NONE || kind == Kind.ANY) {
            return this;
        }
        if (kind == Kind.NONE || other.kind == Kind.ANY) {
            return other;
        }
        if (kind == Kind.LIST && other.kind == Kind.LIST) {
            element = element.with(other.element);
            return this;
        }
        if (kind == Kind.OBJECT && other.kind == Kind.OBJECT) {
            other.fields.forEach((name, shape) -> fields.merge(name, shape, ParquetShape::with));
            return fields.size() > MAX_FIELDS ? ANY : this;
        }
        if (isNumber() && other.isNumber()) {
            boolean large = kind == Kind.LARGE_WHOLE || other.kind == Kind.LARGE_WHOLE;
            boolean broken = kind == Kind.NUMBER || other.kind == Kind.NUMBER;
            if (large && broken) {
                return ANY;
            }
            return broken ? NUMBER : large ? LARGE_WHOLE : WHOLE;
        }
        return kind == other.kind ? this : ANY;
    }

    private boolean isNumber() {
        return kind == Kind.WHOLE || kind == Kind.LARGE_WHOLE || kind == Kind.NUMBER;
    }

    /** Whether the shape is that of an object with a field of a name. */
    Map<String, ParquetShape> fields() {
        return fields;
    }

    /** The column. */
    Type column(String name) {
        return column(name, Type.Repetition.OPTIONAL);
    }

    private Type column(String name, Type.Repetition repetition) {
        return switch (kind) {
            case TRUTH -> Types.primitive(PrimitiveTypeName.BOOLEAN, repetition).named(name);
            case WHOLE, LARGE_WHOLE ->
                Types.primitive(PrimitiveTypeName.INT64, repetition).named(name);
            case NUMBER -> Types.primitive(PrimitiveTypeName.DOUBLE, repetition).named(name);
            case TEXT -> text(name, repetition, LogicalTypeAnnotation.stringType());
            case LIST -> {
                if (element.kind == Kind.NONE) {
                    yield text(name, repetition, LogicalTypeAnnotation.jsonType());
                }
                yield Types.buildGroup(repetition)
                        .as(LogicalTypeAnnotation.listType())
                        .addField(new GroupType(Type.Repetition.REPEATED, "list", element.column("element")))
                        .named(name);
            }
            case OBJECT -> {
                Types.GroupBuilder<GroupType> group = Types.buildGroup(repetition);
                fields.forEach((field, shape) -> group.addField(shape.column(field)));
                yield group.named(name);
            }
            case NONE, ANY -> text(name, repetition, LogicalTypeAnnotation.jsonType());
        };
    }

    private static Type text(String name, Type.Repetition repetition, LogicalTypeAnnotation meaning) {
        return Types.primitive(PrimitiveTypeName.BINARY, repetition).as(meaning).named(name);
    }
}
