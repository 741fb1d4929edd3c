// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.ReferenceSet;
import dev.quad.Selection;
import dev.quad.SetFunction;
import dev.quad.text.Document;
import dev.quad.text.NgramCoverage;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * What a selection by coverage is worth beside a random one, and what further documents would still add.
 *
 * @param tokens of the selection, after each of its documents
 * @param gains nats in all, after each of them
 * @param randomTokens of the random choice, after each document
 * @param randomGains nats in all, after each of them
 * @param rest indices that were not chosen
 * @param restGains what each would add on top of the whole selection, in nats
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Coverage(
        double[] tokens, double[] gains, double[] randomTokens, double[] randomGains, int[] rest, double[] restGains) {
    private static final int MOST_REST = 2_048;

    /** Empty where the reference is not the one of the run, or it had other settings. */
    static Optional<Coverage> of(
            RunFolder run,
            Documents documents,
            List<Selection.Choice> choices,
            Control control,
            List<Document> reference) {
        NgramCoverage objective = NgramCoverage.of(ReferenceSet.of(reference));
        if (!objective.fingerprint().equals(run.settings().get("objective"))) {
            return Optional.empty();
        }
        SetFunction function = objective.over(documents.pool(), run.budget());
        int[] random = control.indices().map(documents::ordinal).toArray();
        double[] randomGains = new double[random.length];
        SetFunction.Growing growing = function.start();
        double sum = 0;
        for (int i = 0; i < random.length; i++) {
            sum += growing.gain(random[i]);
            growing.add(random[i]);
            randomGains[i] = sum;
        }
        SetFunction.Growing whole = function.start();
        double[] gains = new double[choices.size()];
        double all = 0;
        BitSet taken = new BitSet();
        for (int i = 0; i < gains.length; i++) {
            Selection.Choice choice = choices.get(i);
            all += choice.score().orElse(0);
            gains[i] = all;
            whole.add(choice.ordinal());
            taken.set(choice.ordinal());
        }
        int[] left = documents
                .indices()
                .filter(index -> documents.isEven(index) && !taken.get(documents.ordinal(index)))
                .toArray();
        int[] rest = Arrays.stream(left)
                .filter(index -> left.length <= MOST_REST || index % (left.length / MOST_REST + 1) == 0)
                .toArray();
        double[] restGains =
                whole.gains(Arrays.stream(rest).map(documents::ordinal).toArray());
        return Optional.of(new Coverage(
                sums(
                        documents,
                        choices.stream().mapToInt(Selection.Choice::ordinal).toArray()),
                gains,
                sums(documents, random),
                randomGains,
                rest,
                restGains));
    }

    private static double[] sums(Documents documents, int[] ordinals) {
        double[] sums = new double[ordinals.length];
        double sum = 0;
        for (int i = 0; i < sums.length; i++) {
            sum += documents.pool().tokens(ordinals[i]);
            sums[i] = sum;
        }
        return sums;
    }

    double gain() {
        return gains.length == 0 ? 0 : gains[gains.length - 1];
    }

    double randomGain() {
        return randomGains.length == 0 ? 0 : randomGains[randomGains.length - 1];
    }
}
