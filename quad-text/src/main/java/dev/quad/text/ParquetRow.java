// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.parquet.column.Dictionary;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * Puts the columns of a row together: a {@link Struct} for a group, a {@link List} for a repeated field or a group that
 * is annotated as a list or map, null for what is not there, and for single values what {@link ParquetValues} gives.
 */
final class ParquetRow extends RecordMaterializer<ParquetRow.Struct> {
    private final Group root;
    private Struct row = new Struct(new GroupType(Type.Repetition.REQUIRED, "none"), new Object[0]);

    ParquetRow(MessageType schema) {
        this.root = new Group(schema, value -> row = (Struct) value);
    }

    /** A group and its values in the order of its fields. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Struct(GroupType type, @Nullable Object[] values) {}

    @Override
    public Struct getCurrentRecord() {
        return row;
    }

    @Override
    public GroupConverter getRootConverter() {
        return root;
    }

    private static Converter converter(Type type, Consumer<Object> target) {
        if (type.isPrimitive()) {
            return new Leaf(type.asPrimitiveType(), target);
        }
        return isList(type) ? new ListGroup(type.asGroupType(), target) : new Group(type.asGroupType(), target);
    }

    /** Whether a group stands for the values of its only, repeated field. */
    static boolean isList(Type type) {
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        boolean annotated = meaning instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation
                || meaning instanceof LogicalTypeAnnotation.MapLogicalTypeAnnotation
                || meaning instanceof LogicalTypeAnnotation.MapKeyValueTypeAnnotation;
        return annotated
                && type.asGroupType().getFieldCount() == 1
                && type.asGroupType().getType(0).isRepetition(Type.Repetition.REPEATED);
    }

    /**
     * Whether the repeated field of a list is a mere wrapper around one element, by the rules for files of old writers
     * in the format's description of logical types.
     */
    static boolean wrapsElement(GroupType list) {
        Type repeated = list.getType(0);
        return !(list.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.MapLogicalTypeAnnotation)
                && !(list.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.MapKeyValueTypeAnnotation)
                && !repeated.isPrimitive()
                && repeated.asGroupType().getFieldCount() == 1
                && !repeated.asGroupType().getType(0).isRepetition(Type.Repetition.REPEATED)
                && !repeated.getName().equals("array")
                && !repeated.getName().equals(list.getName() + "_tuple");
    }

    private static final class Group extends GroupConverter {
        private final GroupType type;
        private final Consumer<Object> target;
        private final Converter[] fields;
        private @Nullable Object[] values;

        Group(GroupType type, Consumer<Object> target) {
            this.type = type;
            this.target = target;
            this.values = new Object[type.getFieldCount()];
            this.fields = IntStream.range(0, type.getFieldCount())
                    .mapToObj(i -> converter(type.getType(i), value -> set(i, value)))
                    .toArray(Converter[]::new);
        }

        @SuppressWarnings("unchecked")
        private void set(int field, Object value) {
            if (type.getType(field).isRepetition(Type.Repetition.REPEATED)) {
                List<Object> all = (List<Object>) values[field];
                if (all == null) {
                    all = new ArrayList<>();
                    values[field] = all;
                }
                all.add(value);
            } else {
                values[field] = value;
            }
        }

        @Override
        public Converter getConverter(int field) {
            return fields[field];
        }

        @Override
        public void start() {
            values = new Object[type.getFieldCount()];
        }

        @Override
        public void end() {
            for (int i = 0; i < values.length; i++) {
                if (values[i] == null && type.getType(i).isRepetition(Type.Repetition.REPEATED)) {
                    values[i] = List.of();
                }
            }
            target.accept(new Struct(type, values));
        }
    }

    private static final class ListGroup extends GroupConverter {
        private final Consumer<Object> target;
        private final Converter repeated;
        private List<@Nullable Object> elements = new ArrayList<>();

        ListGroup(GroupType type, Consumer<Object> target) {
            this.target = target;
            boolean wrapped = wrapsElement(type);
            this.repeated =
                    converter(type.getType(0), value -> elements.add(wrapped ? ((Struct) value).values()[0] : value));
        }

        @Override
        public Converter getConverter(int field) {
            return repeated;
        }

        @Override
        public void start() {
            elements = new ArrayList<>();
        }

        @Override
        public void end() {
            target.accept(elements);
        }
    }

    private static final class Leaf extends PrimitiveConverter {
        private final PrimitiveType type;
        private final Consumer<Object> target;
        private Object[] known = new Object[0];

        Leaf(PrimitiveType type, Consumer<Object> target) {
            this.type = type;
            this.target = target;
        }

        @Override
        public boolean hasDictionarySupport() {
            return switch (type.getPrimitiveTypeName()) {
                case BINARY, FIXED_LEN_BYTE_ARRAY, INT96 -> true;
                default -> false;
            };
        }

        @Override
        public void setDictionary(Dictionary dictionary) {
            known = IntStream.rangeClosed(0, dictionary.getMaxId())
                    .mapToObj(id -> ParquetValues.ofBinary(type, dictionary.decodeToBinary(id)))
                    .toArray();
        }

        @Override
        public void addValueFromDictionary(int id) {
            target.accept(known[id]);
        }

        @Override
        public void addBinary(Binary value) {
            target.accept(ParquetValues.ofBinary(type, value));
        }

        @Override
        public void addBoolean(boolean value) {
            target.accept(value);
        }

        @Override
        public void addInt(int value) {
            target.accept(ParquetValues.ofLong(type, value));
        }

        @Override
        public void addLong(long value) {
            target.accept(ParquetValues.ofLong(type, value));
        }

        @Override
        public void addFloat(float value) {
            target.accept(ParquetValues.ofFloat(value));
        }

        @Override
        public void addDouble(double value) {
            target.accept(ParquetValues.ofDouble(value));
        }
    }
}
