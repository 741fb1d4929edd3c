// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.files.FileFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** The scores of a journal, by arm. */
final class RecordedRewards implements RewardSource {
    private static final Charset BYTES = StandardCharsets.ISO_8859_1;

    private final double[][] scores;
    private long orderedFor;
    private boolean ordered;
    private double[][] order = new double[0][];

    private RecordedRewards(double[][] scores) {
        this.scores = scores;
    }

    static RecordedRewards read(Path journal) {
        List<List<Double>> scores = new ArrayList<>();
        Checksum sum = new Checksum();
        int number = 0;
        try (Stream<String> lines = Files.lines(journal, BYTES)) {
            Iterator<String> each = lines.iterator();
            do {
                number++;
                String line = each.hasNext() ? each.next() : "";
                try {
                    read(line, number == 1, sum).forEach(pull -> add(scores, pull));
                } catch (IOException | IllegalArgumentException e) {
                    if (number > 1 && !each.hasNext()) {
                        break; // what a killed run leaves
                    }
                    throw new InputException(
                            journal + ", line " + number + " is not of a round journal: " + JournalFormat.fault(e)
                                    + ". Give the rounds.jsonl of a run, as the run wrote it",
                            e);
                }
            } while (each.hasNext());
        } catch (UncheckedIOException e) {
            throw FileFailure.reading(journal, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw FileFailure.reading(journal, e);
        }
        return new RecordedRewards(scores.stream()
                .map(list -> list.stream().mapToDouble(Double::doubleValue).toArray())
                .toArray(double[][]::new));
    }

    private static List<RoundRecord.Pull> read(String line, boolean first, Checksum sum) throws IOException {
        byte[] bytes = (line + "\n").getBytes(BYTES);
        byte[] text = Checksum.without(bytes);
        List<RoundRecord.Pull> pulls = List.of();
        if (first) {
            JournalFormat.readHead(text).check();
        } else {
            pulls = JournalFormat.readRound(text).pulls();
        }
        sum.check(bytes);
        return pulls;
    }

    private static void add(List<List<Double>> scores, RoundRecord.Pull pull) {
        InfluenceScores found = pull.scores();
        while (scores.size() <= pull.arm()) {
            scores.add(new ArrayList<>());
        }
        for (int i = 0; i < found.size(); i++) {
            if (pull.arm() >= 0 && found.isScored(i)) {
                scores.get(pull.arm()).add(found.value(i));
            }
        }
    }

    @Override
    public int arms() {
        return scores.length;
    }

    @Override
    public int size(int arm) {
        return scores[arm].length;
    }

    @Override
    public synchronized double reward(int arm, int draw, Seed seed) {
        if (!ordered || orderedFor != seed.value()) {
            order = new double[scores.length][];
            ordered = true;
            orderedFor = seed.value();
        }
        if (order[arm] == null) {
            int[] places = new int[scores[arm].length];
            Arrays.setAll(places, i -> i);
            DrawOrder.shuffle(places, seed.stream("rewards", arm));
            order[arm] = Arrays.stream(places).mapToDouble(i -> scores[arm][i]).toArray();
        }
        return order[arm][draw];
    }

    /** Of what was recorded. */
    @Override
    public OptionalDouble mean(int arm) {
        return Arrays.stream(scores[arm]).average();
    }
}
