// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.files.JsonText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing of the user's is deleted or written over, whatever is given as an output. */
class UsersFilesTest {
    @TempDir
    private Path folder;

    private SmallRun small;

    @BeforeEach
    void files() {
        small = new SmallRun(folder);
    }

    private static Object[] with(Object[] arguments, Object... others) {
        List<Object> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(Arrays.asList(others));
        return all.toArray();
    }

    private Object[] train(Path out, Object... others) {
        return SmallRun.train(small.reference, out, others);
    }

    private Object[] sample(Object... others) {
        return with(new Object[] {"sample", "--pool", small.pool, "--budget-tokens", 900}, others);
    }

    private Object[] embed(Object... others) {
        return with(new Object[] {"embed", "--pool", small.pool, "--embedder", "hashed"}, others);
    }

    private Object[] evaluate(Object... others) {
        return small.evaluate(small.pool, others);
    }

    /** Runs a command that must be refused, and must leave every file as it was. */
    private String refused(Object... arguments) throws IOException {
        Map<String, String> before = SmallRun.contents(folder);

        Outcome outcome = Outcome.of(arguments);

        assertThat(outcome.code()).as(Arrays.toString(arguments) + outcome).isEqualTo(Quad.BAD_INPUT);
        assertThat(SmallRun.contents(folder)).as(Arrays.toString(arguments)).isEqualTo(before);
        assertThat(outcome.err()).doesNotContain("    at ");
        return outcome.err();
    }

    @Test
    void folderWork_ofTheUser_isNotTouched() throws IOException {
        Path out = folder.resolve("out");
        SmallRun.write(Files.createDirectories(out.resolve("work/deep")).resolve("thesis.tex"), "years");
        SmallRun.write(out.resolve(".profile"), "mine");

        assertThat(refused(small.select(out))).contains("holds [work] but no manifest.json");
        assertThat(refused(small.selectFrom(folder.resolve("absent"), small.reference, out)))
                .contains("quad: ");
        assertThat(refused(small.select(out, "--resume"))).contains("holds [work]");
        assertThat(refused(small.select(out, "--dry-run"))).contains("holds [work]");
        assertThat(refused(train(out))).contains("holds [work]");
    }

    @Test
    void folderWork_addedToARun_isNotTouched() throws IOException {
        Path out = folder.resolve("out");
        assertThat(Outcome.of(small.select(out)).code()).isEqualTo(Quad.DONE);
        Path mine = SmallRun.write(Files.createDirectories(out.resolve("work")).resolve("mine"), "mine");

        assertThat(refused(small.select(out, "--resume"))).contains("was not made by quad");
        assertThat(mine).hasContent("mine");
    }

    /** Such as the log of the command, or a selection of the user's beside one in several files. */
    @Test
    void filesOfTheUser_inTheFolderOfARun_areNoPartOfIt() throws IOException {
        Path out = folder.resolve("out");
        Object[] run = small.select(out, "--shard-size", "2kB", "--resume");
        assertThat(Outcome.of(run).code()).isEqualTo(Quad.DONE);
        Set<String> ours = new TreeSet<>(SmallRun.contents(out).keySet());
        Files.delete(out.resolve("report.json"));
        Path log = SmallRun.write(out.resolve("run.log"), "so far");
        Path notes =
                SmallRun.write(Files.createDirectories(out.resolve("proxy")).resolve("notes.txt"), "mine");
        Path mine = SmallRun.write(out.resolve(ResultFiles.SELECTED), "mine");

        Outcome ended = Outcome.of(run);
        Files.writeString(log, "so far, and further");
        Files.delete(notes);
        Outcome again = Outcome.of(run);

        assertThat(List.of(ended.code(), again.code())).as(again.toString()).containsOnly(Quad.DONE);
        assertThat(again.err()).contains("is finished already");
        assertThat(List.of(ended.out(), again.out()))
                .allMatch(said ->
                        said.contains(out.resolve("selected-00000-of-0000").toString()))
                .noneMatch(said -> said.contains(mine.toString()));
        assertThat(mine).hasContent("mine");
        ours.remove("report.json");
        assertThat(JsonText.texts(out.resolve("report.json"), ResultFiles.CHECKSUMS))
                .containsOnlyKeys(ours);
        Files.writeString(out.resolve(ours.stream().skip(2).findFirst().orElseThrow()), "damage");
        assertThat(refused(run)).contains("was damaged or changed since the run ended");
    }

    /** A run that was stopped may have written such a file itself: then it has the same bytes. */
    @Test
    void filesOfTheUser_whereAStoppedRunWrites_stay() throws IOException {
        Path out = folder.resolve("out");
        Object[] run = small.select(out, "--resume");
        assertThat(Outcome.of(run).code()).isEqualTo(Quad.DONE);
        Path selected = out.resolve(ResultFiles.SELECTED);
        byte[] ours = Files.readAllBytes(selected);
        Files.delete(out.resolve("report.json"));

        SmallRun.write(selected, "mine");
        Outcome refused = Outcome.of(run);
        assertThat(refused.code()).as(refused.toString()).isEqualTo(Quad.BAD_INPUT);
        assertThat(refused.err()).contains(selected + " is there already", "move it away");
        assertThat(selected).hasContent("mine");

        Path report = SmallRun.write(out.resolve("report.json"), "my own");
        assertThat(Outcome.of(run).err()).contains(report + " is not the report of this run", "move it away");
        assertThat(report).hasContent("my own");
        Files.delete(report);

        Files.delete(selected);
        Files.createSymbolicLink(selected, small.pool);
        assertThat(Outcome.of(run).err()).contains(selected + " is there already");
        assertThat(selected).isSymbolicLink();

        Files.delete(selected);
        Files.write(selected, ours);
        assertThat(Outcome.of(run).code()).isEqualTo(Quad.DONE);
        assertThat(selected).hasBinaryContent(ours);
    }

    @Test
    void filesOfTheUser_whereAStoppedTrainingWrites_stay() throws IOException {
        Path out = folder.resolve("out");
        Object[] run = train(out, "--resume");
        assertThat(Outcome.of(run).code()).isEqualTo(Quad.DONE);
        Map<String, String> ours = SmallRun.contents(out);
        for (String name : List.of("config.json", "model.safetensors", "training.jsonl")) {
            for (String each : List.of("config.json", "model.safetensors", "training.jsonl")) {
                Files.deleteIfExists(out.resolve(each));
            }
            Path mine = SmallRun.write(out.resolve(name), "{\"mine\": 1}");

            Outcome refused = Outcome.of(run);

            assertThat(refused.code()).as(name + refused).isEqualTo(Quad.BAD_INPUT);
            assertThat(refused.err()).contains(name);
            assertThat(mine).hasContent("{\"mine\": 1}");
            Files.delete(mine);
            assertThat(Outcome.of(run).code()).isEqualTo(Quad.DONE);
            assertThat(SmallRun.contents(out)).isEqualTo(ours);
        }
    }

    @Test
    void linkToAFolder_asWork_isNotFollowed() throws IOException {
        Path out = Files.createDirectories(folder.resolve("out"));
        Path mine =
                SmallRun.write(Files.createDirectories(folder.resolve("mine")).resolve("file"), "mine");
        Files.createSymbolicLink(out.resolve("work"), mine.getParent());

        assertThat(refused(small.select(out))).contains("holds [work]");
        assertThat(out.resolve("work")).isSymbolicLink();
    }

    @Test
    void emptyFolder_ofTheUser_staysWhereTheInputIsWrong() throws IOException {
        Path out = Files.createDirectories(folder.resolve("out"));
        SmallRun.write(out.resolve(".keep"), "");

        refused(small.selectFrom(folder.resolve("absent"), small.reference, out));
        refused(train(out, "--held-out", folder.resolve("absent")));

        assertThat(out.resolve(".keep")).exists();
        assertThat(out.resolve("work")).doesNotExist();
    }

    @Test
    void run_thatIsRefused_leavesNoFolder() throws IOException {
        Path out = folder.resolve("a/b/out");

        refused(small.select(out, "--budget-tokens", 10_000_000));
        assertThat(refused(small.select(out, "--budget-tokens", 9)))
                .containsPattern("no document fits the budget of 9 tokens; the shortest has \\d+: raise the budget");
        refused(small.selectFrom(folder.resolve("absent"), small.reference, out));
        refused(train(out, "--held-out", folder.resolve("absent")));

        assertThat(folder.resolve("a")).doesNotExist();
    }

    @Test
    void manifest_ofAnotherProgram_isNotTaken() throws IOException {
        Path out = Files.createDirectories(folder.resolve("out"));
        SmallRun.write(out.resolve("manifest.json"), "{\"name\": \"an extension\", \"version\": 3}");

        assertThat(refused(small.select(out))).contains("a manifest.json that is not one of ours");
        assertThat(refused(train(out, "--resume"))).contains("a manifest.json that is not one of ours");
    }

    @Test
    void files_ofTheUser_areNotReplaced() throws IOException {
        Path mine = small.file("mine.jsonl", "years of work");
        Path link = Files.createSymbolicLink(folder.resolve("link.jsonl"), mine);
        Path nowhere = Files.createSymbolicLink(folder.resolve("nowhere.jsonl"), folder.resolve("not there"));
        Path rows = SmallRun.write(folder.resolve("rows.npy"), "mine");

        for (Path target : List.of(mine, link, nowhere)) {
            assertThat(refused("inspect", small.pool, "--json", target)).contains("is there already");
            assertThat(refused("inspect", small.pool, "--rejects", target)).contains("is there already");
            assertThat(refused(evaluate("--json", target))).contains("is there already");
            assertThat(refused(evaluate("--rejects", target))).contains("is there already");
            assertThat(refused(sample("--out", target))).contains("is there already");
            assertThat(refused(sample("--out", folder.resolve("new.jsonl"), "--rejects", target, "--skip-bad-lines")))
                    .contains("is there already");
            assertThat(refused(small.select(folder.resolve("new"), "--rejects", target)))
                    .contains("is there already");
            assertThat(refused(train(folder.resolve("new"), "--rejects", target)))
                    .contains("is there already");
            assertThat(refused(small.select(target))).contains("; give a folder");
        }
        assertThat(refused(embed("--out", rows))).contains("is there already");
        assertThat(refused(small.select(folder.resolve("new"), "--embedder", "bge-small", "--embedding-cache", mine)))
                .contains("is no folder");
    }

    @Test
    void inputs_byAnyName_areNotWrittenOver() throws IOException {
        Path hard = Files.createLink(folder.resolve("hard.jsonl"), small.pool);
        Path soft = Files.createSymbolicLink(folder.resolve("soft.jsonl"), small.pool);
        Path same = folder.resolve("model/../pool.jsonl");

        for (Path target : List.of(small.pool, hard, soft, same)) {
            assertThat(refused("inspect", small.pool, "--json", target)).contains("it is an input");
            assertThat(refused("inspect", small.pool, "--rejects", target)).contains("it is an input");
            assertThat(refused(sample("--out", target))).contains("it is an input");
            assertThat(refused(evaluate("--json", target))).contains("it is an input");
            assertThat(refused(small.select(folder.resolve("new"), "--rejects", target)))
                    .contains("it is an input");
        }
        assertThat(refused(train(folder.resolve("new"), "--rejects", small.reference)))
                .contains("it is an input");
    }

    @Test
    void demo_intoAFolderThatIsNotEmpty_isRefused() throws IOException {
        Path out = Files.createDirectories(folder.resolve("out"));
        SmallRun.write(out.resolve("reference.jsonl"), "mine");
        SmallRun.write(Files.createDirectories(out.resolve("cache")).resolve("mine"), "mine");

        assertThat(refused("demo", "--out", out)).contains("is not empty");
    }

    @Test
    void cluster_besideFilesOfTheUser_leavesThem() throws IOException {
        Path rows = folder.resolve("rows.npy");
        assertThat(Outcome.of(embed("--out", rows)).code()).isEqualTo(Quad.DONE);
        Path out = Files.createDirectories(folder.resolve("clusters"));
        SmallRun.write(out.resolve("assignment.npy"), "mine");

        assertThat(refused("cluster", "--embeddings", rows, "--out", out, "--clusters", 3))
                .contains("assignment.npy is there already");

        Path two = Files.createDirectories(folder.resolve("two"));
        Path mine =
                SmallRun.write(Files.createDirectories(two.resolve("levels")).resolve("mine"), "mine");
        assertThat(refused("cluster", "--embeddings", rows, "--out", two, "--clusters", 4, "--levels", 2))
                .contains("was not made by quad");
        assertThat(mine).hasContent("mine");
    }

    @Test
    void results_ofOurs_areReplacedByTheSameKind() throws IOException {
        Path json = folder.resolve("result.json");
        assertThat(Outcome.of("inspect", small.pool, "--json", json).code()).isEqualTo(Quad.DONE);
        String first = Files.readString(json);

        assertThat(Outcome.of("inspect", small.reference, "--json", json).code())
                .isEqualTo(Quad.DONE);

        assertThat(Files.readString(json)).isNotEqualTo(first).contains("quad.inspection.1");
        assertThat(refused(evaluate("--json", json))).contains("is there already");
    }

    @Test
    void rejects_ofTheSameRun_areWrittenAgainOnResume() throws IOException {
        Path pool = SmallRun.write(
                folder.resolve("bad.jsonl"),
                (Files.readString(small.pool) + "not json\n").getBytes(StandardCharsets.UTF_8));
        Path rejects = folder.resolve("left.jsonl");
        Path out = folder.resolve("out");
        Object[] run = small.selectFrom(pool, small.reference, out, "--skip-bad-lines", "--rejects", rejects);
        assertThat(Outcome.of(run).code()).isEqualTo(Quad.DONE);
        String before = Files.readString(rejects);

        Outcome again = Outcome.of(with(run, "--resume"));

        assertThat(again.code()).as(again.toString()).isEqualTo(Quad.DONE);
        assertThat(Files.readString(rejects)).isEqualTo(before).contains("not json");
        assertThat(refused(run)).contains("is there already");
    }

    @Test
    void streams_takeWhatIsWritten_andStay() throws Exception {
        Path log = folder.resolve("process.log");

        assertThat(OwnProcess.run(folder, List.of(), sample("--out", "-"))).isEqualTo(Quad.DONE);
        assertThat(Files.readString(log)).contains("\"id\":\"demo-", "\"quad\":{\"round\":0}}\n");
        assertThat(OwnProcess.run(folder, List.of(), "inspect", small.pool, "--json", "/dev/stdout"))
                .isEqualTo(Quad.DONE);
        assertThat(Files.readString(log)).contains("\"quad.inspection.1\"").doesNotContain("200 documents in");
        assertThat(Outcome.of("inspect", small.pool, "--json", "/dev/null", "--rejects", "/dev/null")
                        .code())
                .isEqualTo(Quad.DONE);
        assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
    }

    /** Only names that nobody but Quad gives are those of its own unfinished files. */
    @Test
    void hiddenFilesThatAreNotOurs_stay() throws IOException {
        Path out = Files.createDirectory(folder.resolve("users"));
        List<Path> mine = Stream.of(".x.jsonl.tmp", ".x.jsonl.5.tmp", ".config.json.tmp", ".manifest.json.1.tmp")
                .map(name -> SmallRun.write(out.resolve(name), "mine"))
                .toList();

        assertThat(Outcome.of(sample("--out", out.resolve("x.jsonl"))).code()).isEqualTo(Quad.DONE);
        Files.delete(out.resolve("x.jsonl"));
        assertThat(Outcome.of(train(out)).code()).isEqualTo(Quad.DONE);

        assertThat(mine).allSatisfy(file -> assertThat(file).hasContent("mine"));
    }
}
