// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code quad} with a Java that only tells how it was started. */
class LauncherTest {
    @TempDir
    private Path folder;

    private Path script;

    @BeforeEach
    void checkout() throws IOException {
        Path original = Path.of("..", "quad");
        assumeTrue(Files.isExecutable(original), "the tests run elsewhere than in the checkout");
        script = Files.copy(original, folder.resolve("quad"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createDirectories(folder.resolve("quad-cli/target/lib"));
        SmallRun.write(folder.resolve("quad-cli/target/quad-cli.jar"), "built");
        java("printf '%s\\n' \"$@\"; echo \"LC_ALL=${LC_ALL:-}\"");
    }

    private void java(String lines) throws IOException {
        Path java = folder.resolve("jdk/bin/java");
        Files.createDirectories(folder.resolve("jdk/bin"));
        SmallRun.write(java, "#!/bin/sh", lines);
        assertThat(java.toFile().setExecutable(true)).isTrue();
    }

    private record Said(int code, List<String> lines) {}

    /** Runs a line of shell, in which {@code $quad} is the script, with a bare environment. */
    private Said shell(String line, Map<String, String> variables) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", line).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        String path = environment.getOrDefault("PATH", "/usr/bin:/bin");
        environment.clear();
        environment.putAll(Map.of("PATH", path, "quad", script.toString(), "JAVA_HOME", folder + "/jdk"));
        environment.putAll(variables);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Said(process.waitFor(), said.lines().toList());
    }

    @Test
    void locale_thatKnowsAsciiOnly_isReplacedByOneOfUtf8() throws Exception {
        assumeTrue(shell("LC_ALL=C.UTF-8 locale charmap", Map.of()).lines().equals(List.of("UTF-8")), "no C.UTF-8");

        for (Map<String, String> environment : List.of(
                Map.<String, String>of(),
                Map.of("LC_ALL", "C"),
                Map.of("LANG", "POSIX"),
                Map.of("LC_CTYPE", "C"),
                Map.of("LANG", "xx_XX.UTF-8"), // which is not installed
                Map.of("LC_ALL", "C", "LANG", "C.UTF-8"))) {
            assertThat(shell("$quad x", environment).lines())
                    .as(environment.toString())
                    .endsWith("x", "LC_ALL=C.UTF-8");
        }
        assertThat(shell("$quad x", Map.of("LANG", "C.UTF-8")).lines()).endsWith("x", "LC_ALL=");
    }

    @Test
    void options_ofOnesOwn_chooseTheCollector() throws Exception {
        String parallel = "-XX:+UseParallelGC";

        assertThat(shell("$quad", Map.of()).lines()).contains(parallel);
        assertThat(shell("$quad", Map.of("QUAD_JAVA_OPTS", "-Xmx1g -XX:+UseGCOverheadLimit"))
                        .lines())
                .contains(parallel, "-Xmx1g");
        for (String variable : List.of("QUAD_JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")) {
            assertThat(shell("$quad", Map.of(variable, "-Xmx1g -XX:+UseSerialGC"))
                            .lines())
                    .as(variable)
                    .doesNotContain(parallel);
        }
    }

    @Test
    void classes_ofOnesOwn_areBehindOurs() throws Exception {
        String ours =
                folder.toRealPath() + "/quad-cli/target/quad-cli.jar:" + folder.toRealPath() + "/quad-cli/target/lib/*";

        assertThat(shell("$quad", Map.of()).lines()).contains(ours);
        assertThat(shell("$quad", Map.of("QUAD_CLASS_PATH", "my classes:b.jar")).lines())
                .contains(ours + ":my classes:b.jar");
    }

    @Test
    void temporaryFolder_isThatOfTheEnvironment() throws Exception {
        assertThat(shell("$quad", Map.of("TMPDIR", "/some where")).lines()).contains("-Djava.io.tmpdir=/some where");
        assertThat(shell("$quad", Map.of()).lines()).noneMatch(line -> line.contains("tmpdir"));
    }

    @Test
    void streams_thatAreClosed_stayUnusable() throws Exception {
        java("ls -l /proc/self/fd/ | sed -n 's/.* \\([012]\\) -> /\\1 /p' >" + folder.resolve("open")
                + "; echo text || exit 7");

        assertThat(shell("$quad >&- 2>/dev/null", Map.of()).code()).isEqualTo(7);
        assertThat(shell("$quad 2>&-", Map.of())).isEqualTo(new Said(0, List.of("text")));
        assertThat(open()).contains("2 /dev/null");
        assertThat(shell("$quad <&-", Map.of())).isEqualTo(new Said(0, List.of("text")));
        assertThat(open()).contains("0 /dev/null");
    }

    /** Standard streams of the process, without what it opens to tell them. */
    private List<String> open() throws IOException {
        return Files.readAllLines(folder.resolve("open")).stream()
                .filter(line -> !line.contains("/proc/"))
                .toList();
    }

    @Test
    void checkout_notBuilt_andNotWritable_isASentence() throws Exception {
        Files.delete(folder.resolve("quad-cli/target/quad-cli.jar"));
        assumeTrue(folder.resolve("quad-cli").toFile().setWritable(false));
        assumeTrue(!Files.isWritable(folder.resolve("quad-cli")), "a superuser writes everywhere");

        Said said = shell("$quad", Map.of());

        assertThat(said.code()).isEqualTo(2);
        assertThat(said.lines()).hasSize(1).first().asString().contains("must be built first", "not yours to write");
    }
}
