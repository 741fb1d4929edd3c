// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.quad.files.Checksum;
import dev.quad.files.JsonText;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Kernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernels that a variable in the environment forces, and those that a run was begun with. */
class KernelsOfTheEnvironmentTest {
    @TempDir
    private Path folder;

    private SmallRun small;

    @BeforeEach
    void files() {
        small = new SmallRun(folder);
    }

    @Test
    void forced_olderThanTheProcessor_isSaidOnce() throws Exception {
        assumeThat(Files.readString(Path.of("/proc/cpuinfo"))).contains(" avx ");
        Path out = folder.resolve("out");

        String said =
                OwnProcess.said(folder, environment -> environment.put(Kernels.VARIABLE, "NEHALEM"), small.select(out));

        assertThat(said.lines().filter(line -> line.contains(Kernels.VARIABLE)))
                .singleElement()
                .asString()
                .startsWith(
                        "quad: the environment variable OPENBLAS_CORETYPE=NEHALEM forces kernels for SSE (NEHALEM) on a"
                                + " processor that has AVX")
                .contains("unset OPENBLAS_CORETYPE");
        assertThat(JsonText.text(out.resolve("manifest.json"), "blasKernels")).isEqualTo("NEHALEM");
    }

    @Test
    void notForced_isNotSpokenOf() throws Exception {
        String said = OwnProcess.said(
                folder, environment -> environment.remove(Kernels.VARIABLE), small.select(folder.resolve("out")));

        assertThat(said).doesNotContain(Kernels.VARIABLE);
    }

    @Test
    void resume_ofARunWithOtherKernels_isRefusedAndNothingChanged() throws IOException {
        Path out = folder.resolve("out");
        assertThat(Outcome.of(small.select(out)).code()).isEqualTo(Quad.DONE);
        Path manifest = out.resolve("manifest.json");
        Files.writeString(manifest, resealed(Files.readString(manifest).replace(Blas.core(), "VORTEX")));
        Files.delete(out.resolve(ResultFiles.SELECTED));
        Files.delete(out.resolve("report.json"));
        Map<String, String> before = SmallRun.contents(out);

        Outcome refused = Outcome.of(small.select(out, "--resume"));

        assertThat(refused.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(refused.err())
                .contains("the run in " + out + " was begun with the VORTEX kernels of OpenBLAS, and here it has "
                        + Blas.core())
                .contains("OPENBLAS_CORETYPE=VORTEX")
                .contains("another folder");
        assertThat(SmallRun.contents(out)).isEqualTo(before);
    }

    /** The text of a sealed document with the checksum that it has now. */
    private static String resealed(String text) {
        int digits = text.lastIndexOf('"') - Checksum.DIGITS;
        String open =
                text.substring(0, digits) + "0".repeat(Checksum.DIGITS) + text.substring(digits + Checksum.DIGITS);
        return open.substring(0, digits)
                + Checksum.of(open.getBytes(StandardCharsets.UTF_8))
                + open.substring(digits + Checksum.DIGITS);
    }
}
