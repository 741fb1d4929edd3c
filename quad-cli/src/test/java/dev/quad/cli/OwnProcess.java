// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The command in a process of its own. */
final class OwnProcess {
    private final Path log;
    private final Process process;

    private OwnProcess(Path folder, List<String> options, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Quad.class.getName()));
        Arrays.stream(arguments).map(String::valueOf).forEach(command::add);
        log = folder.resolve("process.log");
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    /** Sends SIGKILL as soon as a state is reached; fails if the process ends before. */
    static void killWhen(Path folder, BooleanSupplier reached, Object... arguments) throws Exception {
        OwnProcess own = new OwnProcess(folder, List.of(), arguments);
        try {
            while (own.process.isAlive() && !reached.getAsBoolean()) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
        } finally {
            own.process.destroyForcibly();
        }
        assertThat(own.process.waitFor()).as(Files.readString(own.log)).isEqualTo(137);
    }

    /** The exit code, with options for the JVM. What it said is in {@code process.log}. */
    static int run(Path folder, List<String> options, Object... arguments) throws Exception {
        return new OwnProcess(folder, options, arguments).process.waitFor();
    }
}
