// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.MismatchException;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is asked of a source, which may be the user's, before its first pass. */
final class Sources {
    private Sources() {}

    /**
     * The layers of a source.
     *
     * @throws IllegalArgumentException if there is none, or two have one name
     * @throws IllegalStateException if the source has no fingerprint
     */
    static List<LayerShape> layers(GradientSource<?> source) {
        requireFingerprint(Objects.requireNonNull(source, "the source is null").fingerprint());
        List<LayerShape> layers = requireItems(
                "layer", "of the source", Objects.requireNonNull(source.layers(), "the layers of the source are null"));
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("the source has no layers; it needs one or more to capture");
        }
        Set<String> names = new HashSet<>();
        for (LayerShape layer : layers) {
            if (!names.add(layer.name())) {
                throw new IllegalArgumentException("two layers of the source have the name " + layer.name()
                        + "; files and results go by names: give each a name of its own");
            }
        }
        return layers;
    }

    /**
     * A list of the user's, copied.
     *
     * @throws NullPointerException if an item is null; names it
     */
    static <T> List<T> requireItems(String kind, String place, List<? extends T> items) {
        int index = 0;
        for (T item : items) {
            if (item == null) {
                throw new NullPointerException(
                        kind + " " + index + " " + place + " is null; leave out what is not there");
            }
            index++;
        }
        return List.copyOf(items);
    }

    /**
     * Refuses what was made from a model while it was trained.
     *
     * @param before the fingerprint when it was begun
     */
    static void requireUnchanged(GradientSource<?> source, String before) {
        if (!before.equals(source.fingerprint())) {
            throw new MismatchException("the model was " + before + " at the first batch and is " + source.fingerprint()
                    + " after the last one; do not train it meanwhile, and begin again");
        }
    }

    /** The fingerprint, if there is one. */
    static String requireFingerprint(@Nullable String fingerprint) {
        if (fingerprint == null) {
            throw new IllegalStateException("the model has the fingerprint null; give a digest of its parameters, by"
                    + " which directions and curvatures of other models are refused");
        }
        return fingerprint;
    }

    /** Checks the number of a layer. */
    static int requireLayer(int layer, List<LayerShape> layers) {
        if (layer < 0 || layer >= layers.size()) {
            throw new IndexOutOfBoundsException(
                    "layer " + layer + " is asked for; allowed is [0, " + layers.size() + ")");
        }
        return layer;
    }
}
