// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What one reader lost on one set of documents after training on each of several sets, training by training, document
 * by document. Immutable.
 */
public final class Reading {
    private final String name;
    private final int trainedOn;
    private final long[] bytes;
    private final double[][][] nats; // of a file, a seed, a document
    private final Optional<double[]> before;
    private final boolean parts;
    private final int against;

    Reading(HeldOut set, double[][][] nats, Optional<double[]> before, Evaluation.Builder settings) {
        this.name = set.toString();
        this.trainedOn = set.trainedOn();
        this.bytes = set.bytes();
        this.nats = nats;
        this.before = before;
        this.parts = settings.parts() > 1;
        this.against = settings.against;
    }

    /** How many documents it was measured on. */
    public int documents() {
        return bytes.length;
    }

    /** How many documents were left out of the measure, since they stand in a training set. */
    public int leftOut() {
        return trainedOn;
    }

    /** How many bytes of UTF-8 they have. */
    public long bytes() {
        return Arrays.stream(bytes).sum();
    }

    /** How often it was trained: for each seed, or for each part of the n-grams. */
    public int trainings() {
        return nats[0].length;
    }

    /** Loss of a byte in nats after each training on a file: all nats over all bytes. */
    public double[] losses(int file) {
        return Arrays.stream(nats[file]).mapToDouble(this::loss).toArray();
    }

    /** Mean of {@link #losses} over the trainings. */
    public double mean(int file) {
        return Arrays.stream(losses(file)).average().orElseThrow();
    }

    /** Loss of a byte in nats before any training; empty where each seed begins with other random weights. */
    public OptionalDouble before() {
        return before.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(loss(before.get()));
    }

    private double loss(double[] ofDocuments) {
        return Arrays.stream(ofDocuments).sum() / bytes();
    }

    /** How much more a file loses than the one that all are compared with: below 0 where it trains better. */
    public Difference difference(int file) {
        return Difference.paired(nats[file], nats[against], bytes, parts);
    }

    Map<String, Object> tree(int file) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("mean", mean(file));
        tree.put("losses", Arrays.stream(losses(file)).boxed().toList());
        Difference difference = difference(file);
        tree.put("difference", difference.mean());
        tree.put("halfWidth", difference.halfWidth());
        tree.put("visible", difference.visible());
        return tree;
    }

    Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("of", name);
        tree.put("documents", documents());
        tree.put("leftOut", leftOut());
        tree.put("bytes", bytes());
        before().ifPresent(loss -> tree.put("before", loss));
        return tree;
    }

    /** The files that were measured on. */
    @Override
    public String toString() {
        return name;
    }
}
