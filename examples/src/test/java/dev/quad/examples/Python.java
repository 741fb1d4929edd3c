// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A Python with torch, where there is one, that finds the package quad_torch and what its tests have. */
final class Python {
    private static final String PYTHON = System.getProperty("quad.python", "/usr/bin/python3");
    static final Path PACKAGE = Path.of("..", "python").toAbsolutePath().normalize();

    private Python() {}

    static void requireTorch() throws IOException, InterruptedException {
        Assumptions.assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no python3");
        Assumptions.assumeTrue(
                new ProcessBuilder(PYTHON, "-c", "import torch").start().waitFor() == 0, "no torch");
    }

    /** What it says, by lines. */
    static List<String> run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(PYTHON));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
        builder.environment().put("OMP_NUM_THREADS", "1"); // the models are small
        builder.environment().put("PYTHONPATH", PACKAGE + File.pathSeparator + PACKAGE.resolve("tests"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }
}
