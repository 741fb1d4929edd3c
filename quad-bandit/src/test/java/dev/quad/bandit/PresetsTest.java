// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Budget;
import dev.quad.Clustering;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.SelectionListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PresetsTest {
    private static final int CLUSTERS = 120;
    private static final int BLOCK = 12;

    /** As {@code docs/questions.md} has it. */
    @Test
    void options_ofThePresets_areWhatWasPublished() {
        SelectionOptions ours = SelectionOptions.defaults();
        SelectionOptions paper = Presets.paper(1e-4).build();
        SelectionOptions code = Presets.publicCode(20_000).build();
        assertThat(paper.armSelector().id()).isEqualTo("Ucb1[alpha=1.0E-4, unit=RAW]");
        assertThat(paper.acceptance()).isEqualTo(Acceptance.blockMean(false));
        assertThat(paper.threshold()).isEqualTo(Threshold.quantile(0.5));
        assertThat(paper.blockSize()).isEqualTo(BlockSize.share(0.05)).isEqualTo(ours.blockSize());
        assertThat(paper.credit()).hasToString("items");
        assertThat(paper.overshoot()).isFalse();
        assertThat(code.toString())
                .contains(
                        "Ucb1[alpha=1.0E-4, unit=RAW, plusOne, Optimistic[mean=0.002], tiesByNumber]",
                        "credit=pulls",
                        "armsPerRound=50",
                        "WholeDocuments[count=20000]",
                        "order=Pool[]",
                        "evidence=OF_PREFIX",
                        "samplePerBlock=10",
                        "Absolute[tau=0.002]",
                        "overshoot=true",
                        "maxRounds=200");
        assertThat(ours.armSelector().id()).contains("ROBUST", "finite");
        assertThatThrownBy(() ->
                        SelectionOptions.builder().evidence(Evidence.OF_PREFIX).build())
                .hasMessageContaining("evidence is OF_PREFIX, which needs a blockSize of wholeDocuments");
    }

    /** The steps of the published code, written down as they are. */
    private static Set<Integer> published(double[] utilities, Clustering clustering, ArmDistance distance, int budget) {
        int k = clustering.clusterCount();
        double[] r = new double[k];
        double[] t = new double[k];
        double[] ucb = new double[k];
        int[] pulls = new int[k];
        int[] accepted = new int[k];
        double n = 0;
        for (int round = 0; round < 200; round++) {
            List<Integer> order = new ArrayList<>(IntStream.range(0, k).boxed().toList());
            order.sort((a, b) -> Double.compare(ucb[b], ucb[a]));
            List<Integer> taken = new ArrayList<>();
            for (int arm : order) {
                if (taken.size() < 50 && (pulls[arm] + 1) * BLOCK <= clustering.size(arm)) {
                    taken.add(arm);
                }
            }
            if (taken.isEmpty()) {
                break;
            }
            for (int arm : taken) {
                double mean = 0;
                for (int i = 0; i < 10; i++) {
                    mean += utilities[clustering.member(arm, pulls[arm] * 10 + i)] / 10;
                }
                double reward = mean - 0.0020;
                pulls[arm]++;
                accepted[arm] += reward > 0 ? 1 : 0;
                for (int j = 0; j < k; j++) {
                    double d = j == arm ? 0 : distance.between(arm, j);
                    if (d < 0.2) {
                        n++;
                        r[j] += reward * (1 - d / 0.2);
                        t[j]++;
                    }
                }
            }
            for (int arm = 0; arm < k; arm++) {
                ucb[arm] = (t[arm] > 0 ? r[arm] / t[arm] : 0) + 1e-4 * Math.sqrt(2 * Math.log(n) / (t[arm] + 1));
            }
            if (Arrays.stream(accepted).sum() * BLOCK >= budget) {
                break;
            }
        }
        Set<Integer> chosen = new LinkedHashSet<>();
        for (int arm = 0; arm < k; arm++) {
            for (int i = 0; i < accepted[arm] * BLOCK; i++) {
                chosen.add(clustering.member(arm, i));
            }
        }
        return chosen;
    }

    @Test
    void publicCode_smallWorld_choosesWhatTheCodeChooses() {
        for (long seed = 0; seed < 20; seed++) {
            RandomGenerator random = new Seed(seed).stream("published");
            int documents = 9000;
            int[] clusters = random.ints(documents, 0, CLUSTERS).toArray();
            double[] means = IntStream.range(0, CLUSTERS)
                    .mapToDouble(i -> 0.001 + 0.002 * random.nextGaussian())
                    .toArray();
            float[] centres = new float[2 * CLUSTERS];
            for (int i = 0; i < centres.length; i++) {
                centres[i] = (float) random.nextDouble();
            }
            double[] utilities = new double[documents];
            Arrays.setAll(utilities, i -> means[clusters[i]] + 0.003 * random.nextGaussian());
            Clustering clustering = Clustering.of(clusters, CLUSTERS, centres);
            ArmDistance distance = ArmDistance.euclidean(clustering);
            long[] tokens = new long[documents];
            World world = new World(
                    utilities,
                    tokens,
                    clustering,
                    Budget.documents(1500),
                    Presets.publicCode(BLOCK, distance).build(),
                    new Seed(seed));
            Set<Integer> expected = published(utilities, clustering, distance, 1500);
            assertThat(expected).hasSizeGreaterThan(1000);
            assertThat(world.select().choices().stream().map(Choice::ordinal))
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    /** What the code takes is not what spoke for it; ours is. */
    @Test
    void publicCode_acceptedDocuments_areNotThoseScored() {
        double[] utilities = new double[40];
        Arrays.fill(utilities, 0, 4, 1);
        Arrays.fill(utilities, 4, 40, -1);
        SelectionOptions.Builder code = Presets.publicCode(20).samplePerBlock(4).armsPerRound(1);
        World world = new World(
                utilities,
                new long[40],
                Clustering.of(new int[40], 1),
                Budget.documents(40),
                code.build(),
                new Seed(1));
        Selection selection = world.select();
        double mean = selection.choices().stream()
                .mapToDouble(choice -> utilities[choice.ordinal()])
                .average()
                .orElseThrow();
        assertThat(mean).isCloseTo(-0.6, within(1e-12));
    }

    @Test
    void paper_sameWorld_isTheFormula() {
        List<Integer> arms = new ArrayList<>();
        double[] utilities = IntStream.range(0, 60).mapToDouble(i -> i % 3).toArray();
        World world = new World(
                utilities,
                new long[60],
                Clustering.of(IntStream.range(0, 60).map(i -> i % 3).toArray(), 3),
                Budget.documents(1000),
                Presets.paper(1)
                        .armsPerRound(1)
                        .blockSize(BlockSize.documents(2))
                        .threshold(Threshold.none())
                        .maxRounds(12)
                        .build(),
                new Seed(1));
        world.wiring = builder -> builder.listener(new SelectionListener() {
            @Override
            public void onRoundFinished(RoundFinished event) {
                arms.add(event.pulls().get(0).arm());
            }
        });
        world.select();
        int[] pulls = new int[3];
        for (int round = 0; round < 12; round++) {
            int chosen = arms.get(round);
            if (round >= 3) {
                int total = round;
                double[] index = new double[3];
                Arrays.setAll(index, arm -> arm + Math.sqrt(2 * Math.log(total) / pulls[arm]));
                assertThat(index[chosen]).isEqualTo(Arrays.stream(index).max().orElseThrow());
            }
            pulls[chosen]++;
        }
    }
}
