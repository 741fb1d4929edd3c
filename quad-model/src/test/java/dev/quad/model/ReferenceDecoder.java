// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.TokenSequence;
import dev.quad.influence.LayerShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The decoder again, in double precision and one token at a time: RMSNorm (Zhang and Sennrich, 2019), rotary positions
 * as products of complex numbers (Su et al., 2021), attention to a growing list of keys and values, grouped queries
 * (Ainslie et al., 2023), SwiGLU (Shazeer, 2020). Written from the formulas; all it shares with {@link Decoder} are the
 * names of the tensors and where they lie.
 */
final class ReferenceDecoder {
    private final DecoderConfig config;
    private final Map<String, double[]> tensors = new LinkedHashMap<>();

    ReferenceDecoder(Decoder decoder) {
        this.config = decoder.config();
        CheckpointFolder.slots(config, decoder.layout()).forEach((name, slot) -> {
            int size = Arrays.stream(slot.sizes()).reduce(1, (a, b) -> a * b);
            double[] values = new double[size];
            Arrays.setAll(values, i -> decoder.parameters().get(slot.position() + i));
            tensors.put(name, values);
        });
    }

    /** Gives the head weights of its own where they are those of the embedding, with their values. */
    void untie() {
        tensors.putIfAbsent(
                "lm_head.weight", tensor("model.embed_tokens.weight").clone());
    }

    /** Moves the weights of a captured layer by {@code step·v}; the head must have weights of its own. */
    void move(LayerShape layer, double step, double... v) {
        String[] path = layer.name().split("\\.", -1);
        String block = path.length < 2 ? "" : "model.layers." + path[1] + ".";
        List<String> names = switch (path[path.length - 1]) {
            case "qkv" -> List.of(block + "self_attn.q_proj", block + "self_attn.k_proj", block + "self_attn.v_proj");
            case "output" -> List.of(block + "self_attn.o_proj");
            case "gate_up" -> List.of(block + "mlp.gate_proj", block + "mlp.up_proj");
            case "down" -> List.of(block + "mlp.down_proj");
            default -> List.of("lm_head");
        };
        int row = 0;
        for (String name : names) {
            double[] weights = tensor(name + ".weight");
            double[] biases = tensors.getOrDefault(name + ".bias", new double[0]);
            for (int i = 0; i < weights.length / layer.inputs(); i++, row++) {
                for (int j = 0; j < layer.inputs(); j++) {
                    weights[i * layer.inputs() + j] += step * v[row * layer.columns() + j];
                }
                if (layer.bias()) {
                    biases[i] += step * v[row * layer.columns() + layer.inputs()];
                }
            }
        }
    }

    double loss(List<TokenSequence> batch) {
        return batch.stream().mapToDouble(this::loss).sum();
    }

    double loss(TokenSequence sequence) {
        return Arrays.stream(tokenLosses(sequence)).sum();
    }

    /** The loss of each token but the first. */
    double[] tokenLosses(TokenSequence sequence) {
        List<double[]> logits = logits(sequence);
        double[] losses = new double[sequence.length() - 1];
        for (int t = 0; t < losses.length; t++) {
            losses[t] = -Math.log(softmax(logits.get(t))[sequence.id(t + 1)]);
        }
        return losses;
    }

    /** What follows each token. */
    List<double[]> logits(TokenSequence sequence) {
        List<Memory> memories = new ArrayList<>();
        for (int l = 0; l < config.layers(); l++) {
            memories.add(new Memory(new ArrayList<>(), new ArrayList<>()));
        }
        List<double[]> logits = new ArrayList<>();
        for (int t = 0; t < sequence.length(); t++) {
            double[] x = part(tensor("model.embed_tokens.weight"), sequence.id(t), config.width());
            for (int l = 0; l < config.layers(); l++) {
                String block = "model.layers." + l + ".";
                x = plus(x, attention(block + "self_attn.", memories.get(l), norm(block + "input_layernorm", x)));
                x = plus(x, mlp(block + "mlp.", norm(block + "post_attention_layernorm", x)));
            }
            String head = tensors.containsKey("lm_head.weight") ? "lm_head" : "model.embed_tokens";
            logits.add(times(head, norm("model.norm", x)));
        }
        return logits;
    }

    /** Turned keys and values of the tokens so far. */
    private record Memory(List<double[]> keys, List<double[]> values) {}

    private double[] attention(String prefix, Memory memory, double[] x) {
        int position = memory.keys().size();
        int h = config.headWidth();
        memory.keys().add(turned(times(prefix + "k_proj", x), position));
        memory.values().add(times(prefix + "v_proj", x));
        double[] queries = turned(times(prefix + "q_proj", x), position);
        double[] result = new double[config.heads() * h];
        int sharing = config.heads() / config.keyValueHeads();
        for (int head = 0; head < config.heads(); head++) {
            double[] query = part(queries, head, h);
            double[] scores = new double[position + 1];
            for (int s = 0; s <= position; s++) {
                double[] key = part(memory.keys().get(s), head / sharing, h);
                scores[s] = inner(query, key) / Math.sqrt(h);
            }
            double[] weights = softmax(scores);
            for (int s = 0; s <= position; s++) {
                double[] value = part(memory.values().get(s), head / sharing, h);
                for (int j = 0; j < h; j++) {
                    result[head * h + j] += weights[s] * value[j];
                }
            }
        }
        return times(prefix + "o_proj", result);
    }

    /**
     * Coordinates j and j + h/2 of each head of length h are one complex number, multiplied with {@code exp(i ·
     * position · θ^(−2j/h))}.
     */
    private double[] turned(double[] heads, int position) {
        int h = config.headWidth();
        double[] result = new double[heads.length];
        for (int head = 0; head < heads.length; head += h) {
            for (int j = 0; j < h / 2; j++) {
                double real = heads[head + j];
                double imaginary = heads[head + j + h / 2];
                double angle = Math.atan2(imaginary, real) + position * frequency(j);
                result[head + j] = Math.hypot(real, imaginary) * Math.cos(angle);
                result[head + j + h / 2] = Math.hypot(real, imaginary) * Math.sin(angle);
            }
        }
        return result;
    }

    /** Transformers' formula: wavelengths against those that low and high factor give. */
    private double frequency(int j) {
        double plain = 1 / Math.pow(config.ropeTheta(), 2.0 * j / config.headWidth());
        if (config.ropeScaling().isEmpty()) {
            return plain;
        }
        RopeScaling s = config.ropeScaling().get();
        double length = 2 * Math.PI / plain;
        if (length < s.originalLength() / s.high()) {
            return plain;
        }
        if (length > s.originalLength() / s.low()) {
            return plain / s.factor();
        }
        double smooth = (s.originalLength() / length - s.low()) / (s.high() - s.low());
        return (1 - smooth) * plain / s.factor() + smooth * plain;
    }

    private double[] mlp(String prefix, double[] x) {
        double[] gate = times(prefix + "gate_proj", x);
        double[] up = times(prefix + "up_proj", x);
        double[] inner = new double[gate.length];
        Arrays.setAll(inner, j -> gate[j] / (1 + Math.exp(-gate[j])) * up[j]);
        return times(prefix + "down_proj", inner);
    }

    private double[] norm(String name, double[] x) {
        double[] gain = tensor(name + ".weight");
        double size = Math.sqrt(inner(x, x) / x.length + config.normEpsilon());
        double[] result = new double[x.length];
        Arrays.setAll(result, j -> gain[j] * x[j] / size);
        return result;
    }

    private double[] times(String name, double[] x) {
        double[] matrix = tensor(name + ".weight");
        double[] bias = tensors.get(name + ".bias");
        double[] result = bias == null ? new double[matrix.length / x.length] : bias.clone();
        for (int i = 0; i < result.length; i++) {
            for (int j = 0; j < x.length; j++) {
                result[i] += matrix[i * x.length + j] * x[j];
            }
        }
        return result;
    }

    /** The weights of a tensor; changes take effect. */
    double[] tensor(String name) {
        double[] tensor = tensors.get(name);
        if (tensor == null) {
            throw new AssertionError(name);
        }
        return tensor;
    }

    /** The weights of layers of so many inputs one above the other, a row an output. */
    double[][] matrix(int inputs, String... names) {
        return Arrays.stream(names)
                .map(name -> tensor(name + ".weight"))
                .flatMap(
                        values -> IntStream.range(0, values.length / inputs).mapToObj(row -> part(values, row, inputs)))
                .toArray(double[][]::new);
    }

    static double[] softmax(double[] scores) {
        double max = Arrays.stream(scores).max().orElseThrow();
        double[] result = Arrays.stream(scores).map(s -> Math.exp(s - max)).toArray();
        double sum = Arrays.stream(result).sum();
        return Arrays.stream(result).map(e -> e / sum).toArray();
    }

    static double[] part(double[] x, int index, int length) {
        return Arrays.copyOfRange(x, index * length, (index + 1) * length);
    }

    static double[] plus(double[] x, double[] y) {
        double[] result = new double[x.length];
        Arrays.setAll(result, j -> x[j] + y[j]);
        return result;
    }

    static double inner(double[] x, double[] y) {
        double sum = 0;
        for (int j = 0; j < x.length; j++) {
            sum += x[j] * y[j];
        }
        return sum;
    }
}
