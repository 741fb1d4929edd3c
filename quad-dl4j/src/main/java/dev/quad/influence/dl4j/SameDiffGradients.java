// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import dev.quad.Fingerprint;
import dev.quad.Precision;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.api.OutAndGrad;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The captures of a graph of {@link SameDiff}: every product {@code y = xW} or {@code y = xWᵀ}, with or without an
 * added bias, of a matrix x of rows and a variable W, found among its operations {@code matmul} and {@code xw_plus_b}.
 * A layer has the name of its W; where one W serves several products, their rows are put together, so that the layer
 * has one gradient. An item is the map of its placeholders.
 *
 * <p><b>The sum of the graph's loss variables, of one item alone, must be its loss summed over its tokens</b>: build
 * losses with the reduction {@code SUM}. Items go through the graph one by one, so that all rows of x are rows of the
 * item, of whatever length.
 *
 * <p>Works on a copy of the graph as it is when this is made. SameDiff is slow, and some of its gradients are wrong (of
 * {@code logSoftmax} along a dimension, for example): check a new kind of graph against differences of its loss. Labels
 * are those of the placeholders: for {@code Fisher.empirical()}. For use by one thread.
 */
public final class SameDiffGradients implements GradientSource<Map<String, INDArray>> {
    /** One product: names of variables. */
    private record Product(int layer, String x, String y) {}

    private final SameDiff graph;
    private final ToIntFunction<? super Map<String, INDArray>> tokens;
    private final List<LayerShape> layers = new ArrayList<>();
    private final List<Product> products = new ArrayList<>();
    private final Precision precision;
    private final String fingerprint;

    /**
     * All layers.
     *
     * @param tokens how many supervised tokens an item has
     */
    public SameDiffGradients(SameDiff graph, ToIntFunction<? super Map<String, INDArray>> tokens) {
        this(graph, tokens, name -> true);
    }

    /**
     * Some layers.
     *
     * @param tokens how many supervised tokens an item has
     * @param include asked with the names of weight variables; leave out the output layer
     * @throws IllegalArgumentException if the graph names no loss variable, or nothing is included
     */
    public SameDiffGradients(
            SameDiff graph, ToIntFunction<? super Map<String, INDArray>> tokens, Predicate<String> include) {
        Objects.requireNonNull(graph, "the graph is null");
        Objects.requireNonNull(tokens, "what counts the tokens of an item is null");
        Objects.requireNonNull(include, "include is null; give name -> true for all layers");
        this.graph = graph.dup();
        this.tokens = tokens;
        if (this.graph.getLossVariables().isEmpty()) {
            throw new IllegalArgumentException("the graph names no loss variable; call setLossVariables");
        }
        for (SameDiffOp op : this.graph.getOps().values()) {
            add(op, include);
        }
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("no layer is included, so that there is nothing to capture; layers are"
                    + " matmul and xw_plus_b of rows and a variable");
        }
        this.graph.createGradFunction(products.stream().map(Product::y).toArray(String[]::new));
        boolean all = layers.stream().allMatch(layer -> weight(layer).dataType() == DataType.DOUBLE);
        precision = all ? Precision.DOUBLE : Precision.SINGLE;
        fingerprint = digest();
    }

    private INDArray weight(LayerShape layer) {
        return graph.getVariable(layer.name()).getArr();
    }

    private String digest() {
        Fingerprint digest = Fingerprint.of("quad.samediff.captures").add(layers.toString());
        for (SameDiffOp op : graph.getOps().values()) {
            digest.add(op.getOp().opName())
                    .add(String.valueOf(op.getInputsToOp()))
                    .add(String.valueOf(op.getOutputsOfOp()))
                    .add(Arrays.toString(arguments(op)));
        }
        Map<String, SDVariable> byName = new TreeMap<>(graph.variableMap());
        for (SDVariable variable : byName.values()) {
            VariableType type = variable.getVariableType();
            if (type == VariableType.VARIABLE || type == VariableType.CONSTANT) {
                digest.add(variable.name());
                NetworkGradients.add(digest, variable.getArr());
            }
        }
        return digest.hex();
    }

    private static long[] arguments(SameDiffOp op) {
        return op.getOp() instanceof org.nd4j.linalg.api.ops.CustomOp custom ? custom.iArgs() : new long[0];
    }

    /** Takes an operation in if it is the product of a layer. */
    private void add(SameDiffOp op, Predicate<String> include) {
        boolean biased = op.getOp().opName().equals("xw_plus_b");
        List<String> inputs = op.getInputsToOp();
        if (!biased && !op.getOp().opName().equals("matmul")) {
            return;
        }
        SDVariable w = graph.getVariable(inputs.get(1));
        long[] turned = biased ? new long[3] : Arrays.copyOf(arguments(op), 3);
        if (w.getVariableType() != VariableType.VARIABLE
                || w.getShape().length != 2
                || turned[0] != 0
                || turned[2] != 0
                || !include.test(w.name())) {
            return;
        }
        int in = Math.toIntExact(w.getShape()[turned[1] == 0 ? 0 : 1]);
        int out = Math.toIntExact(w.getShape()[turned[1] == 0 ? 1 : 0]);
        String y = op.getOutputsOfOp().get(0);
        LayerShape shape = new LayerShape(w.name(), in, out, biased || addsBias(y, out));
        int layer = layers.indexOf(shape);
        if (layer < 0) {
            if (layers.stream().anyMatch(other -> other.name().equals(shape.name()))) {
                throw new IllegalArgumentException("the weight " + w.name()
                        + " serves products of different shapes or biases; leave it out by its name");
            }
            layer = layers.size();
            layers.add(shape);
        }
        products.add(new Product(layer, inputs.get(0), y));
    }

    /** Whether all that y is used for is the sum with a variable of one value an output. */
    private boolean addsBias(String y, int outputs) {
        List<SameDiffOp> users = graph.getOps().values().stream()
                .filter(op -> op.getInputsToOp() != null && op.getInputsToOp().contains(y))
                .toList();
        if (users.size() != 1
                || !Set.of("add", "biasadd").contains(users.get(0).getOp().opName())) {
            return false;
        }
        return users.get(0).getInputsToOp().stream()
                .map(graph::getVariable)
                .anyMatch(other -> other.getVariableType() == VariableType.VARIABLE
                        && other.getArr().length() == outputs);
    }

    @Override
    public List<LayerShape> layers() {
        return List.copyOf(layers);
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public Precision precision() {
        return precision;
    }

    @Override
    public int tokens(Map<String, INDArray> item) {
        Objects.requireNonNull(item, "the item is null");
        return tokens.applyAsInt(item);
    }

    /**
     * Runs forward and backward.
     *
     * @throws IllegalArgumentException if other labels are wanted than those of the items
     */
    @Override
    public BatchLosses capture(List<? extends Map<String, INDArray>> batch, Targets targets, CaptureSink sink) {
        Objects.requireNonNull(batch, "the batch is null");
        Objects.requireNonNull(targets, "the targets are null; allowed are those of Targets");
        Objects.requireNonNull(sink, "what takes the captures is null");
        if (!(targets instanceof Targets.Observed)) {
            throw new IllegalArgumentException(
                    "gradients for " + targets + " are wanted, but a graph of SameDiff does not"
                            + " tell what its labels are; use Fisher.empirical()");
        }
        Rows rows = new Rows(layers, batch.size());
        double[] losses = new double[batch.size()];
        Set<String> outputs = new LinkedHashSet<>(graph.getLossVariables());
        products.stream().map(Product::x).filter(this::isComputed).forEach(outputs::add);
        List<String> gradients = products.stream().map(Product::y).toList();
        for (int i = 0; i < batch.size(); i++) {
            Map<String, INDArray> item = batch.get(i);
            OutAndGrad found = graph.calculateGradientsAndOutputs(item, outputs, gradients);
            for (String loss : graph.getLossVariables()) {
                losses[i] += Objects.requireNonNull(found.getOutputs().get(loss))
                        .sumNumber()
                        .doubleValue();
            }
            for (int l = 0; l < layers.size(); l++) {
                put(l, item, found, rows, i);
            }
        }
        rows.emit(precision, sink);
        return new BatchLosses(losses, batch.stream().mapToInt(this::tokens).toArray());
    }

    private boolean isComputed(String name) {
        return graph.getVariable(name).getVariableType() == VariableType.ARRAY;
    }

    private void put(int layer, Map<String, INDArray> item, OutAndGrad found, Rows rows, int place) {
        List<INDArray> x = new ArrayList<>();
        List<INDArray> delta = new ArrayList<>();
        for (Product product : products) {
            if (product.layer() == layer) {
                x.add(rows(product.x(), value(product.x(), item, found)));
                delta.add(rows(product.y(), found.getGradients().get(product.y())));
            }
        }
        rows.put(
                layer,
                Nd4j.concat(0, x.toArray(new INDArray[0])),
                Nd4j.concat(0, delta.toArray(new INDArray[0])),
                null,
                new int[] {place});
    }

    private @Nullable INDArray value(String name, Map<String, INDArray> item, OutAndGrad found) {
        if (isComputed(name)) {
            return found.getOutputs().get(name);
        }
        return item.containsKey(name) ? item.get(name) : graph.getVariable(name).getArr();
    }

    private static INDArray rows(String name, @Nullable INDArray array) {
        if (array == null || array.rank() != 2) {
            throw new IllegalStateException("variable " + name + " has "
                    + (array == null ? "no value or gradient" : "the shape " + Arrays.toString(array.shape()))
                    + "; rows are needed: leave the layer out by its name, or reshape before the product");
        }
        return array;
    }
}
