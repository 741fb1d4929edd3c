// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.InfluenceEstimator;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.Influence;
import dev.quad.influence.ReferenceDirection;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderGradients;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Documents of 256 tokens scored by a model of 1.1 billion weights in bfloat16 that stays in its mapped file: how many
 * a minute, and in how much memory. The sizes are those of TinyLlama, the weights random.
 *
 * <pre>{@code
 * mvn -B -q -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -Xmx7g -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" dev.quad.benchmarks.LargeModel FOLDER
 * }</pre>
 *
 * <p>From the repository's root. Makes the folder, of 2.2 GB, if it is not there.
 */
final class LargeModel {
    private static final int WIDTH = 2048;
    private static final int BLOCKS = 22;
    private static final int MLP = 5632;
    private static final int KEYS = 256;
    private static final int VOCABULARY = 32_000;
    private static final int LENGTH = 256;

    private LargeModel() {}

    /** The arguments are the folder and the number of documents to score. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        int count = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 8;
        if (!Files.exists(folder.resolve("config.json"))) {
            make(folder);
        }
        long start = System.nanoTime();
        try (Decoder decoder = Decoder.map(folder)) {
            DecoderGradients source = new DecoderGradients(decoder);
            report("opened, %,d weights", start, decoder.parameterCount());
            start = System.nanoTime();
            List<TokenSequence> reference = documents("reference", 2);
            try (ReferenceDirection direction =
                            ReferenceDirection.gradient(source, ReferenceSet.of(reference), 2 * LENGTH, done -> {});
                    InfluenceEstimator<TokenSequence> influence = Influence.of(source)
                            .direction(direction)
                            .batchTokens(2 * LENGTH)
                            .estimator()) {
                report("direction from %,d documents", start, reference.size());
                List<TokenSequence> documents = documents("pool", count);
                start = System.nanoTime();
                int scored = influence.score(documents).size();
                double seconds = (System.nanoTime() - start) / 1e9;
                report("scored %,d documents", start, scored);
                System.out.printf("%.2f documents of %d tokens a minute%n", 60 * scored / seconds, LENGTH);
            }
        }
    }

    private static void report(String what, long start, long count) throws IOException {
        String memory = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM") || line.startsWith("RssAnon"))
                .map(line -> line.replaceAll("\\s+", " "))
                .reduce("", (a, b) -> a + "  " + b);
        System.out.printf(what + " (%.1f s)%s%n", count, (System.nanoTime() - start) / 1e9, memory);
    }

    private static List<TokenSequence> documents(String name, int count) {
        List<TokenSequence> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            RandomGenerator random = new Seed(1).stream("large." + name, i);
            documents.add(TokenSequence.of(IntStream.rangeClosed(0, LENGTH)
                    .map(t -> random.nextInt(VOCABULARY))
                    .toArray()));
        }
        return documents;
    }

    private static void make(Path folder) throws IOException {
        Map<String, int[]> tensors = new LinkedHashMap<>();
        tensors.put("model.embed_tokens", new int[] {VOCABULARY, WIDTH});
        for (int l = 0; l < BLOCKS; l++) {
            String block = "model.layers." + l + ".";
            tensors.put(block + "input_layernorm", new int[] {WIDTH});
            tensors.put(block + "self_attn.q_proj", new int[] {WIDTH, WIDTH});
            tensors.put(block + "self_attn.k_proj", new int[] {KEYS, WIDTH});
            tensors.put(block + "self_attn.v_proj", new int[] {KEYS, WIDTH});
            tensors.put(block + "self_attn.o_proj", new int[] {WIDTH, WIDTH});
            tensors.put(block + "post_attention_layernorm", new int[] {WIDTH});
            tensors.put(block + "mlp.gate_proj", new int[] {MLP, WIDTH});
            tensors.put(block + "mlp.up_proj", new int[] {MLP, WIDTH});
            tensors.put(block + "mlp.down_proj", new int[] {WIDTH, MLP});
        }
        tensors.put("model.norm", new int[] {WIDTH});
        tensors.put("lm_head", new int[] {VOCABULARY, WIDTH});
        Files.createDirectories(folder);
        StringBuilder header = new StringBuilder("{");
        long at = 0;
        for (Map.Entry<String, int[]> tensor : tensors.entrySet()) {
            long end = at + 2L * elements(tensor.getValue());
            header.append(at == 0 ? "" : ",")
                    .append('"')
                    .append(tensor.getKey())
                    .append(".weight\":{\"dtype\":\"BF16\",\"shape\":")
                    .append(java.util.Arrays.toString(tensor.getValue()))
                    .append(",\"data_offsets\":[" + at + "," + end + "]}");
            at = end;
        }
        byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        SplittableRandom random = new SplittableRandom(1);
        try (OutputStream out =
                new BufferedOutputStream(Files.newOutputStream(folder.resolve("model.safetensors")), 1 << 20)) {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length)
                    .array());
            out.write(json);
            for (int[] shape : tensors.values()) {
                ByteBuffer row =
                        ByteBuffer.allocate(2 * shape[shape.length - 1]).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < elements(shape) / shape[shape.length - 1]; i++) {
                    row.clear();
                    while (row.hasRemaining()) {
                        // uniform, of the deviation 0.02
                        float value = shape.length == 1 ? 1 : (float) (0.0693 * (random.nextDouble() - 0.5));
                        row.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
                    }
                    out.write(row.array());
                }
            }
        }
        Files.writeString(
                folder.resolve("config.json"),
                "{\"model_type\": \"llama\", \"vocab_size\": 32000, \"hidden_size\": 2048, \"num_hidden_layers\": 22,"
                        + " \"num_attention_heads\": 32, \"num_key_value_heads\": 4, \"intermediate_size\": 5632,"
                        + " \"max_position_embeddings\": 2048, \"rope_theta\": 10000.0, \"rms_norm_eps\": 1e-5,"
                        + " \"hidden_act\": \"silu\", \"tie_word_embeddings\": false}\n");
    }

    private static int elements(int[] shape) {
        return shape.length == 1 ? shape[0] : shape[0] * shape[1];
    }
}
