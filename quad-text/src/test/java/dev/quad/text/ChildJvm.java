// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs a class of the tests in a JVM of its own. */
final class ChildJvm {
    private final List<String> before = new ArrayList<>();
    private final List<String> options = new ArrayList<>();

    /** A command that starts the JVM. */
    ChildJvm under(String... command) {
        before.addAll(Arrays.asList(command));
        return this;
    }

    ChildJvm options(String... values) {
        options.addAll(Arrays.asList(values));
        return this;
    }

    /** What it wrote, on both streams. Fails unless it ended well. */
    String run(Class<?> main, Object... arguments) throws IOException, InterruptedException {
        Process process = start(main, arguments);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said.strip();
    }

    /** A process with both streams in one. */
    Process start(Class<?> main, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:+UseSerialGC");
        command.addAll(options);
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(main.getName());
        Arrays.stream(arguments).map(String::valueOf).forEach(command::add);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
