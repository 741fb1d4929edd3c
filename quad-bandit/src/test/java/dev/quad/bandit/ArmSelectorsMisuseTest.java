// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static dev.quad.bandit.Misuse.argument;
import static dev.quad.bandit.Misuse.misuse;
import static dev.quad.bandit.Misuse.nothing;
import static dev.quad.bandit.UserRuns.run;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import dev.quad.QuadException;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Arm selectors of the user's that break their promises. */
class ArmSelectorsMisuseTest {
    private static final class BadSelector implements ArmSelector {
        @Override
        public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
            throw new IllegalStateException("no luck");
        }
    }

    private static final class NullSelector implements ArmSelector {
        @Override
        public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
            return nothing();
        }
    }

    private abstract static class Named implements ArmSelector {
        @Override
        public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
            return new int[0];
        }
    }

    private static ThrowingCallable arms(int... arms) {
        return run(options -> options.armSelector((statistics, count, random) -> arms));
    }

    @TestFactory
    Stream<DynamicTest> armSelectorsOfTheUser() {
        String lambda = "the arm selector dev.quad.bandit.ArmSelectorsMisuseTest$lambda chose the arms ";
        return Stream.of(
                misuse(
                        "null for arms",
                        run(options -> options.armSelector(new NullSelector())),
                        QuadException.class,
                        NullSelector.class.getName() + " chose the arms null in round 1"),
                misuse(
                        "an exception",
                        run(options -> options.armSelector(new BadSelector())),
                        QuadException.class,
                        BadSelector.class.getName() + " failed in round 1",
                        "no luck"),
                misuse("no arm", arms(), QuadException.class, lambda + "[] in round 1", "1 to 1 different arms"),
                misuse("an arm too high", arms(3), QuadException.class, lambda + "[3]", "[0, 3)"),
                misuse("a negative arm", arms(-1), QuadException.class, lambda + "[-1]"),
                misuse("too many arms", arms(0, 1), QuadException.class, lambda + "[0, 1]"),
                misuse("an arm twice", arms(1, 1), QuadException.class, lambda + "[1, 1]"),
                misuse(
                        "an arm that is used up",
                        run(options -> options.armSelector((statistics, count, random) -> new int[] {2})
                                .blockSize(BlockSize.share(1))),
                        QuadException.class,
                        lambda + "[2] in round 2",
                        "with documents left"),
                argument(
                        "no id",
                        run(options -> options.armSelector(new Named() {
                            @Override
                            public String id() {
                                return nothing();
                            }
                        })),
                        "armSelector dev.quad.bandit.ArmSelectorsMisuseTest$",
                        "id null"),
                argument(
                        "an id that fails",
                        run(options -> options.armSelector(new Named() {
                            @Override
                            public String id() {
                                throw new UnsupportedOperationException("no name");
                            }
                        })),
                        "armSelector dev.quad.bandit.ArmSelectorsMisuseTest$",
                        "no name"),
                misuse(
                        "one that names itself otherwise",
                        run(options -> options.armSelector(new Named() {
                            @Override
                            public String id() {
                                return "best of all";
                            }
                        })),
                        QuadException.class,
                        "the arm selector best of all (dev.quad.bandit.ArmSelectorsMisuseTest$"),
                misuse(
                        "null in a comparison",
                        () -> PolicyComparison.on(RewardSource.bernoulli(new double[] {0.1, 0.2}, 9))
                                .policy("mine", new NullSelector())
                                .run(),
                        QuadException.class,
                        NullSelector.class.getName()));
    }
}
