// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
    @TempDir
    private Path folder;

    @Test
    void examine_tellsOfThisMachine() {
        Machine machine = Machine.examine(folder);

        assertThat(machine.broken()).isEmpty();
        assertThat(machine.facts())
                .containsEntry(
                        "processors", Integer.toString(Runtime.getRuntime().availableProcessors()))
                .containsKeys("Quad", "Java", "system", "heap", "memory", "kernels of OpenBLAS", "eight-bit products");
        assertThat(machine.facts().get("products of matrices"))
                .matches("[1-9]\\d* GFLOP/s by one thread, \\d+ by \\d+");
        assertThat(machine.facts().get("temporary files"))
                .startsWith(folder + ", ")
                .contains(" GiB free, on ");
    }

    @Test
    void smallHeap_isSlow_butNotOnASmallMachine() {
        Machine.Examination large = new Machine.Examination();
        large.memory(256L << 20, 24L << 30);
        assertThat(large.slow)
                .containsExactly("Java may take 0.3 GiB of 24.0 GiB for its heap; give more by QUAD_JAVA_OPTS=-Xmx6g");
        Machine.Examination small = new Machine.Examination();
        small.memory(256L << 20, 1L << 30);
        assertThat(small.slow).isEmpty();
    }

    @Test
    void missingFolder_isBroken() {
        Path missing = folder.resolve("missing");
        assertThat(Machine.examine(missing).broken())
                .singleElement()
                .asString()
                .startsWith(missing + " is no folder that can be written to")
                .contains("--temp DIR");
    }
}
