// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.influence.BatchLosses;
import dev.quad.influence.DirectionalModel;
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;

/** The model of {@link HandGradients}, to be moved, with one mistake. */
final class HandModel implements DirectionalModel<HandGradients.Item> {

    /** What may be wrong. */
    enum Mistake {
        NONE,
        KEEPS_LOSSES_OF_ITEMS,
        READS_THE_DIRECTION_LATE,
        FLOPS_UNKNOWN,
        TANGENT,
        OF_A_COPY,
        WRONG_SIGN,
        NOT_MOVED,
        TWICE_AS_FAR,
        STEP_AS_A_SHARE_OF_THE_NORM,
        STEP_WITHOUT_SIGN,
        FIRST_LAYER_ONLY,
        SECOND_LAYER_ONLY,
        BIAS_STAYS,
        TRANSPOSED,
        MOVES_ITSELF,
        MOVES_ON,
        ANOTHER_FROM_CALL_301,
        ONE_MOVED_FOR_ALL,
        CLOSING_CLOSES_ALL,
        CLOSED_FROM_THE_START,
        MEAN_LOSSES,
        LOSSES_IN_BITS,
        LOSSES_DIVIDED_BY_THE_BATCH,
        LOSSES_REVERSED,
        LOSS_OF_ONE_LESS,
        EQUAL_ITEMS_ONCE,
        KEEPS_LOSSES_OF_OTHERS,
        TOKENS_ONE_MORE,
        TOKENS_LOST,
        LAYERS_REVERSED,
        ONE_LAYER,
        FINGERPRINT_OF_ITS_OWN,
        FINGERPRINT_COUNTS,
        NORM_ZERO,
        NORM_COUNTS,
        NORM_NO_NUMBER,
        EMPTIES_THE_BATCH,
        OTHER_THREAD_OTHER_LOSS,
        NORM_OF_ONE_LAYER,
        ROWS_BELOW_TOKENS,
        KEEPS_CHANGES_BY_THE_STEP,
        DIRECTION_OF_LENGTH_ONE,
        LAST_ROW_STAYS,
        LEFT_MOVED_BY_A_FAILURE,
        ZERO_ONCE_CLOSED,
        FINGERPRINT_IN_ANOTHER_LANGUAGE,
        NOT_MOVED_ONCE_THE_DIRECTION_IS_CLOSED,
        ROWS_WITHOUT_THE_MASKED,
        FLOPS_NO_NUMBER,
        FLOPS_BELOW_ZERO,
        FLOPS_COUNT,
        FLOPS_OF_THE_PASS_BACK_TOO,
        LOSSES_KEPT_BY_THE_LIST,
        FINGERPRINT_WHERE_IT_WAS_MOVED,
        LAYERS_TURN_WITH_EACH_MOVE,
        NORM_ZERO_AFTER_MANY_MOVES,
        TANGENT_OF_THE_WRONG_SIGN,
        TANGENT_ALONG_THE_FIRST,
        TANGENT_ALONG_THE_LATEST,
        TANGENT_ONLY_ONE,
        TANGENT_STUCK_AFTER_A_FAILURE,
        TANGENT_KEEPS_ITEMS,
        TANGENT_CLOSES_THE_DIRECTION,
        TANGENT_MOVES_WHAT_IS_MOVED_LATER,
        TANGENT_FLOPS_BELOW_ZERO,
        TANGENT_FLOPS_NO_NUMBER;

        /** Whether nothing is wrong, however strange. */
        boolean isHonest() {
            return compareTo(OF_A_COPY) <= 0;
        }

        boolean hasTangent() {
            return name().startsWith("TANGENT");
        }
    }

    private static final Thread MAIN = Thread.currentThread();

    private final Mistake mistake;
    private final HandGradients gradients = new HandGradients(dev.quad.testkit.Mistake.NONE);
    private final AtomicInteger calls = new AtomicInteger();
    private final Map<HandGradients.Item, Double> kept = new HashMap<>();
    private final Map<Object, double[][]> changesKept = new HashMap<>();
    private double own;
    private boolean closed;
    private int moves;
    private final List<ReferenceDirection> tangents = new ArrayList<>();
    private boolean stuck;
    private double[][] shared = new double[2][];

    HandModel(Mistake mistake) {
        this.mistake = mistake;
        this.closed = is(Mistake.CLOSED_FROM_THE_START);
    }

    private boolean is(Mistake other) {
        return mistake == other;
    }

    @Override
    public List<LayerShape> layers() {
        List<LayerShape> layers = gradients.layers();
        return switch (mistake) {
            case LAYERS_REVERSED -> List.of(layers.get(1), layers.get(0));
            case ONE_LAYER -> layers.subList(0, 1);
            case LAYERS_TURN_WITH_EACH_MOVE -> moves % 2 == 0 ? layers : List.of(layers.get(1), layers.get(0));
            default -> layers;
        };
    }

    @Override
    public String fingerprint() {
        return switch (mistake) {
            case FINGERPRINT_OF_ITS_OWN -> "movable " + gradients.fingerprint();
            case FINGERPRINT_IN_ANOTHER_LANGUAGE ->
                gradients.fingerprint() + (String.format("%.1f", 0.5).equals("0.5") ? "" : "!");
            case FINGERPRINT_WHERE_IT_WAS_MOVED -> gradients.fingerprint() + (moves > 3 ? "*" : "");
            case FINGERPRINT_COUNTS -> gradients.fingerprint() + calls.getAndIncrement();
            default -> gradients.fingerprint();
        };
    }

    @Override
    public int tokens(HandGradients.Item item) {
        return gradients.tokens(item) + (is(Mistake.TOKENS_ONE_MORE) ? 1 : 0);
    }

    @Override
    public int rows(HandGradients.Item item) {
        return switch (mistake) {
            case ROWS_BELOW_TOKENS -> 0;
            case ROWS_WITHOUT_THE_MASKED -> gradients.tokens(item);
            default -> gradients.rows(item);
        };
    }

    @Override
    public OptionalDouble forwardFlopsPerToken() {
        return switch (mistake) {
            case FLOPS_UNKNOWN -> OptionalDouble.empty();
            case FLOPS_NO_NUMBER -> OptionalDouble.of(Double.NaN);
            case FLOPS_BELOW_ZERO -> OptionalDouble.of(-1);
            case FLOPS_COUNT -> OptionalDouble.of(calls.getAndIncrement());
            case FLOPS_OF_THE_PASS_BACK_TOO -> OptionalDouble.of(HandGradients.FLOPS);
            default -> OptionalDouble.of(HandGradients.FLOPS / 3);
        };
    }

    @Override
    public double parameterNorm() {
        return switch (mistake) {
            case NORM_OF_ONE_LAYER -> 0.7 * HandGradients.norm();
            case NORM_ZERO -> 0;
            case NORM_ZERO_AFTER_MANY_MOVES -> moves > 20 ? 0 : HandGradients.norm();
            case NORM_COUNTS -> 3 + calls.getAndIncrement();
            case NORM_NO_NUMBER -> Double.NaN;
            default -> HandGradients.norm();
        };
    }

    private double length(ReferenceDirection v, double step) {
        return switch (mistake) {
            case WRONG_SIGN -> -step;
            case NOT_MOVED -> 0;
            case TWICE_AS_FAR -> 2 * step;
            case ANOTHER_FROM_CALL_301 -> calls.incrementAndGet() > 300 ? 2 * step : step;
            case STEP_AS_A_SHARE_OF_THE_NORM -> step * parameterNorm() / v.norm();
            case DIRECTION_OF_LENGTH_ONE -> step / v.norm();
            case STEP_WITHOUT_SIGN -> Math.abs(step);
            case TANGENT_MOVES_WHAT_IS_MOVED_LATER -> tangents.isEmpty() ? step : 2 * step;
            default -> step;
        };
    }

    private double[] change(ReferenceDirection v, int layer, double length) {
        double[] change =
                Arrays.stream(v.values(layer)).map(value -> value * length).toArray();
        LayerShape shape = gradients.layers().get(layer);
        if (is(layer == 0 ? Mistake.SECOND_LAYER_ONLY : Mistake.FIRST_LAYER_ONLY)) {
            return new double[change.length];
        }
        if (is(Mistake.BIAS_STAYS) && shape.bias()) {
            for (int i = shape.inputs(); i < change.length; i += shape.columns()) {
                change[i] = 0;
            }
        }
        if (is(Mistake.LAST_ROW_STAYS)) {
            Arrays.fill(change, change.length - shape.columns(), change.length, 0);
        }
        if (is(Mistake.TRANSPOSED)) {
            double[] copy = change.clone();
            for (int i = 0; i < copy.length; i++) {
                change[i % shape.columns() * shape.outputs() + i / shape.columns()] = copy[i];
            }
        }
        return change;
    }

    @Override
    public Moved<HandGradients.Item> moved(ReferenceDirection v, double step) {
        double length = length(v, step);
        moves++;
        if (is(Mistake.MOVES_ITSELF) || is(Mistake.MOVES_ON)) {
            own += length;
            length = own;
        }
        if (is(Mistake.LEFT_MOVED_BY_A_FAILURE)) {
            length += own;
        }
        double[][] moved = {change(v, 0, length), change(v, 1, length)};
        double[][] changes =
                is(Mistake.KEEPS_CHANGES_BY_THE_STEP) ? changesKept.computeIfAbsent(step, key -> moved) : moved;
        shared = changes;
        return new Moved<>() {
            private final IdentityHashMap<Object, BatchLosses> byList = new IdentityHashMap<>();
            private boolean over;

            @Override
            public BatchLosses losses(List<? extends HandGradients.Item> batch) {
                return is(Mistake.LOSSES_KEPT_BY_THE_LIST)
                        ? byList.computeIfAbsent(batch, list -> right(batch))
                        : right(batch);
            }

            private BatchLosses right(List<? extends HandGradients.Item> batch) {
                if (over && is(Mistake.ZERO_ONCE_CLOSED)) {
                    return new BatchLosses(new double[batch.size()], new int[batch.size()]);
                }
                own = is(Mistake.LEFT_MOVED_BY_A_FAILURE) ? own + step : own;
                BatchLosses losses = measured(batch);
                own = is(Mistake.LEFT_MOVED_BY_A_FAILURE) ? own - step : own;
                return losses;
            }

            private BatchLosses measured(List<? extends HandGradients.Item> batch) {
                if (closed && (is(Mistake.CLOSED_FROM_THE_START) || is(Mistake.CLOSING_CLOSES_ALL))) {
                    throw new IllegalStateException("closed");
                }
                if (is(Mistake.READS_THE_DIRECTION_LATE) || is(Mistake.NOT_MOVED_ONCE_THE_DIRECTION_IS_CLOSED)) {
                    return HandModel.this.losses(batch, changesNow());
                }
                return HandModel.this.losses(batch, is(Mistake.ONE_MOVED_FOR_ALL) ? shared : changes);
            }

            private double[][] changesNow() {
                try {
                    return new double[][] {change(v, 0, step), change(v, 1, step)};
                } catch (IllegalStateException e) {
                    if (is(Mistake.READS_THE_DIRECTION_LATE)) {
                        throw e;
                    }
                    return new double[][] {{}, {}};
                }
            }

            @Override
            public void close() {
                closed = true;
                over = true;
                own = is(Mistake.MOVES_ITSELF) ? own / 2 : own;
            }
        };
    }

    @Override
    public Optional<Tangent<HandGradients.Item>> along(ReferenceDirection v) {
        if (!mistake.hasTangent()) {
            return Optional.empty();
        }
        if (is(Mistake.TANGENT_ONLY_ONE) && !tangents.isEmpty()) {
            throw new IllegalStateException("there is a tangent");
        }
        tangents.add(v);
        return Optional.of(new Tangent<>() {
            @Override
            public BatchLosses derivatives(List<? extends HandGradients.Item> batch) {
                if (stuck) {
                    throw new IllegalStateException("another batch is under way");
                }
                stuck = is(Mistake.TANGENT_STUCK_AFTER_A_FAILURE);
                double[] sums =
                        batch.stream().mapToDouble(item -> derivative(item, v)).toArray();
                stuck = false;
                return new BatchLosses(
                        sums, batch.stream().mapToInt(HandModel.this::tokens).toArray());
            }

            @Override
            public OptionalDouble flopsPerToken() {
                return switch (mistake) {
                    case TANGENT_FLOPS_BELOW_ZERO -> OptionalDouble.of(-1);
                    case TANGENT_FLOPS_NO_NUMBER -> OptionalDouble.of(Double.NaN);
                    default -> OptionalDouble.of(HandGradients.FLOPS / 3 * 2);
                };
            }

            @Override
            public void close() {
                if (is(Mistake.TANGENT_CLOSES_THE_DIRECTION)) {
                    v.close();
                }
            }
        });
    }

    private double derivative(HandGradients.Item item, ReferenceDirection v) {
        return switch (mistake) {
            case TANGENT_OF_THE_WRONG_SIGN -> -slope(item, v);
            case TANGENT_ALONG_THE_FIRST -> slope(item, tangents.get(0));
            case TANGENT_ALONG_THE_LATEST -> slope(item, tangents.get(tangents.size() - 1));
            case TANGENT_KEEPS_ITEMS -> kept.computeIfAbsent(item, key -> slope(item, v));
            default -> slope(item, v);
        };
    }

    /** By a central difference, which is exact enough. */
    private double slope(HandGradients.Item item, ReferenceDirection v) {
        double step = 1e-5;
        double forth = HandGradients.loss(item, new double[][] {change(v, 0, step), change(v, 1, step)});
        double back = HandGradients.loss(item, new double[][] {change(v, 0, -step), change(v, 1, -step)});
        return (forth - back) / (2 * step);
    }

    private double loss(HandGradients.Item item, double[][] changes, int items) {
        double loss = HandGradients.loss(item, changes);
        return switch (mistake) {
            case KEEPS_LOSSES_OF_OTHERS -> kept.computeIfAbsent(item, key -> loss);
            case MEAN_LOSSES -> loss / Math.max(1, item.rows().size());
            case LOSSES_IN_BITS -> loss / Math.log(2);
            case LOSSES_DIVIDED_BY_THE_BATCH -> loss / items;
            case OTHER_THREAD_OTHER_LOSS -> Thread.currentThread() == MAIN ? loss : 1.01 * loss;
            default -> loss;
        };
    }

    private BatchLosses losses(List<? extends HandGradients.Item> batch, double[][] changes) {
        List<HandGradients.Item> items = new ArrayList<>(batch);
        if (is(Mistake.EQUAL_ITEMS_ONCE)) {
            items = items.stream().distinct().toList();
        } else if (is(Mistake.LOSS_OF_ONE_LESS)) {
            items.remove(0);
        }
        Map<HandGradients.Item, Double> known = new HashMap<>();
        int n = items.size();
        double[] sums = new double[n];
        int[] tokens = new int[n];
        for (int i = 0; i < n; i++) {
            HandGradients.Item item = items.get(is(Mistake.LOSSES_REVERSED) ? n - 1 - i : i);
            sums[i] = is(Mistake.KEEPS_LOSSES_OF_ITEMS)
                    ? known.computeIfAbsent(item, key -> loss(key, changes, n))
                    : loss(
                            item,
                            is(Mistake.OF_A_COPY) ? new double[][] {changes[0].clone(), changes[1].clone()} : changes,
                            n);
            tokens[i] = is(Mistake.TOKENS_LOST) ? 0 : tokens(item);
        }
        if (is(Mistake.EMPTIES_THE_BATCH) && batch instanceof ArrayList<?>) {
            batch.clear();
        }
        return new BatchLosses(sums, tokens);
    }
}
