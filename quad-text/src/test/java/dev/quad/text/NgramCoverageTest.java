// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.InputException;
import dev.quad.ReferenceSet;
import dev.quad.SetFunction;
import dev.quad.testkit.SetFunctionContract;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NgramCoverageTest extends SetFunctionContract {
    private static final Budget BUDGET = Budget.tokens(60);
    private static final ReferenceSet<Document> REFERENCE =
            ReferenceSet.of(documents("the cat sat on the mat", "a naïve théorème 猫が好き"));
    private static final CandidatePool<Document> POOL = pool(
            "the cat sat on the mat again",
            "the dog sat on the log",
            "the dog sat on the log",
            "",
            "ab",
            "7 + 8 = 15",
            "猫が好きです",
            "un théorème de plus, et encore un théorème",
            "sat sat sat sat sat sat sat sat");

    private static List<Document> documents(String... texts) {
        return IntStream.range(0, texts.length)
                .mapToObj(i -> new Document("d" + i, texts[i]))
                .toList();
    }

    private static CandidatePool<Document> pool(String... texts) {
        return CandidatePool.of(documents(texts), document -> document.text().length(), "pool of " + texts.length);
    }

    @Override
    protected SetFunction function() {
        return NgramCoverage.of(REFERENCE).over(POOL, BUDGET);
    }

    /** The formula, by maps of strings in which a character is a byte. */
    private static double plain(BitSet set, int length, double mass) {
        long stock = IntStream.range(0, POOL.size()).mapToLong(POOL::tokens).sum();
        Map<String, Integer> reference = new HashMap<>();
        REFERENCE.items().forEach(document -> count(document, reference, length));
        Map<String, Integer> everywhere = new HashMap<>();
        Map<String, Integer> chosen = new HashMap<>();
        for (int ordinal = 0; ordinal < POOL.size(); ordinal++) {
            count(POOL.get(ordinal), everywhere, length);
            if (set.get(ordinal)) {
                count(POOL.get(ordinal), chosen, length);
            }
        }
        double total = reference.values().stream().mapToInt(count -> count).sum();
        double sum = 0;
        for (Map.Entry<String, Integer> run : reference.entrySet()) {
            double known = mass * BUDGET.limit() / stock * (everywhere.getOrDefault(run.getKey(), 0) + 0.5);
            sum += run.getValue() / total * Math.log1p(chosen.getOrDefault(run.getKey(), 0) / known);
        }
        return sum;
    }

    private static void count(Document document, Map<String, Integer> counts, int length) {
        String bytes = new String(document.text().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        for (int i = 0; i + length <= bytes.length(); i++) {
            counts.merge(bytes.substring(i, i + length), 1, Integer::sum);
        }
    }

    private static BitSet set(int... items) {
        BitSet set = new BitSet();
        IntStream.of(items).forEach(set::set);
        return set;
    }

    @Test
    void value_anySet_isTheFormula() {
        for (int length = 1; length <= 7; length++) {
            SetFunction function =
                    NgramCoverage.of(REFERENCE).runs(length).prior(0.3).over(POOL, BUDGET);
            for (BitSet set : List.of(set(), set(0), set(1, 2, 7), set(3, 4), set(0, 1, 2, 3, 4, 5, 6, 7, 8))) {
                assertThat(function.value(set)).isCloseTo(plain(set, length, 0.3), within(1e-12));
            }
        }
    }

    @Test
    void weights_areHowOftenADocumentStandsThere() {
        Document first = REFERENCE.items().get(0);
        Document second = REFERENCE.items().get(1);
        BitSet set = set(0, 1, 6, 7);
        SetFunction repeated = NgramCoverage.of(ReferenceSet.of(List.of(first, second, second, second)))
                .over(POOL, BUDGET);
        assertThat(NgramCoverage.of(REFERENCE)
                        .weights(0.5, 1.5)
                        .over(POOL, BUDGET)
                        .value(set))
                .isCloseTo(repeated.value(set), within(1e-12));
        SetFunction alone = NgramCoverage.of(ReferenceSet.of(List.of(first))).over(POOL, BUDGET);
        assertThat(NgramCoverage.of(REFERENCE).weights(7, 0).over(POOL, BUDGET).value(set))
                .isCloseTo(alone.value(set), within(1e-12));
        assertThat(NgramCoverage.of(REFERENCE).weights(1, 1).fingerprint())
                .isEqualTo(NgramCoverage.of(REFERENCE).fingerprint())
                .isNotEqualTo(NgramCoverage.of(REFERENCE).weights(1, 2).fingerprint());
    }

    @Test
    void weights_bad_areToldWhichAndWhatIsAllowed() {
        NgramCoverage coverage = NgramCoverage.of(REFERENCE);
        assertThatThrownBy(() -> coverage.weights(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there are 1 weights for the 2 documents of the reference; give one for each");
        assertThatThrownBy(() -> coverage.weights(1, Double.NaN))
                .hasMessage("the weight of document 1 of the reference is NaN; allowed is 0 or more, and finite");
        assertThatThrownBy(() -> coverage.weights(0, 0)).hasMessageStartingWith("all weights are 0; ");
    }

    /** The gain tends to the influence of a model of counts as what was learnt before grows. */
    @Test
    void gain_strongPrior_isTheInfluenceOfCounts() {
        double mass = 1e6;
        SetFunction.Growing start = NgramCoverage.of(REFERENCE)
                .runs(3)
                .prior(mass)
                .over(POOL, BUDGET)
                .start();
        SetFunction.Growing twice = NgramCoverage.of(REFERENCE)
                .runs(3)
                .prior(2 * mass)
                .over(POOL, BUDGET)
                .start();
        for (int item : new int[] {0, 1, 7, 8}) {
            assertThat(start.gain(item)).isPositive();
            assertThat(twice.gain(item)).isCloseTo(start.gain(item) / 2, within(start.gain(item) * 1e-5));
        }
    }

    @Test
    void gain_ofACopy_falls() {
        SetFunction.Growing set = function().start();
        double first = set.gain(1);
        assertThat(set.gain(2)).isEqualTo(first);
        set.add(1);
        assertThat(set.gain(2)).isLessThan(0.8 * first);
    }

    @Test
    void gain_nothingShared_isZero() {
        assertThat(function().start().gains(3, 4, 5)).containsExactly(0, 0, 0);
    }

    @Test
    void gains_anyNumberOfThreads_areTheSame() throws Exception {
        int[] items = IntStream.range(0, 400).map(i -> i % POOL.size()).toArray();
        List<double[]> all = new ArrayList<>();
        for (int threads : new int[] {1, 2, 5}) {
            ForkJoinPool workers = new ForkJoinPool(threads);
            try {
                all.add(workers.submit(() -> function().start().gains(items)).get());
            } finally {
                workers.shutdown();
            }
        }
        assertThat(all.get(1)).containsExactly(all.get(0));
        assertThat(all.get(2)).containsExactly(all.get(0));
    }

    @Test
    void over_shortReference_isRefused() {
        NgramCoverage coverage = NgramCoverage.of(ReferenceSet.of(documents("ab", "")));
        assertThatThrownBy(() -> coverage.over(POOL, BUDGET))
                .isInstanceOf(InputException.class)
                .hasMessage("no text of the reference has 6 bytes, so that there is no run to cover;"
                        + " give longer texts");
    }

    @Test
    void over_emptyPool_isAFunctionOfNothing() {
        assertThat(NgramCoverage.of(REFERENCE).over(pool(), BUDGET).size()).isZero();
    }

    @Test
    void settings_outOfRange_areRefused() {
        NgramCoverage coverage = NgramCoverage.of(REFERENCE);
        assertThatThrownBy(() -> coverage.runs(0)).hasMessage("the runs have 0 bytes; allowed are 1 to 7");
        assertThatThrownBy(() -> coverage.runs(8)).hasMessage("the runs have 8 bytes; allowed are 1 to 7");
        for (double prior : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> coverage.prior(prior)).hasMessageStartingWith("the prior is " + prior);
        }
    }

    @Test
    void fingerprint_changesWithWhatChangesValues() {
        NgramCoverage coverage = NgramCoverage.of(REFERENCE);
        assertThat(List.of(
                        coverage.fingerprint(),
                        coverage.runs(5).fingerprint(),
                        coverage.prior(0.2).fingerprint(),
                        NgramCoverage.of(ReferenceSet.of(documents("other"))).fingerprint()))
                .doesNotHaveDuplicates();
        assertThat(NgramCoverage.of(REFERENCE).fingerprint()).isEqualTo(coverage.fingerprint());
    }
}
