// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import dev.quad.Seed;
import dev.quad.bandit.ArmTable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * What every {@link ArmSelector} promises. Asks for one to thousands of arms, with trials from none to 10¹² that need
 * be no whole numbers, and up to 2³¹ − 1 documents an arm; about equal statistics in other objects, thousands of times,
 * by several threads, one instance and another, and where the machine speaks other languages, for which the default
 * {@link java.util.Locale} is set and put back. Which arms are chosen, and in which order, is for the policy to say:
 * that they come best first is not tested.
 */
public abstract class ArmSelectorContract {
    private static final int PLACES = 16;
    private static final int SHOWN = 40;
    private static final int CALLS = 6000;
    private static final int CALLS_OF_THREADS = 2000;

    /** The policy; called more than once, and always the same. */
    protected abstract ArmSelector selector();

    private ArmSelector tested() {
        return named(Answers.made("selector()", selector()));
    }

    /** Does what this does; what it throws is named by what it was asked. */
    private static ArmSelector named(ArmSelector selector) {
        return new ArmSelector() {
            @Override
            public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
                try {
                    return Answers.given(
                            count + " of " + statistics.armCount() + " arms",
                            selector.select(statistics, count, random));
                } catch (RuntimeException | OutOfMemoryError e) { // memory is for the arms, not for what is wanted
                    throw new AssertionError(
                            "select threw " + e + " where " + count + " were wanted of " + statistics.armCount()
                                    + " arms, " + statistics.totalPulls() + " pulls and " + statistics.totalTrials()
                                    + " trials so far, with so much left of each: "
                                    + IntStream.range(0, statistics.armCount())
                                            .limit(SHOWN)
                                            .mapToObj(statistics::remaining)
                                            .toList(),
                            e);
                }
            }

            @Override
            public String id() {
                return selector.id();
            }
        };
    }

    /**
     * One whose choices differ, by another parameter or whatever it may be made of; its id must differ too. Empty
     * unless overridden: not tested.
     */
    protected Optional<ArmSelector> other() {
        return Optional.empty();
    }

    private Optional<ArmSelector> another() {
        return Answers.made("other()", other());
    }

    private static void check(ArmSelector selector, ArmStatistics statistics, int count, long key) {
        int arms = statistics.armCount();
        int[] left = IntStream.range(0, arms)
                .filter(arm -> statistics.remaining(arm) > 0)
                .toArray();
        int[] chosen = selector.select(statistics, count, new Draws(Numbers.of(key)));
        assertThat(chosen)
                .as(
                        "%s wanted of %s arms, of which %s have something left (statistics %s)",
                        count, arms, left.length, key)
                .hasSize(Math.min(count, left.length));
        long right = IntStream.of(chosen)
                .distinct()
                .filter(arm -> arm >= 0 && arm < arms && statistics.remaining(arm) > 0)
                .count();
        if (right < chosen.length) {
            assertThat(chosen).as("arms chosen (statistics %s)", key).doesNotHaveDuplicates();
            assertThat(left)
                    .as("what is left, of which all chosen are (statistics %s)", key)
                    .contains(chosen);
        }
    }

    /** Distinct arms with something left, as many as wanted or as there are: of 1 to 5000 arms. */
    @Test
    public void select_anyStatistics_givesDistinctArmsWithSomethingLeft() {
        ArmSelector selector = tested();
        LongStream.range(0, 200).forEach(key -> {
            int arms = 1 + (int) (key % 37);
            for (int count : new int[] {1, 2, arms, arms + 5, Integer.MAX_VALUE}) {
                check(selector, TestArms.random(arms, Numbers.of(key)), count, key);
                check(selector, Arms.strange(arms, Numbers.of(key)), count, key);
            }
        });
        for (int arms : new int[] {63, 64, 65, 127, 128, 129, 255, 256, 257, 1000, 5000}) {
            for (int count : new int[] {1, 70, arms, Integer.MAX_VALUE}) {
                check(selector, TestArms.random(arms, Numbers.of(arms)), count, arms);
                check(selector, Arms.strange(arms, Numbers.of(arms)), count, arms);
            }
        }
    }

    /** Ties are broken somehow: of arms that are all alike, too, as many are chosen as are wanted. */
    @Test
    public void select_armsAllAlike_givesAsManyAsWanted() {
        ArmSelector selector = tested();
        for (double trials : new double[] {0, 0.2, 1, 2.5, 1e12}) {
            for (int arms = 2; arms < 700; arms = arms * 3 / 2 + 1) {
                check(selector, Arms.alike(arms, trials), arms / 2, arms);
                check(selector, Arms.alike(arms, trials), arms, arms);
            }
        }
    }

    /** One arm left, wherever it is, is chosen. */
    @Test
    public void select_oneArmLeft_givesIt() {
        ArmSelector selector = tested();
        for (int arms : new int[] {1, 2, 40, 130}) {
            for (int one = 0; one < arms; one++) {
                int last = one;
                ArmTable table = new ArmTable(arms, arm -> 3, arm -> arm == last ? 1 : 0);
                assertThat(selector.select(table, 3, new Draws(Numbers.of(one))))
                        .as("arm %s of %s alone has something left", one, arms)
                        .containsExactly(one);
            }
        }
    }

    /** No arm left, no arm chosen. */
    @Test
    public void select_everythingExhausted_givesNone() {
        ArmSelector selector = tested();
        for (int arms : new int[] {0, 5, 100}) {
            assertThat(selector.select(new ArmTable(arms, arm -> 3, arm -> 0), 2, new Draws(Numbers.of(0))))
                    .as("%s arms, all exhausted", arms)
                    .isEmpty();
        }
    }

    /** All it knows is in its arguments: neither calls before nor calls in between change anything. */
    @Test
    public void select_sameArguments_givesTheSame() {
        ArmSelector selector = tested();
        for (int key = 0; key < 40; key++) {
            int count = 1 + key % 9;
            ArmStatistics statistics = TestArms.random(2 + 3 * key, Numbers.of(key));
            int[] first = selector.select(statistics, count, stream(key));
            assertThat(selector.select(statistics, count, stream(key)))
                    .as("asked twice in a row")
                    .isEqualTo(first);
            assertThat(selector.select(statistics, count, stream(key + 1)))
                    .as("asked about the same statistics with other random numbers")
                    .isEqualTo(tested().select(Arms.copy(statistics), count, stream(key + 1)));
            ArmStatistics others = TestArms.random(statistics.armCount(), Numbers.of(key + 1));
            assertThat(selector.select(others, count, stream(key + 1)))
                    .as("asked about others, of as many arms")
                    .isEqualTo(tested().select(others, count, stream(key + 1)));
            assertThat(selector.select(statistics, count, stream(key)))
                    .as("asked about others in between")
                    .isEqualTo(first);
            assertThat(tested().select(statistics, count, stream(key)))
                    .as("asked of another instance")
                    .isEqualTo(first);
            assertThat(selector.select(Arms.copy(statistics), count, stream(key)))
                    .as("asked about equal statistics in another object")
                    .isEqualTo(first);
        }
    }

    /** What is asked of an instance, in thousands of calls about some questions in any order. */
    private static final class Questions {
        private static final int KINDS = 16;

        private final ArmStatistics[] statistics = new ArmStatistics[KINDS];
        private final int[][] answers = new int[KINDS][];

        /** Each is answered by an instance of its own. */
        Questions(Supplier<ArmSelector> selector) {
            for (int kind = 0; kind < KINDS; kind++) {
                RandomGenerator random = Numbers.of(kind);
                int arms = 2 + 3 * kind;
                statistics[kind] =
                        kind % 2 == 0 ? Arms.copy(TestArms.random(arms, random)) : Arms.strange(arms, random);
                answers[kind] = ask(selector.get(), kind);
            }
        }

        private int[] ask(ArmSelector selector, int kind) {
            return selector.select(statistics[kind], 1 + kind % 9, stream(kind));
        }

        void check(String how, ArmSelector selector, int call) {
            int kind = Numbers.of(call).nextInt(KINDS);
            int[] again = ask(selector, kind);
            if (!Arrays.equals(again, answers[kind])) {
                assertThat(again)
                        .as("%s, call %s, question %s", how, call, kind)
                        .isEqualTo(answers[kind]);
            }
        }
    }

    /** Nor do many calls. */
    @Test
    public void select_overAndOver_givesTheSame() {
        ArmSelector selector = tested();
        Questions questions = new Questions(this::tested);
        for (int call = 0; call < CALLS; call++) {
            questions.check("asked over and over", selector, call);
        }
        assertThat(selector.id()).as("the id after %s calls", CALLS).isEqualTo(tested().id());
    }

    /** One instance may serve many threads, and so may several: four ask one and another, thousands of times. */
    @Test
    public void select_manyThreads_giveTheSame() {
        Questions questions = new Questions(this::tested);
        ArmSelector one = tested();
        ArmSelector other = tested();
        Threads.manyTimes(
                CALLS_OF_THREADS, call -> questions.check("asked by four threads", call % 3 == 0 ? other : one, call));
    }

    /** The default locale and time zone of the machine change neither the answers nor the id. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    public void select_otherLanguages_givesTheSame() {
        String id = tested().id();
        Questions questions = new Questions(this::tested);
        Elsewhere.each(where -> {
            ArmSelector selector = tested();
            assertThat(selector.id()).as("the id %s", where).isEqualTo(id);
            for (int call = 0; call < 50; call++) {
                questions.check(where, selector, call);
            }
        });
    }

    /** The statistics of a run are one object, whose numbers change from round to round. */
    @Test
    public void select_statisticsThatGoOn_looksAgain() {
        ArmSelector selector = tested();
        int[] left = new int[20];
        Arrays.fill(left, 9);
        ArmTable table = new ArmTable(left.length, arm -> 9, arm -> left[arm]);
        for (int round = 0; round < 40; round++) {
            int[] chosen = selector.select(table, 4, stream(round));
            assertThat(chosen)
                    .as("round %s of a run, asked of the instance of the run and of another", round)
                    .isEqualTo(tested().select(table, 4, stream(round)));
            check(selector, table, 4, round);
            RandomGenerator random = Numbers.of(round);
            for (int arm : chosen) {
                table.start(arm);
                table.reward(arm, random.nextGaussian() + arm % 3, random.nextGaussian());
                left[arm] -= 1 + random.nextInt(left[arm]);
            }
        }
    }

    private static RandomGenerator stream(long key) {
        return new Draws(new Seed(key).stream("round", 1));
    }

    /** An answer is the caller's: later calls do not write to it, and the caller may. */
    @Test
    public void select_answer_belongsToTheCaller() {
        ArmSelector selector = tested();
        ArmStatistics statistics = TestArms.random(30, Numbers.of(1));
        int[] answer = selector.select(statistics, 7, stream(1));
        int[] copy = answer.clone();
        selector.select(TestArms.random(30, Numbers.of(2)), 7, stream(2));
        assertThat(answer).as("the first answer after a second call").isEqualTo(copy);
        Arrays.fill(answer, -1);
        assertThat(selector.select(statistics, 7, stream(1)))
                .as("an answer after the caller wrote to the one before")
                .isEqualTo(copy);
    }

    /**
     * One instance may serve many threads, and several instances do not meet either: another's call at any moment of a
     * call changes neither answer.
     */
    @Test
    public void select_twoThreadsAtOnce_doNotMeet() {
        ArmSelector selector = tested();
        for (int arms : new int[] {50, 40}) { // or as many as those of the other call
            meet("one instance", selector, selector, arms);
            meet("two instances", selector, tested(), arms);
        }
    }

    private static void meet(String which, ArmSelector selector, ArmSelector asked, int arms) {
        ArmStatistics mine = TestArms.random(40, Numbers.of(1));
        ArmStatistics others = TestArms.random(arms, Numbers.of(2));
        int[] expected = asked.select(others, 9, stream(2));
        Moments all = new Moments(-1, () -> {});
        int[] alone = all.select(selector, mine);
        for (int place = 0; place < PLACES; place++) {
            FutureTask<int[]> other = new FutureTask<>(() -> asked.select(others, 9, stream(2)));
            Moments moments = new Moments((long) all.passed.get() * place / PLACES, () -> Threads.start(other));
            assertThat(moments.select(selector, mine))
                    .as("the answer while another thread was answered, moment %s of %s, %s", place, PLACES, which)
                    .isEqualTo(alone);
            if (moments.passed.get() > moments.at) {
                assertThat(Threads.result(other))
                        .as("the other thread's answer, moment %s of %s, %s", place, PLACES, which)
                        .isEqualTo(expected);
            }
        }
    }

    /** The moments of a call are those at which it looks at the statistics or draws a number. */
    private static final class Moments {
        private final long at;
        private final Runnable then;
        private final AtomicInteger passed = new AtomicInteger();

        Moments(long at, Runnable then) {
            this.at = at;
            this.then = then;
        }

        private void pass() {
            if (passed.getAndIncrement() == at) {
                then.run();
            }
        }

        int[] select(ArmSelector selector, ArmStatistics statistics) {
            ArmStatistics watched = (ArmStatistics) Proxy.newProxyInstance(
                    ArmStatistics.class.getClassLoader(),
                    new Class<?>[] {ArmStatistics.class},
                    (proxy, method, arguments) -> {
                        pass();
                        try {
                            return method.invoke(statistics, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getTargetException();
                        }
                    });
            RandomGenerator random = stream(1);
            return selector.select(watched, 9, () -> {
                pass();
                return random.nextLong();
            });
        }
    }

    /** The id names the policy, on one line, always the same. */
    @Test
    public void id_isOneStableLine() {
        ArmSelector selector = tested();
        String id = selector.id();
        assertThat(id)
                .as("id(), one line, of another instance the same")
                .isNotBlank()
                .isEqualTo(tested().id())
                .doesNotContain("\n");
        IdentityHash.requireNone("the id", id);
        selector.select(TestArms.random(9, Numbers.of(1)), 3, stream(1));
        assertThat(selector.id()).as("the id after use").isEqualTo(id);
        another()
                .ifPresent(other -> assertThat(other.id())
                        .as("the id of one that chooses otherwise")
                        .isNotEqualTo(id));
    }
}
