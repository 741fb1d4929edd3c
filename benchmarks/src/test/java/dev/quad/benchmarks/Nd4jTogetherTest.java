// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Matrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J and Quad's BLAS in one process share one OpenBLAS. */
class Nd4jTogetherTest {

    @Test
    void gemm_besideNd4j_givesTheSameProduct() {
        INDArray a = Nd4j.rand(DataType.FLOAT, 64, 32);
        INDArray b = Nd4j.rand(DataType.FLOAT, 32, 16);
        float[] expected = a.mmul(b).dup('c').data().asFloat();
        try (Floats left = Floats.of(a.dup('c').data().asFloat());
                Floats right = Floats.of(b.dup('c').data().asFloat());
                Floats product = Floats.allocate(64, 16)) {
            Blas.multiply(1, Matrix.of(left, 64, 32), Matrix.of(right, 32, 16), 0, Matrix.of(product, 64, 16));
            assertThat(product.toArray()).containsExactly(expected, within(1e-5f));
        }
        assertThat(a.mmul(b).dup('c').data().asFloat()).containsExactly(expected, within(1e-6f));
    }

    @Test
    void core_besideNd4j_isNotTheOldestOne() throws IOException {
        Path cpu = Path.of("/proc/cpuinfo");
        Assumptions.assumeTrue(Files.exists(cpu) && Files.readString(cpu).contains(" avx2 "));
        assertThat(Nd4j.ones(DataType.FLOAT, 2, 2)
                        .mmul(Nd4j.ones(DataType.FLOAT, 2, 2))
                        .getFloat(0))
                .isEqualTo(2);
        assertThat(Blas.core()).isNotIn("PRESCOTT", "CORE2", "NEHALEM");
    }
}
