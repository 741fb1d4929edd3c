// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.MismatchException;
import dev.quad.linalg.Reals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Groups of layers as one layer each: fused, one's outputs after the other's; or tied, one's rows after the other's.
 */
final class JoinedLayers<T> extends LayerView<T> {
    /** How layers become one. */
    enum Kind {
        /** The same inputs, other weights. */
        FUSED,
        /** Other inputs, the same weights. */
        TIED
    }

    private final Kind kind;
    /** Source layers of each layer of the view. */
    private final List<List<Integer>> members;
    /** Of each source layer, its layer of the view. */
    private final int[] groups;

    private JoinedLayers(
            GradientSource<T> source, List<LayerShape> layers, Kind kind, List<List<Integer>> members, int[] groups) {
        super(source, layers, kind + " " + layers + " " + members);
        this.kind = kind;
        this.members = members;
        this.groups = groups;
    }

    static <T> JoinedLayers<T> of(GradientSource<T> source, UnaryOperator<String> group, Kind kind) {
        Objects.requireNonNull(source, "the source is null");
        Objects.requireNonNull(group, "what gives the group of a layer is null");
        List<LayerShape> all = source.layers();
        Map<String, List<Integer>> byName = new LinkedHashMap<>();
        for (int l = 0; l < all.size(); l++) {
            byName.computeIfAbsent(group.apply(all.get(l).name()), name -> new ArrayList<>())
                    .add(l);
        }
        List<LayerShape> layers = new ArrayList<>();
        List<List<Integer>> members = new ArrayList<>();
        int[] groups = new int[all.size()];
        byName.forEach((name, some) -> {
            some.forEach(l -> groups[l] = layers.size());
            layers.add(joined(name, some.stream().map(all::get).toList(), kind));
            members.add(List.copyOf(some));
        });
        return new JoinedLayers<>(source, layers, kind, members, groups);
    }

    private static LayerShape joined(String name, List<LayerShape> parts, Kind kind) {
        LayerShape first = parts.get(0);
        for (LayerShape part : parts) {
            if (part.inputs() != first.inputs()
                    || part.bias() != first.bias()
                    || (kind == Kind.TIED && part.outputs() != first.outputs())) {
                throw new IllegalArgumentException("layers " + first + " and " + part + " cannot be one layer " + name
                        + (kind == Kind.TIED
                                ? ": uses of the same weights have one shape"
                                : ": layers are fused that have the same inputs, and all a bias or none"));
            }
        }
        int outputs = kind == Kind.TIED
                ? first.outputs()
                : parts.stream().mapToInt(LayerShape::outputs).sum();
        return new LayerShape(name, first.inputs(), outputs, first.bias());
    }

    @Override
    Router router(CaptureSink sink) {
        return new Joining(sink);
    }

    /** What has come of a layer of the view in this batch. */
    private static final class Pending implements AutoCloseable {
        int missing;

        @Nullable
        Reals fused;

        @Nullable
        Reals probe;

        final Map<Integer, LayerCapture> uses = new LinkedHashMap<>();
        final List<Reals> owned = new ArrayList<>();

        Pending(int missing) {
            this.missing = missing;
        }

        Reals own(Reals memory) {
            owned.add(memory);
            return memory;
        }

        @Override
        public void close() {
            owned.forEach(Reals::close);
        }
    }

    private final class Joining implements Router {
        private final CaptureSink sink;
        private final @Nullable Pending[] pending = new @Nullable Pending[members.size()];

        Joining(CaptureSink sink) {
            this.sink = sink;
        }

        @Override
        public void accept(LayerCapture capture) {
            int group = groups[capture.layer()];
            if (members.get(group).size() == 1) {
                try (Reals x = capture.rawInputs();
                        Reals delta = capture.delta()) {
                    sink.accept(capture.with(group, x, delta, capture.starts()));
                }
                return;
            }
            Pending state = pending[group];
            if (state == null) {
                state = new Pending(members.get(group).size());
                pending[group] = state;
            }
            state.missing--;
            if (kind == Kind.FUSED) {
                fuse(capture, group, state);
            } else {
                tie(capture, group, state);
            }
            if (state.missing == 0) {
                state.close();
                pending[group] = null;
            }
        }

        /** Gathers output gradients; the inputs of the last to come are those of all. */
        private void fuse(LayerCapture capture, int group, Pending state) {
            LayerShape layer = layers().get(group);
            int offset = 0;
            for (int member : members.get(group)) {
                if (member == capture.layer()) {
                    break;
                }
                offset += sourceLayers.get(member).outputs();
            }
            int width = sourceLayers.get(capture.layer()).outputs();
            try (Reals x = capture.rawInputs();
                    Reals delta = capture.delta()) {
                Reals fused = state.fused;
                if (fused == null) {
                    fused = state.own(Reals.allocate(delta.precision(), capture.rows(), layer.outputs()));
                    state.fused = fused;
                }
                if (fused.length() != capture.rows() * layer.outputs()) {
                    throw different(capture, layer, "rows");
                }
                copy(capture.rows(), width, delta, 0, width, fused, offset, layer.outputs());
                requireSameInputs(x, capture, layer, state);
                if (state.missing == 0) {
                    sink.accept(capture.with(group, x, fused, capture.starts()));
                }
            }
        }

        /** Compares some rows in full: inputs that are not the same hardly agree there. */
        private void requireSameInputs(Reals x, LayerCapture capture, LayerShape layer, Pending state) {
            int rows = Math.min(4, capture.rows());
            Reals probe = Reals.allocate(x.precision(), rows, layer.inputs());
            state.own(probe);
            for (int i = 0; i < rows; i++) {
                int row = (int) ((long) i * capture.rows() / rows);
                probe.copy(i * layer.inputs(), x, row * layer.inputs(), layer.inputs());
            }
            Reals before = state.probe;
            if (before != null && !Arrays.equals(before.toDoubles(), probe.toDoubles())) {
                throw different(capture, layer, "inputs");
            }
            state.probe = probe;
        }

        private MismatchException different(LayerCapture capture, LayerShape layer, String what) {
            return new MismatchException(
                    "layer " + sourceLayers.get(capture.layer()).name() + " has other " + what
                            + " than another layer that is fused with it to " + layer.name()
                            + "; fuse only layers that read the same values");
        }

        /**
         * Keeps uses until the last has come, then puts each item's rows together, in the order of the source's layers.
         */
        private void tie(LayerCapture capture, int group, Pending state) {
            LayerShape layer = layers().get(group);
            try (Reals x = capture.rawInputs();
                    Reals delta = capture.delta()) {
                if (state.missing > 0) {
                    Reals keptX = state.own(Reals.allocate(x.precision(), x.length()));
                    Reals keptDelta = state.own(Reals.allocate(delta.precision(), delta.length()));
                    keptX.copy(0, x, 0, x.length());
                    keptDelta.copy(0, delta, 0, delta.length());
                    state.uses.put(
                            capture.layer(),
                            capture.with(
                                    capture.layer(),
                                    keptX,
                                    keptDelta,
                                    capture.starts().clone()));
                    return;
                }
                state.uses.put(capture.layer(), capture);
                int[] starts = new int[capture.items() + 1];
                for (LayerCapture use : state.uses.values()) {
                    for (int i = 0; i < starts.length; i++) {
                        starts[i] += use.firstRow(i);
                    }
                }
                int rows = starts[capture.items()];
                try (Reals allX = Reals.allocate(x.precision(), rows, layer.inputs());
                        Reals allDelta = Reals.allocate(x.precision(), rows, layer.outputs())) {
                    int[] next = starts.clone();
                    for (int member : members.get(group)) {
                        append(Objects.requireNonNull(state.uses.get(member)), layer, allX, allDelta, next);
                    }
                    sink.accept(capture.with(group, allX, allDelta, starts));
                }
            }
        }

        private void append(LayerCapture use, LayerShape layer, Reals allX, Reals allDelta, int[] next) {
            try (Reals x = use.rawInputs();
                    Reals delta = use.delta()) {
                for (int item = 0; item < use.items(); item++) {
                    int first = use.firstRow(item);
                    int rows = use.firstRow(item + 1) - first;
                    allX.copy(next[item] * layer.inputs(), x, first * layer.inputs(), rows * layer.inputs());
                    allDelta.copy(next[item] * layer.outputs(), delta, first * layer.outputs(), rows * layer.outputs());
                    next[item] += rows;
                }
            }
        }

        @Override
        public void close() {
            for (Pending state : pending) {
                if (state != null) {
                    state.close();
                }
            }
        }
    }
}
