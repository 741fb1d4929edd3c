// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import dev.quad.files.Halves;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that NumPy wrote; see {@code make.py} beside them. */
class EmbeddingsFileTest {
    private static final Path FOLDER = Path.of("src/test/resources/dev/quad/cluster/embeddings");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "half.npy, '', FLOAT16",
        "single.npy, '', FLOAT32",
        "double.npy, '', FLOAT64",
        "version2.npy, '', FLOAT32",
        "three.safetensors, h, FLOAT16",
        "three.safetensors, s, FLOAT32",
        "three.safetensors, b, BFLOAT16"
    })
    void open_filesOfOtherTools_haveTheirValues(String name, String tensor, ElementType type) {
        EmbeddingsFile file = EmbeddingsFile.open(FOLDER.resolve(name), tensor);
        assertThat(file.rows()).isEqualTo(4);
        assertThat(file.dimension()).isEqualTo(3);
        assertThat(file.type()).isEqualTo(type);
        FloatBuffer rows = FloatBuffer.allocate(12);
        file.read(0, 1, rows);
        file.read(1, 3, rows);
        for (int i = 0; i < 12; i++) {
            assertThat(rows.get(i)).isEqualTo((i - 5) / 8f);
        }
        assertThat(file.metadata().getOrDefault("by", "")).isEqualTo(name.endsWith("npy") ? "" : "hand");
    }

    /** Files above a gibibyte are mapped in parts; here above some bytes. */
    @ParameterizedTest
    @ValueSource(longs = {1, 12, 13, 24, 30, 1000})
    void read_acrossWindows_givesTheRows(long window) {
        EmbeddingsFile file = EmbeddingsFile.open(FOLDER.resolve("single.npy"), "", window);
        for (int first = 0; first <= 4; first++) {
            for (int count = 0; count <= 4 - first; count++) {
                FloatBuffer rows = FloatBuffer.allocate(3 * count);
                file.read(first, count, rows);
                assertThat(rows.remaining()).isZero();
                for (int i = 0; i < 3 * count; i++) {
                    assertThat(rows.get(i)).isEqualTo((3 * first + i - 5) / 8f);
                }
            }
        }
    }

    @Test
    void open_severalMatrices_asksWhich() {
        assertThatThrownBy(() -> EmbeddingsFile.open(FOLDER.resolve("three.safetensors")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("[h, s, b]");
        assertThatThrownBy(() -> EmbeddingsFile.open(FOLDER.resolve("three.safetensors"), "ids"))
                .hasMessageContaining("no matrix \"ids\"");
    }

    @ParameterizedTest
    @CsvSource({
        "columns.npy, ascontiguousarray",
        "vector.npy, two sizes",
        "integers.npy, <i4",
        "make.py, neither an NPY nor",
        "absent.npy, not there"
    })
    void open_whatCannotBeUsed_saysWhatToDo(String name, String part) {
        assertThatThrownBy(() -> EmbeddingsFile.open(FOLDER.resolve(name)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(part);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.npy", "x.safetensors"})
    void open_pointer_isNamed(String name) throws IOException {
        Path file = Files.writeString(
                folder.resolve(name), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n");
        assertThatThrownBy(() -> EmbeddingsFile.open(file))
                .isInstanceOf(InputException.class)
                .hasMessage(file + " is a Git LFS pointer, not the file that it stands for: run `git lfs pull` there");
    }

    @ParameterizedTest
    @ValueSource(strings = {"single.npy", "three.safetensors"})
    void open_fileCutAnywhere_isRefused(String name) throws IOException {
        byte[] bytes = Files.readAllBytes(FOLDER.resolve(name));
        int end = name.endsWith("npy") ? bytes.length : bytes.length - 32 - 24;
        for (int length = 0; length < end; length += 1 + length / 20) {
            Path cut = folder.resolve(length + name);
            Files.write(cut, Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> EmbeddingsFile.open(cut, name.endsWith("npy") ? "" : "s"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(cut.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'a':{'dtype':'F32','shape':[1,2],'data_offsets':[0,8]},'b':{'dtype':'I32','shape':[2],'data_offsets':[4,12]}}",
                "{'a':{'dtype':'F32','shape':[1,2],'data_offsets':[0,8]},'a':{'dtype':'F32','shape':[1,2],'data_offsets':[4,12]}}",
                "{'a':{'dtype':'F32','shape':[1,2],'data_offsets':[0,8],'data_offsets':[4,12]}}",
                "{'a':{'dtype':'F32','shape':[1,2],'data_offsets':[8,16]}}",
                "{'a':{'dtype':'F32','shape':[1,3],'data_offsets':[0,8]}}",
            })
    void open_overlapsDuplicatesAndWrongSizes_areRefused(String header) throws IOException {
        byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve("x.safetensors");
        Files.write(
                file,
                ByteBuffer.allocate(8 + json.length + 12)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(json.length)
                        .put(json)
                        .array());
        assertThatThrownBy(() -> EmbeddingsFile.open(file, "a"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file + " is not a sound safetensors file");
    }

    @Test
    void half_everyBitPattern_comesBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = Halves.fromHalf((short) bits);
            if ((bits & 0x7c00) == 0x7c00) {
                assertThat(Float.isFinite(value)).isFalse();
            } else {
                assertThat(ElementType.half(value)).isEqualTo((short) bits);
            }
        }
        assertThat(Halves.fromHalf((short) 0x3555)).isEqualTo(0.33325195f);
        assertThat(Halves.fromHalf((short) 0x0001)).isEqualTo(0x1p-24f);
        assertThat(Halves.fromHalf((short) 0x7bff)).isEqualTo(65504f);
        assertThat(Halves.fromHalf((short) 0xfc00)).isEqualTo(Float.NEGATIVE_INFINITY);
    }

    @Test
    void half_betweenTwo_goesToTheNearestAndTiesToEven() {
        assertThat(ElementType.half(1 + 0x1p-11f)).isEqualTo(ElementType.half(1));
        assertThat(ElementType.half(1 + 0x3p-11f)).isEqualTo(ElementType.half(1 + 0x1p-9f));
        assertThat(ElementType.half(1 + 0x1.02p-11f)).isEqualTo(ElementType.half(1 + 0x1p-10f));
        assertThat(ElementType.half(0x1p-25f)).isZero();
        assertThat(ElementType.half(0x1.8p-24f)).isEqualTo((short) 2);
        assertThat(ElementType.half(65519)).isEqualTo((short) 0x7bff);
    }
}
