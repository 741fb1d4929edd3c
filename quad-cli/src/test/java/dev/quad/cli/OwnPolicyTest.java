// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --policy} with the name of a class. */
class OwnPolicyTest {
    private static boolean ran;

    @TempDir
    private Path folder;

    private SmallRun small;

    /** The clusters with the highest numbers. */
    public static class Last implements ArmSelector {
        @Override
        public int[] select(ArmStatistics arms, int count, RandomGenerator random) {
            return IntStream.iterate(arms.armCount() - 1, arm -> arm >= 0, arm -> arm - 1)
                    .filter(arm -> arms.remaining(arm) > 0)
                    .limit(count)
                    .toArray();
        }
    }

    /** Of which there is none without a number. */
    public static final class OfANumber extends Last {
        @SuppressWarnings("unused") // to have another constructor than is called
        public OfANumber(int number) {}
    }

    /** Which cannot be made. */
    public static final class Failing extends Last {
        public Failing() {
            throw new IllegalStateException("it has no luck");
        }
    }

    /** Which fails when it is asked. */
    public static final class Throwing extends Last {
        @Override
        public int[] select(ArmStatistics arms, int count, RandomGenerator random) {
            throw new IllegalStateException("it has no wish");
        }
    }

    /** Which chooses what is not there. */
    public static final class Astray extends Last {
        @Override
        public int[] select(ArmStatistics arms, int count, RandomGenerator random) {
            return new int[] {arms.armCount()};
        }
    }

    /** Which must not be run to find that it is no policy. */
    public static final class NoPolicy {
        static {
            ran = true;
        }
    }

    @BeforeEach
    void files() {
        small = new SmallRun(folder);
    }

    private Outcome select(Path out, Object... options) {
        return Outcome.of(small.select(out, options));
    }

    private String refusal(String policy, Object... options) {
        Object[] all = new Object[options.length + 2];
        all[0] = "--policy";
        all[1] = policy;
        System.arraycopy(options, 0, all, 2, options.length);
        Outcome outcome = select(folder.resolve("refused"), all);
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.BAD_USAGE);
        assertThat(folder.resolve("refused")).doesNotExist();
        return outcome.err();
    }

    @Test
    void policy_ofTheUser_chooses_andIsGoneOnWith() throws IOException {
        Path out = folder.resolve("out");
        Object[] options = {
            "--policy", Last.class.getName(), "--clusters", 6, "--arms-per-round", 1, "--threshold", "none"
        };
        assertThat(select(out, options).code()).isEqualTo(Quad.DONE);
        byte[] whole = Files.readAllBytes(out.resolve("selected.jsonl.gz"));

        assertThat(out.resolve("manifest.json"))
                .content()
                .contains("\"armSelector\" : \"" + Last.class.getName() + "\"");
        assertThat(Files.readAllLines(out.resolve("rounds.jsonl")))
                .filteredOn(line -> line.contains("\"round\":1,"))
                .singleElement()
                .asString()
                .contains("\"arm\":5");
        Files.delete(out.resolve("report.json"));
        Files.delete(out.resolve("selected.jsonl.gz"));
        Object[] again = java.util.Arrays.copyOf(options, options.length + 1);
        again[options.length] = "--resume";
        assertThat(select(out, again).code()).isEqualTo(Quad.DONE);
        assertThat(out.resolve("selected.jsonl.gz")).hasBinaryContent(whole);
    }

    @Test
    void policy_thatFails_isNamedInOneLine_andItsTraceIsShown() {
        assertThat(failure(Throwing.class))
                .startsWith("quad: the arm selector " + Throwing.class.getName() + " failed in round 1")
                .contains("it has no wish");
        assertThat(failure(Astray.class))
                .startsWith("quad: the arm selector " + Astray.class.getName() + " chose the arms [")
                .contains("different arms in [0, ");
    }

    private String failure(Class<?> policy) {
        Outcome outcome = select(folder.resolve(policy.getSimpleName()), "--policy", policy.getName());
        assertThat(outcome.code()).as(outcome.toString()).isNotEqualTo(Quad.DONE);
        assertThat(outcome.err()).doesNotContain("a fault of Quad");
        assertThat(outcome.err().contains("\n    at " + policy.getName() + ".select(OwnPolicyTest.java:"))
                .isEqualTo(policy == Throwing.class);
        return outcome.err()
                .lines()
                .filter(line -> line.startsWith("quad: "))
                .reduce((first, last) -> last)
                .orElseThrow();
    }

    @Test
    void policy_thatWillNotDo_isRefusedWithWhatToDo() {
        assertThat(refusal("ucb2"))
                .contains("'ucb2' is not one of ucb1, ", "nor a class of yours in QUAD_CLASS_PATH, which is ");
        assertThat(refusal(NoPolicy.class.getName()))
                .contains(NoPolicy.class.getName() + " is no policy; let it implement dev.quad.ArmSelector");
        assertThat(ran).isFalse();
        assertThat(refusal(OfANumber.class.getName()))
                .contains("public constructor without parameters")
                .doesNotContain("    at ");
        assertThat(refusal(Failing.class.getName()))
                .contains("failed as it was made", "it has no luck")
                .contains("\n    at " + Failing.class.getName() + ".<init>(OwnPolicyTest.java:");
        assertThat(refusal(Last.class.getName(), "--alpha", 1))
                .contains(
                        "--policy is " + Last.class.getName() + ", which has no weight, and --alpha would do nothing");
        assertThat(refusal(Last.class.getName(), "--ties", "number"))
                .contains("--policy is " + Last.class.getName() + ", and not ucb1, and --ties would do nothing");
    }
}
