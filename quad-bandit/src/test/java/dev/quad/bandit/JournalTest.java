// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Budget;
import dev.quad.Clustering;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.QuadException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.SelectionListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    @TempDir
    Path folder;

    private static World world(int n, SelectionOptions options) {
        RandomGenerator random = new Seed(5).stream("world");
        double[] utilities = new double[n];
        int[] clusters = new int[n];
        for (int i = 0; i < n; i++) {
            clusters[i] = random.nextInt(6);
            utilities[i] = random.nextInt(15) == 0 ? Double.NaN : clusters[i] / 1000.0 + random.nextGaussian();
        }
        long[] tokens = IntStream.range(0, n).mapToLong(i -> 1 + i % 17).toArray();
        return new World(utilities, tokens, Clustering.of(clusters, 6), Budget.tokens(400), options, new Seed(3));
    }

    private static World world() {
        return world(150, blocksOfSeven().samplePerBlock(3).build());
    }

    /** Whole blocks, so that there are documents that were chosen without a score. */
    private static SelectionOptions.Builder blocksOfSeven() {
        return SelectionOptions.builder()
                .armSelector(Ucb1.standardised(0.5))
                .acceptance(Acceptance.blockMean())
                .threshold(Threshold.quantile(0.5))
                .pilot(20)
                .blockSize(BlockSize.documents(7));
    }

    /** As of ratings, or of an estimator that knows no difference: what is best is chosen, also after a stop. */
    @Test
    void scoresWithManyTies_fillTheBudget_andGoOn() throws IOException {
        double[] ratings =
                IntStream.range(0, 1000).mapToDouble(i -> i % 10 < 3 ? 1 : 0).toArray();
        for (double[] scores : new double[][] {ratings, new double[1000]}) {
            for (int budget : new int[] {10, 50, 90}) {
                World tied = new World(
                        scores,
                        LongStream.generate(() -> 1).limit(1000).toArray(),
                        Clustering.of(IntStream.range(0, 1000).map(i -> i / 200).toArray(), 5),
                        Budget.documents(budget),
                        SelectionOptions.defaults(),
                        new Seed(budget));
                Path journal = folder.resolve(budget + "-" + scores[0]);
                Selection whole = tied.select(tied.estimator(), journal);
                assertThat(whole.choices()).hasSize(budget);
                assertThat(whole.choices()).allMatch(choice -> choice.score().orElseThrow() == scores[0]);
                Files.write(journal, Files.readAllLines(journal).subList(0, 2));
                assertThat(tied.select(tied.estimator(), journal)).isEqualTo(whole);
            }
        }
    }

    /** With checksums made anew, as one would who wanted to deceive. */
    private static String resealed(String text) {
        Checksum sum = new Checksum();
        StringBuilder sealed = new StringBuilder();
        for (String line : text.lines().toList()) {
            byte[] whole = (line + "\n").getBytes(UTF_8);
            sealed.append(new String(sum.append(Checksum.without(whole)), UTF_8));
        }
        return sealed.toString();
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    @Test
    void journal_keepsHeadPilotAndRounds() throws IOException {
        Selection selection = world().select(world().estimator(), file("a"));
        List<String> lines = Files.readAllLines(file("a"), UTF_8);
        assertThat(lines).hasSize(2 + selection.costs().rounds());
        assertThat(lines.get(0))
                .startsWith(
                        "{\"format\":\"quad-rounds\",\"version\":2,\"manifest\":{\"selector\":\"quad\",\"seed\":\"3\","
                                + "\"budget\":\"400 tokens\",\"pool\":\"pool\",\"documents\":\"150\",\"eligible\":\"all\",")
                .contains("\"armSelector\":\"Ucb1[alpha=0.5, unit=ROBUST, finite]\"", "\"estimator\":\"simulated\"");
        assertThat(lines.get(1))
                .startsWith("{\"round\":0,\"pulls\":[{\"arm\":-1,\"drawn\":[")
                .contains("\"tokens\":200");
        assertThat(lines.get(2)).startsWith("{\"round\":1,\"pulls\":[{\"arm\":");
        assertThat(String.join("\n", lines)).contains("null", "\"flagged\":[\"no text in ");
        assertThat(selection).isEqualTo(world().select());
    }

    /** T12: a run killed after any byte of its journal, and then resumed, equals one that was never interrupted. */
    @Test
    void resume_afterAnyByte_equalsUninterrupted() throws IOException {
        Selection expected = world().select(world().estimator(), file("whole"));
        byte[] whole = Files.readAllBytes(file("whole"));
        RandomGenerator random = new Seed(1).stream("cuts");
        List<Integer> cuts = new ArrayList<>(List.of(0, 1, whole.length - 1, whole.length));
        for (int i = 0; i < whole.length; i++) {
            if (whole[i] == '\n') {
                cuts.addAll(List.of(i, i + 1));
            }
        }
        for (int i = 0; i < 60; i++) {
            cuts.add(random.nextInt(whole.length));
        }
        for (int cut : cuts) {
            Path part = file("cut");
            Files.write(part, Arrays.copyOf(whole, cut));
            SimulatedEstimator estimator = world().estimator();
            assertThat(world().select(estimator, part)).as("cut at %s", cut).isEqualTo(expected);
            assertThat(Files.readAllBytes(part)).as("cut at %s", cut).isEqualTo(whole);
            long known = new String(whole, 0, cut, UTF_8).lines().count();
            if (cut == whole.length) {
                assertThat(estimator.asked).isEmpty();
            } else if (known > 3) {
                assertThat(estimator.asked)
                        .hasSizeLessThan((int) expected.costs().documentsScored());
            }
        }
    }

    @Test
    void resume_brokenLastLine_isCutOff() throws IOException {
        Selection expected = world().select(world().estimator(), file("whole"));
        byte[] whole = Files.readAllBytes(file("whole"));
        for (String tail : List.of("{\"round\":", "{\"round\":99}\n", "\0\0\0\n", "[]\n", "{}{}\n")) {
            Path part = file("cut");
            String text = new String(whole, UTF_8);
            String kept = text.substring(0, text.lastIndexOf("\n{") + 1);
            Files.writeString(part, kept + tail);
            assertThat(world().select(world().estimator(), part)).as(tail).isEqualTo(expected);
            assertThat(Files.readAllBytes(part)).as(tail).isEqualTo(whole);
        }
    }

    @Test
    void resume_startEvent_saysHowManyRounds() {
        World world = world();
        world.select(world.estimator(), file("a"));
        List<Integer> resumed = new ArrayList<>();
        List<Object> other = new ArrayList<>();
        world.wiring = builder -> builder.listener(new SelectionListener() {
            @Override
            public void onRunStarted(RunStarted event) {
                resumed.add(event.resumedRounds());
            }

            @Override
            public void onRoundFinished(RoundFinished event) {
                other.add(event);
            }
        });
        Selection selection = world.select(world.estimator(), file("a"));
        assertThat(resumed).containsExactly(selection.costs().rounds());
        assertThat(other).isEmpty();
    }

    @Test
    void resume_brokenLineInTheMiddle_namesFileAndLine() throws IOException {
        world().select(world().estimator(), file("a"));
        List<String> lines = new ArrayList<>(Files.readAllLines(file("a"), UTF_8));
        lines.set(2, lines.get(2).substring(0, 40));
        Files.write(file("a"), lines, UTF_8);
        byte[] before = Files.readAllBytes(file("a"));
        assertThatThrownBy(() -> world().select(world().estimator(), file("a")))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file("a") + ", line 3 is broken: ")
                .hasMessageContaining("Bring the file back from a copy, or cut it before this line");
        assertThat(Files.readAllBytes(file("a"))).isEqualTo(before);
    }

    /** What stands in the third line, by how it was damaged. */
    private static final Map<String, UnaryOperator<String>> DAMAGES = Map.of(
            "it is not one whole object of JSON", line -> line.substring(0, 40),
            "it has a number that is too large", line -> line.replaceFirst("\"round\":1", "\"round\":99999999999"),
            "a text stands where a whole number belongs", line -> line.replaceFirst("\"round\":1", "\"round\":\"1\""),
            "\"turn\" stands where \"round\" belongs", line -> line.replaceFirst("round", "turn"),
            "so that this line was changed, or one before it is missing",
                    line -> line.replaceFirst("arm\":", "arm\":1"));

    @Test
    void damagedLine_isSaidInWordsThatAreNotTheParsers() throws IOException {
        world().select(world().estimator(), file("a"));
        List<String> lines = List.copyOf(Files.readAllLines(file("a"), UTF_8));
        for (Map.Entry<String, UnaryOperator<String>> damage : DAMAGES.entrySet()) {
            List<String> damaged = new ArrayList<>(lines);
            damaged.set(2, damage.getValue().apply(lines.get(2)));
            Files.write(file("a"), damaged, UTF_8);
            assertThatThrownBy(() -> world().select(world().estimator(), file("a")))
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith(file("a") + ", line 3 is broken: ")
                    .hasMessageContaining(damage.getKey() + ". Bring the file back from a copy");
            assertThatThrownBy(() -> RewardSource.recorded(file("a")))
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith(file("a") + ", line 3 is not of a round journal: ")
                    .hasMessageEndingWith(damage.getKey() + ". Give the rounds.jsonl of a run, as the run wrote it");
        }
    }

    @Test
    void recorded_ofAKilledRun_hasTheWholeLines() throws IOException {
        world().select(world().estimator(), file("a"));
        String text = Files.readString(file("a"));
        int last = text.lastIndexOf('\n', text.length() - 2) + 1;
        Files.writeString(file("whole"), text.substring(0, last));
        Files.writeString(file("torn"), text.substring(0, (last + text.length()) / 2));
        RewardSource whole = RewardSource.recorded(file("whole"));
        RewardSource torn = RewardSource.recorded(file("torn"));
        assertThat(torn.arms()).isEqualTo(whole.arms()).isPositive();
        for (int arm = 0; arm < whole.arms(); arm++) {
            assertThat(torn.size(arm)).isEqualTo(whole.size(arm));
            assertThat(torn.mean(arm)).isEqualTo(whole.mean(arm));
        }
    }

    @Test
    void recorded_otherFile_isRefusedByName() throws IOException {
        for (String content : List.of("", "my notes", "{\"format\":\"quad-rounds\",\"version\":3,\"more\":[]}\n")) {
            Files.writeString(file("notes"), content);
            assertThatThrownBy(() -> RewardSource.recorded(file("notes")))
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith(file("notes") + ", line 1 is not of a round journal: ");
        }
        assertThatThrownBy(() -> RewardSource.recorded(file("none")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("cannot read " + file("none") + ": it is not there; check the name");
    }

    @Test
    void resume_otherRun_namesEachDifference() {
        world().select(world().estimator(), file("a"));
        World other = new World(
                world().utilities,
                world().tokens,
                world().clustering,
                Budget.documents(9),
                blocksOfSeven().samplePerBlock(4).build(),
                new Seed(4));
        assertThatThrownBy(() -> other.select(other.estimator(), file("a")))
                .isInstanceOf(MismatchException.class)
                .hasMessage("the journal " + file("a") + " belongs to another run"
                        + "; budget is 400 tokens there and 9 documents here"
                        + "; samplePerBlock is 3 there and 4 here; seed is 3 there and 4 here."
                        + " Resume with what it was made with, or choose another path");
    }

    @Test
    void resume_changedRound_namesWhatDiffers() throws IOException {
        world().select(world().estimator(), file("a"));
        String text = Files.readString(file("a"));
        int line = text.indexOf("{\"round\":2");
        String head = text.substring(0, line);
        String rest = text.substring(line);
        Files.writeString(file("b"), resealed(head + rest.replaceFirst("\"arm\":[0-9]+", "\"arm\":77")));
        assertThatThrownBy(() -> world().select(world().estimator(), file("b")))
                .isInstanceOf(MismatchException.class)
                .hasMessageStartingWith(file("b") + ", line 4: arms: [77, ")
                .hasMessageContaining("though both runs have the same manifest");
        Files.writeString(file("b"), resealed(head + rest.replaceFirst("\"drawn\":\\[[0-9]+", "\"drawn\":[149")));
        assertThatThrownBy(() -> world().select(world().estimator(), file("b")))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining(", line 4: documents drawn of arm ");
        Files.writeString(
                file("b"), resealed(head + rest.replaceFirst("\"accepted\":\\[[0-9,]*\\]", "\"accepted\":[149]")));
        assertThatThrownBy(() -> world().select(world().estimator(), file("b")))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining(", line 4: documents accepted of arm ")
                .hasMessageContaining(": [149] there and [");
        Files.writeString(file("b"), resealed(head + rest.replaceFirst("\"round\":2", "\"round\":3")));
        assertThatThrownBy(() -> world().select(world().estimator(), file("b")))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining(", line 4: round: 3 there and 2 here");
        Files.writeString(file("b"), resealed(text + "{\"round\":999,\"pulls\":[],\"tokens\":0}\n"));
        assertThatThrownBy(() -> world().select(world().estimator(), file("b")))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining(
                        "the journal goes on although every document was drawn and too few were good enough after round ");
    }

    @Test
    void resume_negativeTokens_areNamed() throws IOException {
        world().select(world().estimator(), file("a"));
        String text = Files.readString(file("a"));
        int line = text.indexOf("{\"round\":2");
        String rest = text.substring(line).replaceFirst("\"tokens\":[0-9]+", "\"tokens\":-5");
        Files.writeString(file("b"), resealed(text.substring(0, line) + rest));
        assertThatThrownBy(() -> world().select(world().estimator(), file("b")))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file("b") + ", line 4 is broken: ")
                .hasMessageContaining("\"tokens\" is -5, where 0 or more belongs");
    }

    @Test
    void open_otherFile_isRefusedAndLeftAlone() throws IOException {
        for (String content : List.of("my notes", "my notes\n", "{\"a\":1}\n{\"b\":2}\n")) {
            Files.writeString(file("notes"), content);
            assertThatThrownBy(() -> world().select(world().estimator(), file("notes")))
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith(file("notes") + ", line 1 is not the head of a round journal (")
                    .hasMessageEndingWith("). The file is left as it is: choose another path");
            assertThat(Files.readString(file("notes"))).isEqualTo(content);
        }
    }

    @Test
    void open_laterVersion_saysSo() throws IOException {
        Files.writeString(file("later"), "{\"format\":\"quad-rounds\",\"version\":3,\"more\":[]}\n");
        assertThatThrownBy(() -> world().select(world().estimator(), file("later")))
                .isInstanceOf(InputException.class)
                .hasMessage(file("later")
                        + ", line 1: the file is quad-rounds version 3; this library reads quad-rounds version 2");
    }

    @Test
    void open_missingFolder_namesThePath() {
        Path path = folder.resolve("none").resolve("a");
        assertThatThrownBy(() -> world().select(world().estimator(), path))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith("the journal " + path + " cannot be opened: ");
    }

    @Test
    void open_inUse_saysSo() {
        World world = world();
        QuadSelector<Integer> selector =
                world.selector(world.estimator()).journal(file("a")).build();
        try (QuadSession session = selector.session(world.pool, world.budget, world.seed)) {
            assertThat(session.step()).isTrue();
            assertThatThrownBy(() -> selector.session(world.pool, world.budget, world.seed))
                    .isInstanceOf(QuadException.class)
                    .hasMessage("the journal " + file("a")
                            + " is in use by another run; wait for it or choose another path");
        }
        assertThat(selector.select(world.pool, world.budget, world.seed)).isEqualTo(world().select());
    }

    @Test
    void scores_ofEverySize_comeBackExactly() throws IOException {
        double[] values = {0.1, -0.0, 1e100, -1e-300, Double.MIN_VALUE, 2e-3, 123456789.12345679, 1.0 / 3};
        int[] drawn = IntStream.range(0, values.length + 1).toArray();
        dev.quad.InfluenceScores.Builder scores = dev.quad.InfluenceScores.builder();
        Arrays.stream(values).forEach(scores::add);
        scores.flag("a \"quoted\"\nreason – ü");
        RoundRecord record = new RoundRecord(
                4, List.of(new RoundRecord.Pull(2, drawn, scores.build(), new int[] {1})), Long.MAX_VALUE);
        byte[] line = JournalFormat.write(record);
        RoundRecord back = JournalFormat.readRound(line);
        assertThat(JournalFormat.write(back)).isEqualTo(line);
        assertThat(new String(line, UTF_8)).endsWith("\n").hasLineCount(1);
        for (int i = 0; i < values.length; i++) {
            assertThat(back.pulls().get(0).scores().value(i)).isEqualTo(values[i]);
        }
        assertThat(back.pulls().get(0).scores().reason(values.length)).hasValue("a \"quoted\"\nreason – ü");
    }

    /** A score that was changed shows by the checksum, though every choice is as before. */
    @Test
    void resume_anyChangedByte_isNoticedOrRepaired() throws IOException {
        Selection expected = world().select(world().estimator(), file("whole"));
        byte[] whole = Files.readAllBytes(file("whole"));
        int lastLine = new String(whole, UTF_8).trim().lastIndexOf('\n') + 1;
        RandomGenerator random = new Seed(3).stream("changes");
        for (int i = 0; i < 150; i++) {
            byte[] changed = whole.clone();
            int at = random.nextInt(whole.length);
            changed[at] ^= (byte) (1 << random.nextInt(7));
            Path part = file("changed");
            Files.write(part, changed);
            if (at >= lastLine - 1) {
                assertThat(world().select(world().estimator(), part)).isEqualTo(expected);
                assertThat(Files.readAllBytes(part)).isEqualTo(whole);
            } else {
                assertThatThrownBy(() -> world().select(world().estimator(), part))
                        .as("byte %s of %s", at, whole.length)
                        .isInstanceOf(QuadException.class);
                assertThat(Files.readAllBytes(part)).as("byte %s", at).isEqualTo(changed);
            }
        }
    }
}
