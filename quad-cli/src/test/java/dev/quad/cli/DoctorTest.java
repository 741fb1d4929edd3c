// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    @TempDir
    private Path folder;

    @Test
    void doctor_tellsOfTheMachine_asTextAndAsJson() throws Exception {
        Path json = folder.resolve("doctor.json");
        Outcome outcome = Outcome.of("doctor", "--json", json, "--temp", folder);
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out()).contains("kernels of OpenBLAS", "GFLOP/s by one thread", folder.toString());
        assertThat(Files.readString(json)).contains("quad.doctor.1", "kernels of OpenBLAS");
    }

    @Test
    void whatKeepsFromWorking_endsWithOne() {
        Outcome outcome = Outcome.of("doctor", "--temp", folder.resolve("missing"));
        assertThat(outcome.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(outcome.out()).contains("broken: ", "is no folder that can be written to");
    }
}
