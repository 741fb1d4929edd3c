// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static dev.quad.bandit.Misuse.misuse;
import static dev.quad.bandit.Misuse.nothing;
import static dev.quad.bandit.UserRuns.BUDGET;
import static dev.quad.bandit.UserRuns.SEED;
import static dev.quad.bandit.UserRuns.run;

import dev.quad.Budget;
import dev.quad.InfluenceScores;
import dev.quad.QuadException;
import dev.quad.bandit.UserRuns.Estimator;
import dev.quad.bandit.UserRuns.Pool;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Estimators and pools of the user's that break their promises. */
class PoolsMisuseTest {
    @TestFactory
    Stream<DynamicTest> estimatorsOfTheUser() {
        return Stream.of(
                misuse(
                        "null for scores",
                        run(new Estimator() {
                            @Override
                            public InfluenceScores score(List<? extends Integer> items) {
                                return nothing();
                            }
                        }),
                        QuadException.class,
                        "PoolsMisuseTest$",
                        "the pilot",
                        "returned null",
                        "one score per document"),
                misuse(
                        "too few scores",
                        run(new Estimator() {
                            @Override
                            public InfluenceScores score(List<? extends Integer> items) {
                                return InfluenceScores.of(1);
                            }
                        }),
                        QuadException.class,
                        "returned 1 scores"),
                misuse(
                        "an exception",
                        run(new Estimator() {
                            @Override
                            public InfluenceScores score(List<? extends Integer> items) {
                                throw new IllegalStateException("no model");
                            }
                        }),
                        QuadException.class,
                        "the pilot",
                        "no model"),
                misuse(
                        "no fingerprint",
                        run(new Estimator() {
                            @Override
                            public String fingerprint() {
                                return nothing();
                            }
                        }),
                        IllegalStateException.class,
                        "the estimator dev.quad.bandit.PoolsMisuseTest$",
                        "fingerprint null"),
                misuse(
                        "an empty fingerprint",
                        run(new Estimator() {
                            @Override
                            public String fingerprint() {
                                return "";
                            }
                        }),
                        IllegalStateException.class,
                        "the estimator dev.quad.bandit.PoolsMisuseTest$",
                        "fingerprint \"\"; give a digest"),
                misuse(
                        "no fingerprint, of all",
                        () -> TopKSelector.<Integer>builder(new Estimator() {
                                    @Override
                                    public String fingerprint() {
                                        return nothing();
                                    }
                                })
                                .build()
                                .select(new Pool(), BUDGET, SEED),
                        IllegalStateException.class,
                        "the estimator dev.quad.bandit.PoolsMisuseTest$",
                        "fingerprint null"));
    }

    @TestFactory
    Stream<DynamicTest> poolsOfTheUser() {
        return Stream.of(
                misuse(
                        "a negative size",
                        run(new Pool() {
                            @Override
                            public int size() {
                                return -1;
                            }
                        }),
                        IllegalStateException.class,
                        "PoolsMisuseTest$",
                        "has -1 documents"),
                misuse(
                        "a document that is null",
                        run(new Pool() {
                            @Override
                            public Integer get(int ordinal) {
                                return ordinal == 7 ? nothing() : Integer.valueOf(ordinal);
                            }
                        }),
                        QuadException.class,
                        "document 7 of the pool",
                        "PoolsMisuseTest$",
                        "is null"),
                misuse(
                        "a negative cost",
                        () -> RandomSelector.<Integer>of()
                                .select(
                                        new Pool() {
                                            @Override
                                            public long tokens(int ordinal) {
                                                return -5;
                                            }
                                        },
                                        Budget.tokens(9),
                                        SEED),
                        QuadException.class,
                        "PoolsMisuseTest$",
                        "costs -5 tokens"),
                misuse(
                        "no fingerprint",
                        run(new Pool() {
                            @Override
                            public String fingerprint() {
                                return nothing();
                            }
                        }),
                        IllegalStateException.class,
                        "the pool dev.quad.bandit.PoolsMisuseTest$",
                        "fingerprint null"));
    }
}
