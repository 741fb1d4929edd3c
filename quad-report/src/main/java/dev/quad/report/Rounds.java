// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.InputException;
import dev.quad.files.JsonText;
import dev.quad.files.Unchecked;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * The rounds of a run as its journal tells them; a round of the number 0 is the pilot.
 *
 * @param list in order
 */
record Rounds(List<Round> list) {

    /** A round. */
    record Round(int number, List<Pull> pulls) {}

    /**
     * What was drawn from a cluster at once.
     *
     * @param arm the cluster, or −1
     * @param drawn ordinals
     * @param scored ordinals of those with scores
     * @param scores of them; NaN where there is none
     * @param accepted ordinals
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Pull(int arm, int[] drawn, int[] scored, double[] scores, int[] accepted) {
        DoubleStream finite() {
            return DoubleStream.of(scores).filter(Double::isFinite);
        }
    }

    static Rounds read(Path file) {
        return Unchecked.get(file, () -> {
            List<Round> rounds = new ArrayList<>();
            try (BufferedReader lines = Files.newBufferedReader(file)) {
                lines.readLine(); // what run it is, which the manifest says
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    rounds.add(round(file, line));
                }
            }
            return new Rounds(rounds);
        });
    }

    private static Round round(Path file, String line) {
        try {
            Tree tree = Tree.of(JsonText.tree(line.getBytes(StandardCharsets.UTF_8)));
            return new Round(
                    (int) tree.value("round"),
                    tree.trees("pulls").stream().map(Rounds::pull).toList());
        } catch (IOException e) {
            throw new InputException(file + " has a line that is no round; put it back as it was", e);
        }
    }

    private static Pull pull(Tree tree) {
        int[] drawn = integers(tree.list("drawn"));
        List<?> scores = tree.list("scores");
        return new Pull(
                (int) tree.value("arm"),
                drawn,
                tree.map().containsKey("probes") ? integers(tree.list("probes")) : drawn,
                scores.stream()
                        .mapToDouble(score -> ((Number) score).doubleValue())
                        .toArray(),
                integers(tree.list("accepted")));
    }

    private static int[] integers(List<?> values) {
        return values.stream().mapToInt(value -> ((Number) value).intValue()).toArray();
    }

    /** Whether clusters were drawn from. */
    boolean hasArms() {
        return list.stream().flatMap(round -> round.pulls().stream()).anyMatch(pull -> pull.arm() >= 0);
    }

    /** The scores of all documents that have one, each once: what the pilot scored may be drawn again. */
    double[] scores() {
        BitSet seen = new BitSet();
        DoubleStream.Builder scores = DoubleStream.builder();
        for (Round round : list) {
            for (Pull pull : round.pulls()) {
                for (int i = 0; i < pull.scores().length; i++) {
                    if (Double.isFinite(pull.scores()[i]) && !seen.get(pull.scored()[i])) {
                        seen.set(pull.scored()[i]);
                        scores.add(pull.scores()[i]);
                    }
                }
            }
        }
        return scores.build().toArray();
    }

    /** Scores of documents drawn at random from the whole pool; none without a pilot. */
    double[] pilot() {
        return list.stream()
                .filter(round -> round.number() == 0)
                .flatMap(round -> round.pulls().stream())
                .flatMapToDouble(Pull::finite)
                .toArray();
    }
}
