// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.Selection;
import dev.quad.StopReason;
import dev.quad.cluster.KMeansOptions;
import dev.quad.text.JsonlPool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * All that is known of a run and of the pool that it chose from.
 *
 * @param choices in the order in which they were chosen
 */
record Found(
        RunFolder run,
        Documents documents,
        List<Selection.Choice> choices,
        List<Field> fields,
        Control control,
        Layout layout,
        Optional<Coverage> coverage,
        Tree evaluation,
        Tree scoreCheck) {
    private static final int THOUSAND = 1_000;
    private static final int MOST_CLUSTERS = 24;

    /** Of a pool that nothing is chosen from yet; in clusters of what is alike on the map. */
    static Found of(JsonlPool pool, List<String> asked) {
        Documents documents = Documents.of(pool, List.of(), Optional.empty());
        List<Field> fields = new ArrayList<>(Field.of(documents, asked));
        if (asked.isEmpty() && fields.stream().noneMatch(field -> field.name().equals(Field.FILE))) {
            Field.files(documents).ifPresent(fields::add);
        }
        Layout layout = Layout.of(documents, MapLayout.COMPONENTS);
        int clusters = Math.min(MOST_CLUSTERS, documents.size() / KMeansOptions.FEW_TRAINING_ROWS);
        if (clusters > 1) {
            documents.group(layout.clusters(clusters));
        }
        return new Found(
                RunFolder.NONE,
                documents,
                List.of(),
                fields,
                new Control(List.of()),
                layout,
                Optional.empty(),
                Tree.of(Map.of()),
                Tree.of(Map.of()));
    }

    /** Whether something was chosen. */
    boolean isRun() {
        return !run.equals(RunFolder.NONE);
    }

    /** What the measure is, for an axis. */
    String measureName() {
        return run.isByCoverage() ? "gain a thousand tokens (nats)" : "score";
    }

    /**
     * What a document was chosen by: by coverage what it added for each thousand tokens, else its score. NaN where
     * there is none.
     */
    double measure(int index) {
        double score = documents.score(index);
        return run.isByCoverage() ? aThousand(index, score) : score;
    }

    double aThousand(int index, double gain) {
        return THOUSAND * gain / Math.max(1, documents.tokens(index));
    }

    /** The measures of what was chosen. */
    double[] chosenMeasures() {
        return chosen().mapToDouble(this::measure).filter(Double::isFinite).toArray();
    }

    /** Of what was scored, or else would still be added by what was not chosen. */
    double[] otherMeasures() {
        if (run.rounds().isPresent()) {
            return run.rounds().get().scores();
        }
        return coverage.map(all -> IntStream.range(0, all.rest().length)
                        .mapToDouble(i -> aThousand(all.rest()[i], all.restGains()[i]))
                        .toArray())
                .orElse(new double[0]);
    }

    /** What had to be exceeded: by coverage what the last document added. */
    OptionalDouble threshold() {
        return run.isByCoverage()
                ? Arrays.stream(chosenMeasures()).min()
                : run.report().number("threshold");
    }

    IntStream chosen() {
        return documents.indices().filter(documents::isChosen);
    }

    IntStream pool() {
        return documents.indices().filter(documents::isEven);
    }

    StopReason stopReason() {
        return StopReason.valueOf(run.report().text("stopReason").orElse("BUDGET"));
    }

    /** What documents are grouped by: their clusters, or else their first field; empty without either. */
    Optional<Field> groups() {
        boolean arms = run.rounds().isPresent() && run.rounds().get().hasArms();
        int clusters = arms ? (int) run.report().value("clusters") : documents.clusters();
        if (arms || clusters > 0) {
            return Optional.of(new Field(
                    Field.CLUSTER,
                    IntStream.range(0, clusters).mapToObj(String::valueOf).toList(),
                    documents.indices().map(documents::cluster).toArray()));
        }
        return fields.stream().findFirst();
    }
}
