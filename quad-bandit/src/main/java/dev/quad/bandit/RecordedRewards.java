// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.Seed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/** The scores of a journal, by arm. */
final class RecordedRewards implements RewardSource {
    private final double[][] scores;
    private long orderedFor;
    private boolean ordered;
    private double[][] order = new double[0][];

    private RecordedRewards(double[][] scores) {
        this.scores = scores;
    }

    static RecordedRewards read(Path journal) {
        List<List<Double>> scores = new ArrayList<>();
        int number = 0;
        try (var lines = Files.lines(journal, StandardCharsets.UTF_8)) {
            for (String line : (Iterable<String>) lines::iterator) {
                number++;
                byte[] text = Checksum.without((line + "\n").getBytes(StandardCharsets.UTF_8));
                if (number == 1) {
                    String format = JournalFormat.readHead(text).format();
                    if (!format.equals(JournalFormat.NAME)) {
                        throw new IOException("it is a file of " + format);
                    }
                } else {
                    JournalFormat.readRound(text).pulls().forEach(pull -> add(scores, pull));
                }
            }
        } catch (UncheckedIOException e) {
            throw new UncheckedIOException(
                    "the journal " + journal + " cannot be read: " + e.getMessage(), e.getCause());
        } catch (java.nio.file.FileSystemException e) {
            throw new UncheckedIOException("the journal " + journal + " cannot be read: " + e.getMessage(), e);
        } catch (IOException | IllegalArgumentException e) {
            throw new InputException(
                    journal + ", line " + number + " is not of a round journal: " + e.getMessage()
                            + ". Give the rounds.jsonl of a run",
                    e);
        }
        return new RecordedRewards(scores.stream()
                .map(list -> list.stream().mapToDouble(Double::doubleValue).toArray())
                .toArray(double[][]::new));
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
