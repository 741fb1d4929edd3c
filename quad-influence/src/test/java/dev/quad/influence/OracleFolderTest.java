// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Precision;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The oracle's folder can be replaced: here by one with the training items twice and in another order, and the queries
 * backwards, which leaves means over items as they are and moves all else to known places.
 */
class OracleFolderTest {
    private static final Pattern ENTRY = Pattern.compile(
            "\"([^\"]+)\":\\s*\\{[^}]*?\"dtype\":\\s*\"(\\w+)\"[^}]*?\"shape\":\\s*\\[([\\d, ]*)][^}]*?\"data_offsets\":\\s*\\[(\\d+),\\s*(\\d+)]");

    @TempDir
    private Path folder;

    /** A tensor of numbers of eight bytes. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Tensor(String type, int[] shape, long[] bits) {
        /** Slices along one side, in another order or several times. */
        Tensor gathered(int side, int[] order) {
            int[] to = shape.clone();
            to[side] = order.length;
            int inner = Arrays.stream(shape, side + 1, shape.length).reduce(1, Math::multiplyExact);
            int outer = Arrays.stream(shape, 0, side).reduce(1, Math::multiplyExact);
            long[] result = new long[outer * order.length * inner];
            for (int o = 0; o < outer; o++) {
                for (int k = 0; k < order.length; k++) {
                    System.arraycopy(
                            bits, (o * shape[side] + order[k]) * inner, result, (o * order.length + k) * inner, inner);
                }
            }
            return new Tensor(type, to, result);
        }
    }

    private static Map<String, Tensor> read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int header = (int) bytes.getLong(0);
        Matcher entry = ENTRY.matcher(new String(bytes.array(), 8, header, StandardCharsets.UTF_8));
        Map<String, Tensor> tensors = new TreeMap<>();
        while (entry.find()) {
            int from = Integer.parseInt(entry.group(4));
            long[] bits = new long[(Integer.parseInt(entry.group(5)) - from) / 8];
            ByteBuffer.wrap(bytes.array(), 8 + header + from, 8 * bits.length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asLongBuffer()
                    .get(bits);
            int[] shape = Arrays.stream(entry.group(3).split(",\\s*"))
                    .mapToInt(Integer::parseInt)
                    .toArray();
            tensors.put(entry.group(1), new Tensor(entry.group(2), shape, bits));
        }
        return tensors;
    }

    private static Tensor tensor(Map<String, Tensor> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    private static void write(Map<String, Tensor> tensors, Path file) throws IOException {
        List<String> entries = new ArrayList<>();
        int at = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            Tensor tensor = entry.getValue();
            int to = at + 8 * tensor.bits().length;
            entries.add("\"" + entry.getKey() + "\":{\"dtype\":\"" + tensor.type() + "\",\"shape\":"
                    + Arrays.toString(tensor.shape()) + ",\"data_offsets\":[" + at + "," + to + "]}");
            at = to;
        }
        byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + at).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length).put(header);
        tensors.values().forEach(tensor -> Arrays.stream(tensor.bits()).forEach(bytes::putLong));
        Files.write(file, bytes.array());
    }

    /** Writes the folder with its items moved. */
    private void writeMoved() throws IOException {
        for (String network : List.of("mlp", "transformer")) {
            Map<String, Tensor> tensors = read(OracleFiles.path(network));
            int items = tensor(tensors, "train/loss").shape()[0];
            int queries = tensor(tensors, "query/loss").shape()[0];
            int[] train =
                    IntStream.range(0, 2 * items).map(i -> (7 * i + 3) % items).toArray(); // 7 divides no count here
            int[] backwards =
                    IntStream.range(0, queries).map(q -> queries - 1 - q).toArray();
            write(moved(tensors, train, backwards), folder.resolve(network + ".safetensors"));
        }
    }

    private static Map<String, Tensor> moved(Map<String, Tensor> tensors, int[] train, int[] queries) {
        return tensors.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> moved(entry.getKey(), entry.getValue(), train, queries),
                        (a, b) -> a,
                        TreeMap::new));
    }

    private static Tensor moved(String name, Tensor tensor, int[] train, int[] queries) {
        if (name.startsWith("train/") || name.matches(".*/score/(reference|self)_.*")) {
            return tensor.gathered(0, train);
        }
        if (name.startsWith("query/") || name.contains("/query_preconditioned")) {
            return tensor.gathered(0, queries);
        }
        return name.contains("score") ? tensor.gathered(0, queries).gathered(1, train) : tensor;
    }

    /** The tensors that do not agree; of the larger network without what takes a pass for each class. */
    private static List<String> failures(String network) {
        return OracleScores.all(Precision.DOUBLE).stream()
                .filter(c -> c.name.equals(network))
                .flatMap(c -> c.names()
                        .filter(tensor -> network.equals("mlp") || !tensor.contains("exact"))
                        .filter(tensor -> {
                            double[] expected = c.expected(tensor);
                            return !(Dense.distance(c.found(tensor), expected)
                                    < c.tolerance(tensor) * Dense.largest(expected));
                        }))
                .toList();
    }

    private void inItsPlace(Runnable work) {
        String before = System.getProperty("quad.oracle");
        System.setProperty("quad.oracle", folder.toString());
        try {
            work.run();
        } finally {
            if (before == null) {
                System.clearProperty("quad.oracle");
            } else {
                System.setProperty("quad.oracle", before);
            }
        }
    }

    @Test
    void anotherFolder_inItsPlace_isReadAndAgrees() throws IOException {
        int items =
                OracleScores.all(Precision.DOUBLE).get(0).source.items("train").size();
        writeMoved();

        inItsPlace(() -> {
            assertThat(OracleScores.all(Precision.DOUBLE).get(0).source.items("train"))
                    .hasSize(2 * items);
            assertThat(failures("mlp")).isEmpty();
            assertThat(failures("transformer")).isEmpty();
        });
    }

    /** One score off by a millionth of the largest: it fails, and nothing else. */
    @Test
    void aWrongNumber_inTheFolder_isFound() throws IOException {
        writeMoved();
        Path file = folder.resolve("mlp.safetensors");
        Map<String, Tensor> tensors = read(file);
        String name = "mc/score/kfac_pi_heur";
        long[] bits = tensor(tensors, name).bits();
        double largest = Arrays.stream(bits)
                .mapToDouble(b -> Math.abs(Double.longBitsToDouble(b)))
                .max()
                .orElseThrow();
        bits[5] = Double.doubleToLongBits(Double.longBitsToDouble(bits[5]) + 1e-6 * largest);
        write(tensors, file);

        inItsPlace(() -> assertThat(failures("mlp")).containsExactly(name));
    }
}
