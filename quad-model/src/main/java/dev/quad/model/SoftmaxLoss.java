// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.Seed;
import dev.quad.influence.Targets;
import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Cross-entropy of a softmax over the vocabulary, in nats: {@code loss = log Σ e^z − z_target}. The gradient with
 * respect to the logits, {@code softmax(z) − onehot(label)}, takes their place; the label is the target or, for the
 * Fisher matrix, one drawn from the softmax, or a given one at one position, weighted by the root of its probability.
 *
 * <p>Of a batch of margins the loss is minus the log-odds of the target, {@code log Σ_{k≠target} e^{z_k} − z_target}.
 */
final class SoftmaxLoss {
    private SoftmaxLoss() {}

    /**
     * Rows {@code [from, from + count)} of a batch.
     *
     * @param logits row-major, {@code rows × vocabulary}, of the rows from {@code first} on; replaced by their gradient
     *     if {@code gradients}
     * @param losses receives the loss of each row; left at 0, and the gradient made 0, where it does not count
     * @param keys identifies the sequence of each row, for drawn labels
     */
    static void rows(
            Floats logits,
            int first,
            PackedBatch batch,
            int vocabulary,
            Targets targets,
            long[] keys,
            float[] losses,
            boolean gradients,
            int from,
            int count) {
        float[] z = new float[vocabulary];
        for (int i = from; i < from + count; i++) {
            int at = (i - first) * vocabulary;
            if (!batch.counts[i]) {
                if (gradients) {
                    logits.clear(at, vocabulary);
                }
                continue;
            }
            logits.get(at, z, 0, vocabulary);
            if (batch.margin) {
                float[] others = z.clone();
                losses[i] = margin(others, batch.targets[i]);
                if (targets instanceof Targets.Observed) {
                    logits.set(at, others, 0, gradients ? vocabulary : 0);
                    continue;
                }
            }
            float max = Exponential.max(z, vocabulary);
            float target = z[batch.targets[i]] - max;
            Exponential.exponentials(z, vocabulary, max);
            float sum = Exponential.sum(z, vocabulary);
            losses[i] = batch.margin ? losses[i] : (float) Math.log(sum) - target;
            if (gradients) {
                float inverse = 1f / sum;
                for (int j = 0; j < vocabulary; j++) {
                    z[j] *= inverse;
                }
                if (targets instanceof Targets.Single single) {
                    weigh(z, single.label(), batch.positions[i] == single.position());
                } else {
                    int label = targets instanceof Targets.Sampled sampled
                            ? draw(z, sampled.seed(), sampled.draw(), keys[i], batch.positions[i])
                            : batch.targets[i];
                    z[label] -= 1f;
                }
                logits.set(at, z, 0, vocabulary);
            }
        }
    }

    /**
     * Minus the margin; its gradient, the softmax of the others less 1 at the target, takes the place of the logits.
     */
    private static float margin(float[] z, int target) {
        float logit = z[target];
        z[target] = Float.NEGATIVE_INFINITY;
        float max = Exponential.max(z, z.length);
        z[target] = max;
        Exponential.exponentials(z, z.length, max);
        z[target] = 0;
        float sum = Exponential.sum(z, z.length);
        for (int j = 0; j < z.length; j++) {
            z[j] /= sum;
        }
        z[target] = -1;
        return (float) Math.log(sum) + max - logit;
    }

    /** {@code √p_label·(p − onehot(label))} at the position that counts, zero elsewhere. */
    private static void weigh(float[] p, int label, boolean counts) {
        if (!counts) {
            Arrays.fill(p, 0f);
            return;
        }
        float weight = (float) Math.sqrt(p[label]);
        p[label] -= 1f;
        for (int j = 0; j < p.length; j++) {
            p[j] *= weight;
        }
    }

    private static int draw(float[] probabilities, Seed seed, int draw, long key, int position) {
        RandomGenerator random = seed.stream("fisher.labels", draw, key, position);
        double left = random.nextDouble();
        for (int j = 0; j < probabilities.length; j++) {
            left -= probabilities[j];
            if (left < 0) {
                return j;
            }
        }
        return probabilities.length - 1;
    }
}
