// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.Seed;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Two layers with tanh between them and a softmax for each row, gradients by hand, and one mistake. */
final class HandGradients implements GradientSource<HandGradients.Item> {
    static final int CLASSES = 4;
    private static final int IN = 3;
    private static final int HIDDEN = 4;
    /** 6 for each weight. */
    static final double FLOPS = 6 * (HIDDEN * (IN + 1) + CLASSES * HIDDEN);

    private static final AtomicInteger CALLS = new AtomicInteger();
    private static final Thread MAIN = Thread.currentThread();
    private static final Object ARRAY = new double[0];
    private static final Map<List<Double>, double[]> OF_ALL = new ConcurrentHashMap<>();
    private static volatile Targets targetsOfAll = Targets.observed();
    private static final FloatBuffer SHARED_FLOATS = FloatBuffer.allocate(10_000);

    /** Rows of three numbers with a label each, or −1 for none, by a name. */
    record Item(String name, List<List<Double>> rows, List<Integer> labels) {}

    private final Mistake mistake;
    private final double[] first = gaussian("first", HIDDEN * (IN + 1));
    private final double[] second = gaussian("second", CLASSES * HIDDEN);
    private final String firstFingerprint;
    private int captures;
    private boolean busy;
    private int largest;
    private int firstRow;
    private List<Item> left = new ArrayList<>();
    private List<? extends Item> lastBatch = left;
    private List<Item> lastItems = left;
    private final List<Item> queue = new ArrayList<>();
    private final Map<Object, double[]> kept = new HashMap<>();

    HandGradients(Mistake mistake) {
        this(mistake, 0);
    }

    /** With one weight changed. */
    HandGradients(Mistake mistake, double change) {
        this.mistake = mistake;
        second[3] += change;
        this.firstFingerprint = "model " + Arrays.hashCode(first) + Arrays.hashCode(second);
    }

    /** Changes a weight in place. */
    void train() {
        second[5] += 0.1;
        first[2] -= 0.1;
    }

    private static double[] gaussian(String name, int length) {
        RandomGenerator random = new Seed(4).stream(name);
        double[] numbers = new double[length];
        Arrays.setAll(numbers, i -> 0.6 * random.nextGaussian());
        return numbers;
    }

    static List<Item> items() {
        RandomGenerator random = new Seed(5).stream("items");
        List<Item> items = new ArrayList<>();
        for (int rows : new int[] {3, 1, 0, 4, 2, 3}) {
            items.add(new Item(
                    "item " + items.size(),
                    IntStream.range(0, rows)
                            .mapToObj(
                                    row -> random.doubles(IN, -1.5, 1.5).boxed().toList())
                            .toList(),
                    random.ints(rows, 0, CLASSES).boxed().toList()));
        }
        items.set(4, masked(items.get(4), 0));
        items.set(5, masked(items.get(5), 1));
        return items;
    }

    private static Item masked(Item item, int row) {
        List<Integer> labels = new ArrayList<>(item.labels());
        labels.set(row, -1);
        return new Item(item.name(), item.rows(), List.copyOf(labels));
    }

    private boolean is(Mistake other) {
        return mistake == other;
    }

    /** One row forward and backward. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Row(double[] x, double[] pre, double[] hidden, double[] p) {}

    private Row row(List<Double> values) {
        double[] x = values.stream().mapToDouble(value -> value).toArray();
        double[] pre = new double[HIDDEN];
        double[] hidden = new double[HIDDEN];
        for (int i = 0; i < HIDDEN; i++) {
            pre[i] = first[i * (IN + 1) + IN];
            for (int j = 0; j < IN; j++) {
                pre[i] += first[i * (IN + 1) + j] * x[j];
            }
            hidden[i] = Math.tanh(pre[i]);
        }
        double[] p = new double[CLASSES];
        for (int c = 0; c < CLASSES; c++) {
            for (int i = 0; i < HIDDEN; i++) {
                p[c] += second[c * HIDDEN + i] * hidden[i];
            }
            p[c] = Math.exp(p[c]);
        }
        double sum = Arrays.stream(p).sum();
        double[] right = Arrays.stream(p).map(e -> e / sum).toArray();
        boolean isKept = is(Mistake.PROBABILITIES_KEPT_FOR_ALL_MODELS);
        return new Row(x, pre, hidden, isKept ? OF_ALL.computeIfAbsent(values, absent -> right) : right);
    }

    /** The loss with other weights, by forward passes alone. */
    static double loss(Item item, int layer, double... change) {
        return loss(item, layer == 0 ? new double[][] {change, {}} : new double[][] {{}, change});
    }

    /** The loss with other weights in both layers. */
    static double loss(Item item, double[][] changes) {
        HandGradients moved = new HandGradients(Mistake.NONE);
        Arrays.setAll(moved.first, i -> moved.first[i] + (i < changes[0].length ? changes[0][i] : 0));
        Arrays.setAll(moved.second, i -> moved.second[i] + (i < changes[1].length ? changes[1][i] : 0));
        return moved.loss(item);
    }

    /** The Euclidean norm of all weights. */
    static double norm() {
        HandGradients model = new HandGradients(Mistake.NONE);
        return Math.sqrt(DoubleStream.concat(Arrays.stream(model.first), Arrays.stream(model.second))
                .map(weight -> weight * weight)
                .sum());
    }

    private double loss(Item item) {
        double loss = 0;
        for (int t = 0; t < item.rows().size(); t++) {
            if (item.labels().get(t) >= 0) {
                loss -= Math.log(row(item.rows().get(t)).p()[item.labels().get(t)]);
            }
        }
        return loss;
    }

    @Override
    public List<LayerShape> layers() {
        String name = is(Mistake.LAYERS_CHANGE) ? "second " + captures : is(Mistake.NAMES_EQUAL) ? "first" : "second";
        return List.of(new LayerShape("first", IN, HIDDEN, true), new LayerShape(name, HIDDEN, CLASSES));
    }

    @Override
    public String fingerprint() {
        return switch (mistake) {
            case FINGERPRINT_BLANK -> " ";
            case FINGERPRINT_COUNTS -> "model " + CALLS.getAndIncrement();
            case FINGERPRINT_OF_OBJECT -> "model " + System.identityHashCode(this);
            case FINGERPRINT_CONSTANT -> "model";
            case FINGERPRINT_STALE -> firstFingerprint;
            case FINGERPRINT_OF_AN_ARRAY -> "model " + ARRAY + Arrays.hashCode(first) + Arrays.hashCode(second);
            case FINGERPRINT_IN_ANOTHER_LANGUAGE ->
                String.format(
                        "model %d %.3f",
                        Arrays.hashCode(first), Arrays.stream(second).sum());
            case FINGERPRINT_OF_ONE_LAYER -> "model " + Arrays.hashCode(first);
            default -> "model " + Arrays.hashCode(first) + Arrays.hashCode(second);
        };
    }

    @Override
    public OptionalDouble flopsPerToken() {
        return is(Mistake.FLOPS_BELOW_ZERO) ? OptionalDouble.of(-1) : OptionalDouble.of(FLOPS);
    }

    @Override
    public int tokens(Item item) {
        return (int) item.labels().stream()
                .filter(label -> label >= 0 || is(Mistake.MASKED_TOKENS_COUNTED))
                .count();
    }

    @Override
    public int rows(Item item) {
        return item.rows().size();
    }

    private int label(Item item, int t, double[] p, Targets targets, int place) {
        if (!(targets instanceof Targets.Sampled sampled) || is(Mistake.SAMPLED_IGNORED)) {
            int label = targets instanceof Targets.Single single
                    ? single.label()
                    : item.labels().get(t);
            return is(Mistake.LABEL_OFF_BY_ONE) ? (label + 1) % CLASSES : label;
        }
        if (is(Mistake.SAMPLED_ARGMAX)) {
            return IntStream.range(0, CLASSES)
                    .boxed()
                    .max(java.util.Comparator.comparingDouble(c -> p[c]))
                    .orElseThrow();
        }
        Seed seed = switch (mistake) {
            case SAMPLED_WITHOUT_SEED -> new Seed(1);
            case SAMPLED_BY_THE_TIME_WHERE_THE_SEED_IS_ZERO ->
                sampled.seed().value() == 0 ? new Seed(System.nanoTime()) : sampled.seed();
            case SAMPLED_BY_LOW_BITS_OF_SEED -> new Seed((int) sampled.seed().value());
            case SAMPLED_BY_SUM_OF_SEED_AND_DRAW -> new Seed(sampled.seed().value() + sampled.draw());
            default -> sampled.seed();
        };
        long draw = switch (mistake) {
            case SAMPLED_WITHOUT_DRAW -> 0;
            case SAMPLED_BY_DRAW_TIMES_KEY -> (long) sampled.draw() * item.hashCode();
            case SAMPLED_BY_SUM_OF_SEED_AND_DRAW -> 0;
            case SAMPLED_BY_SUM_OF_DRAW_AND_POSITION -> sampled.draw() + t;
            case SAMPLED_IN_64_DRAWS -> sampled.draw() % 64;
            case SAMPLED_BY_SHORT_DRAW -> (short) sampled.draw();
            case SAMPLED_GOES_ON -> CALLS.getAndIncrement();
            default -> sampled.draw();
        };
        long key = switch (mistake) {
            case SAMPLED_WITHOUT_KEY, SAMPLED_BY_DRAW_TIMES_KEY -> 0;
            case SAMPLED_BY_PLACE_IN_BATCH -> place;
            case SAMPLED_BY_IDENTITY -> System.identityHashCode(this);
            case SAMPLED_BY_NUMBER_OF_ROWS -> item.rows().size();
            case SAMPLED_BY_OBJECT -> System.identityHashCode(item);
            case SAMPLED_BY_ROWS_ONLY_OF_OBJECT -> System.identityHashCode(item.rows());
            case SAMPLED_BY_LANGUAGE -> String.format("%.1f", 0.5).hashCode() + item.hashCode();
            case SAMPLED_BY_THREAD -> Thread.currentThread().getId();
            default -> item.hashCode();
        };
        long position = is(Mistake.SAMPLED_WITHOUT_POSITION) || is(Mistake.SAMPLED_BY_SUM_OF_DRAW_AND_POSITION) ? 0 : t;
        double u =
                seed.stream("labels", draw, key, position).nextDouble() * (is(Mistake.SAMPLED_WITH_A_FACTOR) ? 0.5 : 1);
        int label = 0;
        while (label < CLASSES - 1 && u > (is(Mistake.SAMPLED_UNIFORM) ? 1.0 / CLASSES : p[label])) {
            u -= is(Mistake.SAMPLED_UNIFORM) ? 1.0 / CLASSES : p[label];
            label++;
        }
        return label;
    }

    private double[] outputGradient(Item item, int t, Row row, Targets targets, int place) {
        double[] delta = row.p().clone();
        if (item.labels().get(t) < 0 || (targets instanceof Targets.Single single && !isAt(single, item, t, place))) {
            return new double[CLASSES];
        }
        int label = label(item, t, row.p(), targets, place);
        delta[label] -= is(Mistake.SOFTMAX_WITHOUT_LABEL) ? 0 : 1;
        double weight = targets instanceof Targets.Single ? Math.sqrt(row.p()[label]) : 1;
        return Arrays.stream(delta).map(value -> value * weight).toArray();
    }

    private boolean isAt(Targets.Single single, Item item, int t, int place) {
        if (is(Mistake.SINGLE_OF_THE_FIRST_ITEM_ALONE) && place > 0) {
            return false;
        }
        long position = switch (mistake) {
            case SINGLE_COUNTED_OVER_THE_BATCH -> firstRow + t;
            case SINGLE_COUNTED_OVER_THE_TOKENS ->
                item.labels().subList(0, t).stream().filter(label -> label >= 0).count();
            default -> t;
        };
        return single.position() == position;
    }

    /** Whether the list, and not what it holds, is that of the batch before. */
    private boolean isKept(List<? extends Item> batch) {
        return is(Mistake.ITEMS_KEPT_BY_THE_LIST)
                && System.identityHashCode(batch) == System.identityHashCode(lastBatch);
    }

    /** What was there for the key before, for those that have this mistake. */
    private double[] kept(Mistake keeps, Object key, double... values) {
        return is(keeps) ? kept.computeIfAbsent(key, absent -> values.clone()).clone() : values;
    }

    private double[] hiddenGradient(double[] delta, Row row) {
        double[] result = new double[HIDDEN];
        for (int i = 0; i < HIDDEN; i++) {
            for (int c = 0; c < CLASSES; c++) {
                int at = is(Mistake.WEIGHTS_NOT_TRANSPOSED_BACK) ? i * HIDDEN + c : c * HIDDEN + i;
                result[i] += second[at] * delta[c];
            }
            double slope = 1 - row.hidden()[i] * row.hidden()[i];
            result[i] *= is(Mistake.TANH_FORGOTTEN) ? 1 : is(Mistake.TANH_TWICE) ? slope * slope : slope;
        }
        return result;
    }

    @Override
    public BatchLosses capture(List<? extends Item> batch, Targets targets, CaptureSink sink) {
        captures++;
        if (busy) {
            throw new IllegalStateException("busy");
        }
        busy = is(Mistake.BUSY_AFTER_A_SINK_THREW);
        List<Item> items = new ArrayList<>();
        targetsOfAll = targets;
        if (is(Mistake.ROWS_LEFT_OF_A_BATCH_THAT_FAILED)) {
            items = left;
        }
        for (Item item : isKept(batch) ? lastItems : batch) {
            items.add(item);
        }
        lastBatch = batch;
        lastItems = List.copyOf(items);
        if (is(Mistake.ITEMS_LEFT_WHERE_A_SINK_THREW)) {
            queue.addAll(items);
            items = List.copyOf(queue.subList(0, items.size()));
        }
        left = new ArrayList<>();
        largest = Math.max(largest, items.size());
        int forgotten = is(Mistake.LAST_ITEM_FORGOTTEN) && items.size() > 1 ? items.size() - 1 : -1;
        List<double[]> x = new ArrayList<>();
        List<double[]> hidden = new ArrayList<>();
        List<double[]> deltaHidden = new ArrayList<>();
        List<double[]> delta = new ArrayList<>();
        int[] starts = new int[items.size() + 1];
        for (int n = 0; n < items.size(); n++) {
            Item item = items.get(n);
            firstRow = starts[n];
            if (is(Mistake.SINGLE_FAILS_WHERE_AN_ITEM_IS_SHORTER)
                    && targets instanceof Targets.Single single
                    && items.size() > 1) {
                Objects.checkIndex(single.position(), item.rows().size());
            }
            boolean silent = n == forgotten || (is(Mistake.EQUAL_ITEMS_ONCE) && items.indexOf(item) < n);
            for (int t = 0; t < item.rows().size(); t++) {
                Row row = row(item.rows().get(t));
                double[] out = kept(
                        Mistake.DELTA_KEPT_OVER_TRAINING,
                        List.of(item, t, targets),
                        outputGradient(item, t, row, is(Mistake.ALL_MODELS_SHARE_TARGETS) ? targetsOfAll : targets, n));
                if (silent || (is(Mistake.LAST_ROW_ZERO) && t == item.rows().size() - 1 && t > 0)) {
                    out = new double[CLASSES];
                }
                x.add(row.x());
                double[] inputs = is(Mistake.PREACTIVATIONS_AS_INPUTS) ? row.pre() : row.hidden();
                hidden.add(kept(Mistake.HIDDEN_KEPT_OVER_TRAINING, item.rows().get(t), inputs));
                delta.add(out);
                deltaHidden.add(hiddenGradient(out, row));
            }
            starts[n + 1] = starts[n] + item.rows().size();
        }
        for (List<double[]> gradients : List.of(deltaHidden, delta)) {
            scale(gradients, items, starts);
        }
        if (is(Mistake.DELTA_SHIFTED_BY_A_ROW) && !delta.isEmpty()) {
            java.util.Collections.rotate(delta, 1);
        }
        if (is(Mistake.BIAS_AMONG_THE_INPUTS)) {
            x.replaceAll(row -> new double[] {row[0], row[1], row[2], 1});
        }
        if (is(Mistake.LAST_OUTPUT_WRONG)) {
            delta.forEach(row -> row[CLASSES - 1] *= 1.05);
        }
        hand(1, hidden, delta, starts, sink);
        if (!is(Mistake.LAYER_ONE_NEVER_CAPTURED)) {
            hand(0, x, deltaHidden, starts, sink);
        }
        if (is(Mistake.LAYER_ONE_TWICE) || (is(Mistake.LAYERS_IN_PARTS) && items.size() > 32)) {
            hand(0, x, deltaHidden, starts, sink);
        }
        if (is(Mistake.SORTS_THE_BATCH) && batch instanceof ArrayList<? extends Item> list) {
            list.sort(java.util.Comparator.comparing((Item item) -> item.name()).reversed());
        }
        busy = false;
        queue.clear();
        return losses(items, targets);
    }

    private void scale(List<double[]> gradients, List<Item> items, int... starts) {
        for (int n = 0; n < items.size(); n++) {
            for (int t = starts[n]; t < starts[n + 1]; t++) {
                double factor = switch (mistake) {
                    case WRONG_SIGN -> -1;
                    case ALL_ZERO -> 0;
                    case SCALED_DELTA -> 1.1;
                    case DIVIDED_BY_THE_BATCH -> 1.0 / items.size();
                    case DIVIDED_BY_THE_TOKENS -> 1.0 / (starts[n + 1] - starts[n]);
                    case BATCH_NORMALISED -> 1.0 / Math.sqrt(starts[items.size()]);
                    case STATE_KEPT -> 1 + 0.1 * captures;
                    case ANOTHER_FROM_CALL_301 -> captures > 300 ? 1.1 : 1;
                    case ONLY_64_ITEMS -> n < 64 ? 1 : 0;
                    case ODD_BATCHES_SCALED -> items.size() == 5 ? 1.1 : 1;
                    case LARGE_BATCH_BEFORE_LEAKS -> largest > 9 && largest < 99 && items.size() > 6 ? 1.1 : 1;
                    case SCALED_IN_ANOTHER_THREAD -> Thread.currentThread() == MAIN ? 1 : 1.1;
                    case ITEM_BEFORE_LEAKS -> n > 0 && items.get(n - 1).rows().size() > 1 ? 1.001 : 1;
                    default -> 1;
                };
                for (int i = 0; i < gradients.get(t).length; i++) {
                    gradients.get(t)[i] *= factor;
                }
            }
        }
    }

    private BatchLosses losses(List<Item> items, Targets targets) {
        double[] sums = items.stream()
                .mapToDouble(item -> kept(Mistake.LOSSES_KEPT_OVER_TRAINING, item, loss(item))[0])
                .toArray();
        int[] tokens = items.stream().mapToInt(this::tokens).toArray();
        for (int n = 0; n < sums.length; n++) {
            switch (mistake) {
                case LOSSES_MEANED -> sums[n] /= Math.max(1, tokens[n]);
                case TOKENS_BELOW_ZERO -> tokens[n] = -1;
                case TOKENS_ONE_MORE -> tokens[n]++;
                case TOKENS_LOST -> tokens[n] = 0;
                case LOSSES_OF_SAMPLED_LABELS -> {
                    if (targets instanceof Targets.Sampled) {
                        sums[n] *= 1.5;
                    }
                }
                case LOSSES_OF_SINGLE_LABELS -> {
                    if (targets instanceof Targets.Single) {
                        sums[n] /= 2;
                    }
                }
                default -> {
                    // right
                }
            }
        }
        if (is(Mistake.LOSSES_REVERSED)) {
            double[] copy = sums.clone();
            Arrays.setAll(sums, n -> copy[copy.length - 1 - n]);
        }
        int length = sums.length + (is(Mistake.LOSSES_OF_ONE_MORE) ? 1 : 0);
        return new BatchLosses(Arrays.copyOf(sums, length), Arrays.copyOf(tokens, length));
    }

    private void hand(int layer, List<double[]> x, List<double[]> delta, int[] starts, CaptureSink sink) {
        if (is(Mistake.NO_LAYER_CAPTURED)) {
            return;
        }
        int named = switch (mistake) {
            case LAYERS_EXCHANGED -> 1 - layer;
            case LAYER_OUT_OF_RANGE -> layer + 1;
            default -> layer;
        };
        double[] inputs = x.stream().flatMapToDouble(Arrays::stream).toArray();
        double[] gradients = delta.stream().flatMapToDouble(Arrays::stream).toArray();
        if (inputs.length > 0) {
            inputs[0] = is(Mistake.INPUT_NOT_FINITE) ? Double.NaN : inputs[0];
            gradients[0] = is(Mistake.DELTA_NOT_FINITE) ? Double.POSITIVE_INFINITY : gradients[0];
            gradients[1] *= is(Mistake.ONE_ENTRY_WRONG) ? 2 : 1;
        }
        inputs = Arrays.copyOf(inputs, inputs.length - (is(Mistake.INPUTS_TOO_SHORT) && inputs.length > 0 ? 1 : 0));
        gradients = Arrays.copyOf(
                gradients, gradients.length - (is(Mistake.DELTA_TOO_SHORT) && gradients.length > 0 ? 1 : 0));
        int[] rows = rows(starts);
        if (is(Mistake.DOUBLE_FOR_SINGLE)) {
            sink.accept(new LayerCapture(named, DoubleBuffer.wrap(inputs), DoubleBuffer.wrap(gradients), rows));
        } else if (is(Mistake.SINK_IN_A_CATCH)) {
            try {
                sink.accept(new LayerCapture(named, floats(inputs), floats(gradients), rows));
            } catch (IllegalStateException e) {
                System.getLogger("hand").log(System.Logger.Level.DEBUG, "refused", e);
            }
        } else if (is(Mistake.ALL_MODELS_SHARE_MEMORY)) {
            FloatBuffer shared = SHARED_FLOATS.duplicate();
            for (double value : inputs) {
                shared.put((float) value);
            }
            sink.accept(new LayerCapture(named, shared.flip(), floats(gradients), rows));
        } else {
            sink.accept(new LayerCapture(named, floats(inputs), floats(gradients), rows));
        }
    }

    private int[] rows(int... starts) {
        int[] rows = is(Mistake.STARTS_TOO_FEW) ? Arrays.copyOf(starts, starts.length - 1) : starts.clone();
        int last = rows.length - 1;
        switch (mistake) {
            case STARTS_FROM_ONE -> rows[0] = 1;
            case STARTS_BEYOND -> rows[last] += 50;
            case ITEMS_SHIFTED -> {
                for (int i = 1; i < last; i++) {
                    rows[i] = Math.max(0, starts[i] - 1);
                }
            }
            case STARTS_FALL -> {
                for (int i = 0; i < rows.length; i++) {
                    rows[i] = starts[last] - starts[i];
                }
            }
            default -> {
                // right
            }
        }
        return rows;
    }

    private FloatBuffer floats(double... values) {
        FloatBuffer buffer = FloatBuffer.allocate(values.length);
        for (double value : values) {
            buffer.put((float) value);
        }
        return is(Mistake.BUFFERS_NOT_REWOUND) ? buffer : buffer.flip();
    }
}
