// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputFilesTest {
    @TempDir
    private Path folder;

    private Path file(String name) throws IOException {
        Path file = folder.resolve(name);
        Path parent = Files.createDirectories(Objects.requireNonNull(file.getParent()));
        return TestFiles.write(parent, file.getFileName().toString(), TestFiles.doc(name, "a text"));
    }

    private Path link(String name, Path target) throws IOException {
        Path link = folder.resolve(name);
        Files.createDirectories(link.getParent());
        return Files.createSymbolicLink(link, target);
    }

    private List<Path> expand(String... named) {
        return List.of(named).stream()
                .map(name -> folder.resolve(name))
                .flatMap(path -> InputFiles.expand(List.of(path)).stream())
                .toList();
    }

    private List<String> leftOut(String named) {
        return InputFiles.find(List.of(folder.resolve(named))).leftOut().stream()
                .map(Inputs.LeftOut::toString)
                .toList();
    }

    @Test
    void textsBesideRecords_inAFolderOrPattern_areLeftOutAndSaid() throws IOException {
        Path readme = file("README.md");
        Path license = file("LICENSE.txt");
        Path data = file("data/train.jsonl");

        assertThat(expand("")).containsExactly(data);
        assertThat(expand("**")).containsExactly(data);
        assertThat(leftOut(""))
                .containsExactly("left out: " + license + ", " + readme
                        + ": texts beside files of records are taken for notes on them; name them one by one to have"
                        + " them read");
        assertThat(expand("*.{jsonl,md}", "README.md")).containsExactly(readme, readme);
        assertThat(expand("**.{jsonl,md}")).containsExactly(readme, data);
        Files.delete(data);
        assertThat(expand("")).containsExactly(license, readme);
        assertThat(leftOut("")).isEmpty();
    }

    @Test
    void pool_ofARepository_tellsWhatItTook(@TempDir Path cache) throws IOException {
        file("README.md");
        file("a.jsonl");
        TestFiles.write(folder, "b.jsonl.gz", TestFiles.gzip(TestFiles.doc("b", "b")));
        file("c.csv");
        List<Inputs> heard = new ArrayList<>();
        ReadListener listener = new ReadListener() {
            @Override
            public void onInputs(Inputs inputs) {
                heard.add(inputs);
            }
        };

        try (JsonlPool pool =
                JsonlPool.builder().cacheFolder(cache).listener(listener).open(List.of(folder))) {
            assertThat(heard).containsExactly(pool.inputs());
            assertThat(pool.size()).isEqualTo(2);
            assertThat(pool.inputs().lines())
                    .satisfiesExactly(
                            line -> assertThat(line).isEqualTo("1 file of JSONL, 1 file of gzip JSONL"),
                            line -> assertThat(line).contains("README.md: texts beside"),
                            line -> assertThat(line).contains("c.csv: endings that are not read"));
        }
        Jsonl.read(List.of(folder), JsonlOptions.defaults(), listener);
        assertThat(heard.get(1)).isEqualTo(heard.get(0));
    }

    @Test
    void linkToNothing_isAnErrorThatNamesLinkAndTarget() throws IOException {
        file("part-0.jsonl");
        Path link = link("part-1.jsonl", Path.of("/nonexistent/blob"));

        for (String named : List.of("", "*.jsonl", "**", "part-1.jsonl")) {
            assertThatThrownBy(() ->
                            Jsonl.read(List.of(folder.resolve(named)), JsonlOptions.defaults(), ReadListener.NONE))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("the link " + link + " leads to /nonexistent/blob, which does not exist");
        }
        assertThat(expand("part-0.*")).hasSize(1);
        Files.delete(link);
        link("part-2.jsonl", Path.of("part-2.jsonl"));
        assertThatThrownBy(() -> expand(""))
                .hasMessageContaining("part-2.jsonl leads to part-2.jsonl, which leads on to nothing or back to it");
    }

    @Test
    void linkToNothing_thatMayBeAFolder_isAnError_andNotesAreNot() throws IOException {
        Path data = file("a/x.jsonl");
        link("README.md", Path.of("gone"));
        link("lib.so", Path.of("gone"));
        assertThat(expand("", "*/*.jsonl")).containsExactly(data, data);
        assertThat(leftOut(""))
                .containsExactly("left out: " + folder.resolve("README.md") + ", " + folder.resolve("lib.so")
                        + ": links to nothing");

        link("shard7", Path.of("/mnt/gone"));
        for (String named : List.of("", "**.jsonl", "*/*.jsonl")) {
            assertThatThrownBy(() -> expand(named)).hasMessageContaining("shard7 leads to /mnt/gone");
        }
    }

    @Test
    void loopsOfLinks_areWalkedOnce() throws IOException {
        Path file = file("a.jsonl");
        Path again = link("in/again", folder);
        Path same = link("z.jsonl", file);

        assertThat(expand("")).containsExactly(file);
        assertThat(leftOut(""))
                .containsExactly("left out: " + same + ", " + again + ": links to what is read under another name");
        assertThat(InputFiles.expand(List.of(file, same, folder.resolve("in/../a.jsonl"))))
                .containsExactly(file);
    }

    @Test
    void namesThatBeginWithUnderlineOrDot_areHidden_unlessNamed() throws IOException {
        Path shown = file("part-0.jsonl");
        Path partition = file("_year=2024/part-1.jsonl");
        Path attempt = file("_temporary/0/part-2.jsonl");
        Path dot = file(".cache/part-3.jsonl");
        Path file = file("_old.jsonl");
        file("_SUCCESS");

        assertThat(expand("")).containsExactly(partition, shown);
        assertThat(leftOut(""))
                .containsExactly("left out: " + folder.resolve(".cache") + ", " + file + ", "
                        + folder.resolve("_temporary")
                        + ": names that begin with . or _ are hidden; name them one by one to have them read");
        assertThat(expand("_temporary", "_old.jsonl", ".cache/*.jsonl")).containsExactly(attempt, file, dot);
        assertThat(expand("*.jsonl")).containsExactly(shown);
        assertThat(expand("_*.jsonl")).containsExactly(file);
        assertThat(expand("_temporary/**")).containsExactly(attempt);
    }

    @Test
    void folderOfHiddenNamesOnly_saysSo() throws IOException {
        file("_temporary/part-0.jsonl");

        assertThatThrownBy(() -> expand(""))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("the folder " + folder
                        + " has only names that begin with . or _, which are hidden: _temporary; known are");
    }

    @Test
    void standardInput_twice_isRefused() {
        assertThatThrownBy(() -> InputFiles.expand(List.of(Path.of("-"), Path.of("-"))))
                .hasMessage("- (the standard input) is named twice; it can be read once only");
    }
}
