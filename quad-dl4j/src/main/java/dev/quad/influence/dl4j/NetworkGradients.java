// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import dev.quad.Fingerprint;
import dev.quad.Precision;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What both kinds of network have in common: items of one shape go through the network together. */
abstract class NetworkGradients<T> implements GradientSource<T> {
    private static final int CHUNK = 1 << 20;

    private final List<LayerShape> layers = new ArrayList<>();
    private final List<Tap> taps = new ArrayList<>();
    private final List<Integer> firsts = new ArrayList<>();
    private Precision precision = Precision.SINGLE;
    private String fingerprint = "";

    /** Adds the tap of the next layer of the network. */
    void add(Tap tap) {
        firsts.add(layers.size());
        taps.add(tap);
        layers.addAll(tap.layers());
    }

    /** Ends the construction. */
    void finish(INDArray parameters, String configuration) {
        if (layers.isEmpty()) {
            throw new IllegalArgumentException(
                    "no layer is included, so that there is nothing to capture; output layers are"
                            + " left out unless a predicate takes them in");
        }
        if (layers.stream().map(LayerShape::name).distinct().count() < layers.size()) {
            throw new IllegalArgumentException("two layers have the same name: "
                    + layers.stream().map(LayerShape::name).toList());
        }
        precision = parameters.dataType() == DataType.DOUBLE ? Precision.DOUBLE : Precision.SINGLE;
        Fingerprint digest =
                Fingerprint.of("quad.dl4j.captures").add(configuration).add(layers.toString());
        fingerprint = add(digest, parameters).hex();
    }

    /** Adds the bytes of an array, part by part. */
    static Fingerprint add(Fingerprint digest, INDArray array) {
        INDArray flat = array.ravel();
        for (long from = 0; from < flat.length(); from += CHUNK) {
            long to = Math.min(flat.length(), from + CHUNK);
            double[] values = Rows.values(flat.get(NDArrayIndex.interval(from, to)));
            ByteBuffer bytes = ByteBuffer.allocate(8 * values.length);
            bytes.asDoubleBuffer().put(values);
            digest.add(bytes);
        }
        return digest;
    }

    Tap tap(int index) {
        return taps.get(index);
    }

    int first(int index) {
        return firsts.get(index);
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

    /** An item in ND4J's general form. */
    abstract MultiDataSet set(T item);

    /** The length in time of labels of an output. */
    abstract long steps(int output, INDArray labels);

    /**
     * Runs forward and backward and puts rows.
     *
     * @param items several of one shape as one
     * @param where their places in the batch
     * @return the summed loss of each
     */
    abstract double[] run(MultiDataSet items, int[] where, Targets targets, Rows rows);

    /** The number of supervised positions: 1 without time, else the steps that the labels' mask leaves. */
    @Override
    public int tokens(T item) {
        MultiDataSet set = set(item);
        INDArray[] masks = set.getLabelsMaskArrays();
        long tokens = 0;
        for (int o = 0; o < set.numLabelsArrays(); o++) {
            INDArray labels = set.getLabels(o);
            if (masks != null && masks[o] != null) {
                double perStep = masks[o].rank() == 3 ? (double) labels.length() / steps(o, labels) : 1;
                tokens += Math.round(masks[o].sumNumber().doubleValue() / perStep);
            } else {
                tokens += labels.rank() == 3 ? steps(o, labels) : 1;
            }
        }
        return Math.toIntExact(tokens);
    }

    /**
     * Runs forward and backward in inference mode, without dropout.
     *
     * @throws IllegalArgumentException if an item is not one example, or if labels are wanted that cannot be drawn
     */
    @Override
    public BatchLosses capture(List<? extends T> batch, Targets targets, CaptureSink sink) {
        if (targets instanceof Targets.Single) {
            throw new IllegalArgumentException(
                    "the exact Fisher, label by label, is not there for networks of DL4J; use"
                            + " Fisher.sampled with many draws, or Fisher.empirical()");
        }
        Map<String, List<Integer>> groups = new LinkedHashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            MultiDataSet item = set(batch.get(i));
            for (INDArray features : item.getFeatures()) {
                if (features.size(0) != 1) {
                    throw new IllegalArgumentException("item " + i + " of the batch has features of the shape "
                            + Arrays.toString(features.shape()) + "; an item is one example: use asList()");
                }
            }
            groups.computeIfAbsent(shape(item), shape -> new ArrayList<>()).add(i);
        }
        Rows rows = new Rows(layers, batch.size());
        double[] losses = new double[batch.size()];
        for (List<Integer> group : groups.values()) {
            int[] where = group.stream().mapToInt(Integer::intValue).toArray();
            MultiDataSet together = org.nd4j.linalg.dataset.MultiDataSet.merge(
                    group.stream().map(i -> set(batch.get(i))).toList());
            double[] found = run(together, where, targets, rows);
            for (int i = 0; i < where.length; i++) {
                losses[where[i]] = found[i];
            }
        }
        rows.emit(precision, sink);
        return new BatchLosses(losses, batch.stream().mapToInt(this::tokens).toArray());
    }

    /** What must be equal for items to go together. */
    private static String shape(MultiDataSet item) {
        StringBuilder shape = new StringBuilder();
        for (INDArray[] arrays : Arrays.asList(
                item.getFeatures(), item.getLabels(), item.getFeaturesMaskArrays(), item.getLabelsMaskArrays())) {
            for (INDArray array : arrays == null ? new INDArray[0] : arrays) {
                shape.append(array == null ? "-" : Arrays.toString(array.shape()));
            }
            shape.append('/');
        }
        return shape.toString();
    }

    /** Keys of items to draw labels by. */
    static long[] keys(MultiDataSet items) {
        int n = Math.toIntExact(items.getFeatures(0).size(0));
        long[] keys = new long[n];
        for (int i = 0; i < n; i++) {
            keys[i] = Labels.key(items.getFeatures(0).slice(i));
        }
        return keys;
    }
}
