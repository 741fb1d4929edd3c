// SPDX-License-Identifier: Apache-2.0
package dev.quad.onnx;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tensors of an ONNX file whose values lie in other files, wherever in the model they stand: initializers of the
 * graph and of its subgraphs, sparse ones, attributes, functions, training.
 *
 * <p>Only what leads to them is read of the file's protobuf encoding: a message is a row of fields, each a number, a
 * wire type and a value. What is damaged, nested more than {@value #MAX_DEPTH} deep or grouped (ONNX has no groups) is
 * refused here, so that no field stays unseen that another reader would take.
 */
final class ExternalTensors {
    private static final int MAX_DEPTH = 100; // as other readers of protobuf
    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED_32 = 5;

    private final byte[] bytes;
    private final List<ExternalTensor> found = new ArrayList<>();

    private ExternalTensors(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Finds them, in the order of the file.
     *
     * @throws DamagedModelException if the bytes are not those of an ONNX file
     */
    static List<ExternalTensor> of(byte[] model) throws DamagedModelException {
        ExternalTensors reader = new ExternalTensors(model);
        reader.read(Message.MODEL, 0, model.length, 0);
        return reader.found;
    }

    private void read(Message message, int from, int to, int depth) throws DamagedModelException {
        if (depth > MAX_DEPTH) {
            throw new DamagedModelException("it is nested more than " + MAX_DEPTH + " deep");
        }
        Fields fields = new Fields(from, to);
        while (fields.next()) {
            Optional<Message> child = fields.wireType == BYTES ? message.child(fields.number) : Optional.empty();
            if (child.isPresent() && child.get() == Message.TENSOR) {
                readTensor(fields.start, fields.end);
            } else if (child.isPresent()) {
                read(child.get(), fields.start, fields.end, depth + 1);
            }
        }
    }

    private void readTensor(int from, int to) throws DamagedModelException {
        String name = "";
        boolean external = false;
        Map<String, String> entries = new HashMap<>();
        Fields fields = new Fields(from, to);
        while (fields.next()) {
            if (fields.number == 8 && fields.wireType == BYTES) {
                name = fields.text();
            } else if (fields.number == 13 && fields.wireType == BYTES) {
                readEntry(fields.start, fields.end, entries);
            } else if (fields.number == 14 && fields.wireType == VARINT) {
                external = fields.value == 1;
            }
        }
        if (external || !entries.isEmpty()) {
            found.add(new ExternalTensor(
                    name,
                    external,
                    entries.getOrDefault("location", ""),
                    Optional.ofNullable(entries.get("offset")),
                    Optional.ofNullable(entries.get("length"))));
        }
    }

    private void readEntry(int from, int to, Map<String, String> entries) throws DamagedModelException {
        String key = "";
        String value = "";
        Fields fields = new Fields(from, to);
        while (fields.next()) {
            if (fields.number == 1 && fields.wireType == BYTES) {
                key = fields.text();
            } else if (fields.number == 2 && fields.wireType == BYTES) {
                value = fields.text();
            }
        }
        entries.put(key, value);
    }

    /** The messages of ONNX from which tensors can be reached, with the numbers of the fields that lead there. */
    private enum Message {
        MODEL,
        TRAINING,
        FUNCTION,
        GRAPH,
        NODE,
        ATTRIBUTE,
        SPARSE_TENSOR,
        TENSOR;

        Optional<Message> child(int field) {
            return Optional.ofNullable(
                    switch (this) {
                        case MODEL -> field == 7 ? GRAPH : field == 20 ? TRAINING : field == 25 ? FUNCTION : null;
                        case TRAINING -> field == 1 || field == 2 ? GRAPH : null;
                        case FUNCTION -> field == 7 ? NODE : field == 11 ? ATTRIBUTE : null;
                        case GRAPH -> field == 1 ? NODE : field == 5 ? TENSOR : field == 15 ? SPARSE_TENSOR : null;
                        case NODE -> field == 5 ? ATTRIBUTE : null;
                        case ATTRIBUTE ->
                            switch (field) {
                                case 5, 10 -> TENSOR;
                                case 6, 11 -> GRAPH;
                                case 22, 23 -> SPARSE_TENSOR;
                                default -> null;
                            };
                        case SPARSE_TENSOR -> field == 1 || field == 2 ? TENSOR : null;
                        case TENSOR -> null;
                    });
        }
    }

    /** Goes through the fields of one message. */
    private final class Fields {
        private final int limit;
        private int at;
        private int number;
        private int wireType;
        private int start;
        private int end;
        private long value;

        Fields(int from, int to) {
            this.at = from;
            this.limit = to;
        }

        boolean next() throws DamagedModelException {
            if (at == limit) {
                return false;
            }
            int place = at;
            long tag = varint();
            number = (int) (tag >>> 3);
            wireType = (int) (tag & 7);
            if (tag >>> 32 != 0 || number == 0) {
                throw damaged(place);
            }
            long length = switch (wireType) {
                case VARINT -> {
                    value = varint();
                    yield 0;
                }
                case FIXED_64 -> 8;
                case BYTES -> varint();
                case FIXED_32 -> 4;
                default -> throw damaged(place);
            };
            if (length < 0 || length > limit - at) {
                throw damaged(place);
            }
            start = at;
            end = at + (int) length;
            at = end;
            return true;
        }

        private long varint() throws DamagedModelException {
            long result = 0;
            for (int shift = 0; shift < 70; shift += 7) {
                if (at == limit) {
                    throw damaged(at);
                }
                byte next = bytes[at++];
                result |= (next & 0x7FL) << shift;
                if (next >= 0) {
                    return result;
                }
            }
            throw damaged(at);
        }

        String text() {
            return new String(bytes, start, end - start, StandardCharsets.UTF_8);
        }

        private DamagedModelException damaged(int place) {
            return new DamagedModelException("it is damaged at byte " + place);
        }
    }

    /** Says why bytes are no ONNX file. */
    static final class DamagedModelException extends Exception {
        private static final long serialVersionUID = 1;

        DamagedModelException(String reason) {
            super(reason);
        }
    }
}
