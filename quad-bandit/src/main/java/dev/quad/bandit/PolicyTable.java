// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.files.FileFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * What a {@link PolicyComparison} saw: a row for each policy, repetition and round.
 *
 * @param rows policy by policy, repetition by repetition, round by round
 */
public record PolicyTable(List<Row> rows) {

    /** Copies the list. */
    public PolicyTable {
        Objects.requireNonNull(rows, "the rows are null");
        rows = List.copyOf(rows);
    }

    /**
     * The state of one policy in one repetition after a round.
     *
     * @param policy its name
     * @param seed the repetition
     * @param round from 1
     * @param rewards rewards drawn so far
     * @param meanReward their mean
     * @param regret what the best arm would have brought more in the same number of draws, by the true means
     * @param armsTouched arms pulled so far
     * @param effectiveArms exp(entropy) of the pulls
     */
    public record Row(
            String policy,
            long seed,
            int round,
            long rewards,
            double meanReward,
            double regret,
            long armsTouched,
            double effectiveArms) {
        /** Checks that all is there. */
        public Row {
            Objects.requireNonNull(policy, "the policy is null");
        }
    }

    /** The last row of each repetition of a policy. */
    public List<Row> last(String policy) {
        Objects.requireNonNull(policy, "the policy is null");
        List<Row> last = new ArrayList<>();
        for (Row row : rows) {
            if (row.policy().equals(policy)) {
                if (!last.isEmpty() && last.get(last.size() - 1).seed() == row.seed()) {
                    last.remove(last.size() - 1);
                }
                last.add(row);
            }
        }
        return last;
    }

    /** The names of the policies, in order. */
    public List<String> policies() {
        return rows.stream().map(Row::policy).distinct().toList();
    }

    /** Means of the last rounds over the repetitions, with the half width of their 95 % intervals; for reading. */
    public String toText() {
        int width = policies().stream().mapToInt(String::length).max().orElse(0);
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%-" + Math.max(6, width) + "s %8s %23s %23s %16s %16s%n",
                "policy",
                "rewards",
                "mean reward",
                "regret",
                "arms touched",
                "effective arms"));
        for (String policy : policies()) {
            List<Row> last = last(policy);
            text.append(String.format(
                    Locale.ROOT,
                    "%-" + Math.max(6, width) + "s %8.0f %23s %23s %16s %16s%n",
                    policy,
                    Interval.of(values(last, row -> (double) row.rewards())).mean(),
                    Interval.of(values(last, Row::meanReward)),
                    Interval.of(values(last, Row::regret)),
                    Interval.of(values(last, row -> (double) row.armsTouched())),
                    Interval.of(values(last, Row::effectiveArms))));
        }
        return text.toString();
    }

    private static double[] values(List<Row> rows, ToDoubleFunction<Row> of) {
        return rows.stream().mapToDouble(of).toArray();
    }

    /**
     * Writes all rows, with a line of names, as comma-separated values in UTF-8; replaces the file.
     *
     * @throws UncheckedIOException if it cannot be written
     */
    public void writeCsv(Path file) {
        Objects.requireNonNull(file, "the file is null");
        List<String> lines = new ArrayList<>(rows.size() + 1);
        lines.add("policy,seed,round,rewards,mean_reward,regret,arms_touched,effective_arms");
        for (Row row : rows) {
            lines.add(quoted(row.policy()) + "," + row.seed() + "," + row.round() + "," + row.rewards() + ","
                    + row.meanReward() + "," + row.regret() + "," + row.armsTouched() + "," + row.effectiveArms());
        }
        try {
            Files.write(file, lines);
        } catch (IOException e) {
            throw FileFailure.writing(file, e);
        }
    }

    private static String quoted(String name) {
        boolean plain = name.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? name : "\"" + name.replace("\"", "\"\"") + "\"";
    }
}
