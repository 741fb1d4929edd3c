// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the command loads its libraries from, for a user without a home. */
class NativeLibrariesTest {
    static final String TOKENIZER =
            "{\"version\": \"1.0\", \"truncation\": null, \"padding\": null, \"added_tokens\": [{\"id\": 0, \"content\": \"<s>\","
                    + " \"single_word\": false, \"lstrip\": false, \"rstrip\": false, \"normalized\": false, \"special\":"
                    + " true}], \"normalizer\": null, \"pre_tokenizer\": {\"type\": \"Whitespace\"}, \"post_processor\": null,"
                    + " \"decoder\": null, \"model\": {\"type\": \"WordLevel\", \"unk_token\": \"<s>\", \"vocab\": {\"<s>\": 0,"
                    + " \"the\": 1}}}";

    @TempDir
    private Path folder;

    private Path shared;

    @BeforeEach
    void aFolderThatAnybodyCanWriteTo() throws IOException {
        assumeThat(System.getenv("XDG_CACHE_HOME")).isNull();
        assumeThat(System.getenv("QUAD_NATIVE_DIR")).isNull();
        shared = Files.createDirectories(folder.resolve("shared"));
        Files.setAttribute(shared, "unix:mode", 01777);
    }

    /** With both kinds of native libraries in use. */
    private int train(String log) throws Exception {
        SmallRun files = new SmallRun(Files.createDirectories(folder.resolve(log)));
        Path tokenizer = Files.createDirectories(folder.resolve(log).resolve("tokenizer"));
        Files.writeString(tokenizer.resolve("tokenizer.json"), TOKENIZER);
        Files.writeString(tokenizer.resolve("tokenizer_config.json"), "{\"bos_token\": \"<s>\"}");
        List<String> options = List.of(
                "-Duser.home=" + folder.resolve("nobody"), "-Djava.io.tmpdir=" + shared, "-XX:TieredStopAtLevel=1");
        String sizes = "--tokens 150 --batch-tokens 50 --width 8 --layers 1 --heads 1 --mlp-width 8 --length 16";
        Object[] arguments = ("train " + sizes).split(" ");
        Object[] all = java.util.stream.Stream.concat(
                        java.util.Arrays.stream(arguments),
                        java.util.stream.Stream.of(
                                "--data", files.pool, "--tokenizer", tokenizer, "--out", folder.resolve(log + "-out")))
                .toArray();
        return OwnProcess.run(folder, options, all);
    }

    private void plant(String name) throws IOException {
        Path file = shared.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, "a library of somebody else");
    }

    @Test
    void librariesThatOthersPlanted_areNotLoaded_andOwnOnesAreRemoved() throws Exception {
        plant(".djl.ai/tokenizers/0.21.0-0.38.0-cpu-linux-x86_64/libtokenizers.so");
        plant(".javacpp-" + System.getProperty("user.name")
                + "/cache/javacpp-1.5.13-linux-x86_64.jar/org/bytedeco/javacpp/linux-x86_64/libjnijavacpp.so");
        plant("libtokenizers.so");
        Map<String, String> before = SmallRun.contents(shared);

        int code = train("planted");

        assertThat(code).as(Files.readString(folder.resolve("process.log"))).isZero();
        assertThat(SmallRun.contents(shared)).isEqualTo(before);
    }

    @Test
    void noPlaceThatIsOnesOwn_isSaidInOneLine() throws Exception {
        Files.setAttribute(shared, "unix:mode", 0777); // anybody may move what is in it

        int code = train("open");

        assertThat(code).isEqualTo(Quad.BAD_INPUT);
        assertThat(Files.readAllLines(folder.resolve("process.log")))
                .filteredOn(line -> line.startsWith("quad: "))
                .singleElement()
                .asString()
                .contains("native libraries can be unpacked nowhere")
                .contains("the home " + folder.resolve("nobody") + " is not there")
                .contains(shared + ", which can be written to by other users (chmod go-w)")
                .contains("QUAD_NATIVE_DIR");
        assertThat(folder.resolve("process.log")).content().doesNotContain("\tat ");
    }
}
