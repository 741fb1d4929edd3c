// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import dev.quad.files.SafetensorsWriter;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerTensorsTest {
    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("x.safetensors");
    }

    /** Sound files that hold no factors or direction. */
    @Test
    void read_shapesThatAreNoFactors_isAnInputError() throws IOException {
        for (int[] shape : List.of(new int[] {4, 1}, new int[] {1, 4}, new int[] {4}, new int[] {2, 2, 1})) {
            new SafetensorsWriter(
                            Map.of("format", "quad.kronecker-factors.2", "model", "m", "tokens", "9", "layers", "l"))
                    .add("l.A", new double[4], shape)
                    .add("l.G", new double[4], 2, 2)
                    .write(file());
            assertThatThrownBy(() -> KroneckerFactors.read(file()))
                    .as(Arrays.toString(shape))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("\"l.A\" has the shape");
        }
        for (int[] shape : List.of(new int[] {4}, new int[] {2, 2, 1}, new int[] {})) {
            try (Floats values = Floats.allocate(4)) {
                new SafetensorsWriter(Map.of(
                                "format",
                                "quad.reference-direction.1",
                                "model",
                                "m",
                                "curvature",
                                "identity",
                                "layers",
                                "l"))
                        .add("l", values.slice(0, Arrays.stream(shape).reduce(1, Math::multiplyExact)), shape)
                        .write(file());
            }
            assertThatThrownBy(() -> ReferenceDirection.read(file()))
                    .as(Arrays.toString(shape))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("\"l\" has the shape");
        }
    }
}
