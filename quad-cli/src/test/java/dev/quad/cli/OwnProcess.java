// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** The command in a process of its own. */
final class OwnProcess {
    private static final int TERMINATED = 143;

    private final Path log;
    private final Process process;

    private OwnProcess(Path folder, List<String> options, Object... arguments) throws IOException {
        this(folder, options, environment -> {}, arguments);
    }

    private OwnProcess(
            Path folder, List<String> options, Consumer<Map<String, String>> environment, Object... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Quad.class.getName()));
        Arrays.stream(arguments).map(String::valueOf).forEach(command::add);
        log = folder.resolve("process.log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        environment.accept(builder.environment());
        process = builder.start();
    }

    /** What it says, in an environment of its own; fails unless it ends well. */
    static String said(Path folder, Consumer<Map<String, String>> environment, Object... arguments) throws Exception {
        OwnProcess own = new OwnProcess(folder, List.of(), environment, arguments);
        int code = own.process.waitFor();
        String said = Files.readString(own.log);
        assertThat(code).as(said).isEqualTo(Quad.DONE);
        return said;
    }

    /** What it says when it gets SIGTERM, once {@code reached} is true. */
    static String terminated(Path folder, BooleanSupplier reached, Object... arguments) throws Exception {
        OwnProcess own = new OwnProcess(folder, List.of(), arguments);
        try {
            while (own.process.isAlive() && !reached.getAsBoolean()) {
                Thread.onSpinWait();
            }
            own.process.destroy();
            assertThat(own.process.waitFor()).as(Files.readString(own.log)).isEqualTo(TERMINATED);
        } finally {
            own.process.destroyForcibly();
        }
        return Files.readString(own.log);
    }

    /** The exit code, with options for the JVM. What it said is in {@code process.log}. */
    static int run(Path folder, List<String> options, Object... arguments) throws Exception {
        return new OwnProcess(folder, options, arguments).process.waitFor();
    }
}
