// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelsTest {
    private static final String SSE = "fpu sse sse2 ssse3 sse4_1 sse4_2";
    private static final String AVX = SSE + " avx";
    private static final String AVX2 = AVX + " avx2 fma bmi2";
    private static final String HALF_AVX512 = AVX2 + " avx512f avx512cd";
    private static final String AVX512 = HALF_AVX512 + " avx512dq avx512bw avx512vl";

    private static Set<String> flags(String words) {
        return Set.of(words.split(" "));
    }

    @ParameterizedTest
    @CsvSource({
        "Haswell, HASWELL, AVX2",
        "ZEN, ZEN, AVX2",
        "Sandybridge, SANDYBRIDGE, AVX",
        "NEHALEM, NEHALEM, SSE",
        "unheard-of, PRESCOTT, SSE"
    })
    void older_onAProcessorWithAvx512_isSaidWithWhatToDo(String value, String core, String instructions) {
        assertThat(Kernels.olderThanProcessor(value, core, flags(AVX512)).orElseThrow())
                .startsWith("the environment variable OPENBLAS_CORETYPE=" + value + " forces kernels for "
                        + instructions + " (" + core + ") on a processor that has AVX-512: ")
                .contains("differ in their last bits")
                .contains("unset OPENBLAS_CORETYPE")
                .doesNotContain("\n");
    }

    @Test
    void older_onAnotherProcessor_namesWhatThatHas() {
        assertThat(Kernels.olderThanProcessor("NEHALEM", "NEHALEM", flags(AVX2)).orElseThrow())
                .contains("on a processor that has AVX2");
        assertThat(Kernels.olderThanProcessor("NEHALEM", "NEHALEM", flags(AVX)).orElseThrow())
                .contains("on a processor that has AVX:");
    }

    @ParameterizedTest
    @CsvSource({
        "SKYLAKEX, SKYLAKEX, " + AVX512,
        "COOPERLAKE, SKYLAKEX, " + AVX512,
        "HASWELL, HASWELL, " + AVX2,
        "HASWELL, HASWELL, " + HALF_AVX512,
        "Zen, ZEN, " + AVX2,
        "SANDYBRIDGE, SANDYBRIDGE, " + AVX,
        "NEHALEM, NEHALEM, " + SSE,
        "ARMV8, ARMV8, " + SSE,
        "HASWELL, unknown, " + AVX512
    })
    void asNewAsTheProcessor_isNotSpokenOf(String value, String core, String flags) {
        assertThat(Kernels.olderThanProcessor(value, core, flags(flags))).isEmpty();
    }

    @Test
    void older_withoutTheVariable_orFlags_isNotSpokenOf() {
        assertThat(Kernels.olderThanProcessor(null, "HASWELL", flags(AVX512))).isEmpty();
        assertThat(Kernels.olderThanProcessor(" ", "HASWELL", flags(AVX512))).isEmpty();
        assertThat(Kernels.olderThanProcessor("HASWELL", "HASWELL", Set.of())).isEmpty();
    }

    @Test
    void flags_ofAFile_areThoseOfItsFirstProcessor(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("cpuinfo"),
                "processor\t: 0\nvmx flags\t: vnmi\nflags\t\t: fpu avx  avx2\nbugs\t\t:\n\nprocessor\t: 1\nflags\t\t: sse\n");

        assertThat(Kernels.flags(file)).containsExactlyInAnyOrder("fpu", "avx", "avx2");
        assertThat(Kernels.flags(Files.writeString(folder.resolve("arm"), "Features : fp asimd\n")))
                .isEmpty();
        assertThat(Kernels.flags(folder.resolve("none"))).isEmpty();
    }

    @Test
    void here_isSaidExactlyIfTheVariableForcesThem() {
        assertThat(Kernels.olderThanProcessor())
                .isEqualTo(Kernels.olderThanProcessor(
                        System.getenv(Kernels.VARIABLE), Blas.core(), Kernels.flags(Path.of("/proc/cpuinfo"))));
        assumeThat(Kernels.areChosen()).isFalse();
        assertThat(Kernels.olderThanProcessor()).isEmpty();
    }

    /** CI names the kernels that it asked for in {@code quad.kernels}: OpenBLAS passes over a name without a word. */
    @Test
    void core_isTheOneAskedFor() {
        System.out.println("OpenBLAS runs its " + Blas.core() + " kernels");
        String wanted = System.getProperty("quad.kernels", "");
        assumeThat(wanted).isNotEmpty();

        assertThat(Blas.core()).isEqualTo(wanted);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PRESCOTT", "HASWELL", "SKYLAKEX"})
    void names_holdEverySetForThisKindOfProcessor(String core) {
        assertThat(Kernels.names()).contains(core);
    }
}
