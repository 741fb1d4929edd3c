// SPDX-License-Identifier: Apache-2.0
package dev.quad.onnx;

import static dev.quad.onnx.ModelBytes.external;
import static dev.quad.onnx.ModelBytes.field;
import static dev.quad.onnx.ModelBytes.internal;
import static dev.quad.onnx.ModelBytes.join;
import static dev.quad.onnx.ModelBytes.message;
import static dev.quad.onnx.ModelBytes.model;
import static dev.quad.onnx.ModelBytes.number;
import static dev.quad.onnx.ModelBytes.table;
import static dev.quad.onnx.ModelBytes.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models whose weights lie in files of their own. */
class ExternalDataTest {
    private static final Map<String, String> BESIDE = Map.of("location", "model.onnx_data");

    @TempDir
    private Path folder;

    private Path models;
    private Path model;
    private Path data;

    @BeforeEach
    void writeModel() throws IOException {
        models = Files.createDirectories(folder.resolve("models"));
        model = Files.write(models.resolve("model.onnx"), model(external(BESIDE)));
        data = Files.write(models.resolve("model.onnx_data"), table());
        for (String name : List.of("tiny.onnx", "tokenizer.json")) {
            try (InputStream in = ExternalDataTest.class.getResourceAsStream(name)) {
                Files.write(folder.resolve(name), Objects.requireNonNull(in).readAllBytes());
            }
        }
    }

    private OnnxEmbedder load(Path path) {
        return OnnxEmbedder.load(path, folder.resolve("tokenizer.json"), OnnxOptions.of(Pooling.MEAN));
    }

    private float[] row(Path path) {
        try (OnnxEmbedder embedder = load(path)) {
            FloatBuffer rows = FloatBuffer.allocate(embedder.dimension());
            embedder.embed(List.of("eight four"), rows);
            return rows.array();
        }
    }

    private String id(Path path) {
        try (OnnxEmbedder embedder = load(path)) {
            return embedder.id();
        }
    }

    private String refused(Path path) {
        InputException[] thrown = new InputException[1];
        assertThatThrownBy(() -> load(path).close()).isInstanceOfSatisfying(InputException.class, e -> thrown[0] = e);
        return String.valueOf(thrown[0].getMessage());
    }

    private String refused(Map<String, String> entries) throws IOException {
        Files.write(model, model(external(entries)));
        return refused(model);
    }

    @Test
    void dataBesideTheModel_areRead_whateverTheWorkingFolder() throws IOException {
        float[] expected = row(folder.resolve("tiny.onnx"));

        assertThat(row(model)).isEqualTo(expected);
        assertThat(row(Path.of("").toAbsolutePath().relativize(model))).isEqualTo(expected);

        Files.createDirectories(models.resolve("weights"));
        Files.write(models.resolve("weights/all.bin"), join(new byte[64], table(), new byte[8]));
        Files.write(model, model(external(Map.of("location", "./weights/all.bin", "offset", "64", "length", "72"))));
        assertThat(row(model)).isEqualTo(expected);
    }

    /** As caches of downloads lay models out: links to files that are named by their digests. */
    @Test
    void linksFromModelAndDataIntoOneFolder_areFollowed() throws IOException {
        float[] expected = row(model);
        Path blobs = Files.createDirectories(folder.resolve("blobs"));
        Files.move(model, blobs.resolve("1a"));
        Files.move(data, blobs.resolve("2b"));
        Files.createSymbolicLink(model, Path.of("../blobs/1a"));
        Files.createSymbolicLink(data, Path.of("../blobs/2b"));

        assertThat(row(model)).isEqualTo(expected);
    }

    @Test
    void anotherByteInTheData_isAnotherEmbedder() throws IOException {
        String before = id(model);
        byte[] changed = table();
        changed[70] ^= 1;
        Files.write(data, changed);

        assertThat(id(model)).isNotEqualTo(before);
        Files.write(data, table());
        assertThat(id(model)).isEqualTo(before);
    }

    @Test
    void filesOfAFolder_nameTheData() throws IOException {
        Files.createDirectories(models.resolve("1_Pooling"));
        Files.writeString(models.resolve("1_Pooling/config.json"), "{\"pooling_mode_mean_tokens\": true}");

        assertThat(OnnxEmbedder.files(models)).startsWith(model, data).hasSize(4);
    }

    @Test
    void dataOutsideOfTheFolder_areRefused() throws IOException {
        Path secret = Files.write(folder.resolve("key.bin"), table());
        Files.createDirectories(models.resolve("a"));
        Path link = models.resolve("link.bin");
        Files.createSymbolicLink(link, secret);
        Files.createSymbolicLink(models.resolve("up"), folder);

        assertThat(refused(Map.of("location", secret.toString())))
                .contains("tensor \"table\" in \"" + secret + "\", which is an absolute path")
                .contains(model.toString())
                .contains("allowed are files in the model's folder");
        assertThat(refused(Map.of("location", "../key.bin"))).contains("a path with \"..\"");
        assertThat(refused(Map.of("location", "a/../model.onnx_data"))).contains("a path with \"..\"");
        assertThat(refused(Map.of("location", "a/../../key.bin"))).contains("a path with \"..\"");
        assertThat(refused(Map.of("location", "link.bin")))
                .contains("a link to ")
                .contains("key.bin");
        assertThat(refused(Map.of("location", "up/key.bin"))).contains("a link to ");
        assertThat(refused(Map.of("location", "/dev/zero"))).contains("an absolute path");
        assertThat(refused(Map.of("location", "model.onnx_data\0/../../key.bin")))
                .contains("no file name");
        assertThat(refused(Map.of("location", "*/_ORT_MEM_ADDR_/*", "offset", "4096", "length", "72")))
                .contains("no file name");
        assertThat(refused(Map.of())).contains("no file name");
        assertThat(refused(Map.of("location", "a"))).contains("which is not a file");
    }

    @Test
    void dataNamedInAnyPartOfTheModel_areSeen() throws IOException {
        byte[] outside = external(Map.of("location", "../key.bin"));
        byte[] attribute = message(5, outside);
        byte[] node = message(1, message(5, attribute));
        for (byte[] hidden : List.of(
                model(internal(), message(5, outside)),
                model(internal(), message(15, message(1, outside))),
                model(internal(), message(15, message(2, outside))),
                model(internal(), node),
                model(internal(), message(1, message(5, message(10, outside)))),
                model(internal(), message(1, message(5, message(22, message(1, outside))))),
                model(internal(), message(1, message(5, message(6, node)))),
                model(internal(), message(1, message(5, message(11, message(5, outside))))),
                join(model(internal()), message(7, message(5, outside))),
                join(model(internal()), message(20, message(2, message(5, outside)))),
                join(model(internal()), message(25, message(7, message(5, attribute)))),
                join(model(internal()), message(25, message(11, attribute))),
                // the last of two values counts, and a tensor that does not use its file is seen too
                model(external(BESIDE), message(5, outside, number(14, 0))),
                model(join(external(BESIDE), message(13, text(1, "location"), text(2, "x"), text(2, "../key.bin")))))) {
            Files.write(model, hidden);
            assertThat(refused(model)).contains("a path with \"..\"");
        }
    }

    @Test
    void theModelOfTheReport_isRefused() throws IOException {
        try (InputStream in = ExternalDataTest.class.getResourceAsStream("hostile/relative-outside.onnx")) {
            Files.write(model, Objects.requireNonNull(in).readAllBytes());
        }

        assertThat(refused(model)).contains("\"../../secret/key.bin\", which is a path with \"..\"");
    }

    @Test
    void dataMissing_cut_orMisplaced_areNamed() throws IOException {
        assertThat(refused(Map.of("location", "other.bin")))
                .contains("keeps weights in the file other.bin, which is not beside it");
        assertThat(refused(Map.of("location", "model.onnx_data", "offset", "40", "length", "40")))
                .contains(data + " has 72 bytes")
                .contains("at byte 40, 40 bytes long");
        assertThat(refused(
                        Map.of("location", "model.onnx_data", "offset", String.valueOf(Long.MAX_VALUE), "length", "9")))
                .contains(data + " has 72 bytes");
        for (String wrong : List.of("-1", "x", "99999999999999999999")) {
            assertThat(refused(Map.of("location", "model.onnx_data", "offset", wrong)))
                    .contains("the offset \"" + wrong + "\"; allowed are whole numbers");
        }
        Files.write(data, Arrays.copyOf(table(), 50));
        assertThat(refused(BESIDE)).contains(model + " is not a model that ONNX Runtime takes");
    }

    @Test
    void damagedOrNestedWithoutEnd_isRefused() throws IOException {
        byte[] whole = model(external(BESIDE));
        for (int length : List.of(1, 3, 40, whole.length - 1)) {
            Files.write(model, Arrays.copyOf(whole, length));
            assertThat(refused(model)).contains("is not a model that ONNX Runtime takes: it is damaged at byte ");
        }
        Files.write(model, join(whole, new byte[] {(byte) (7 << 3 | 3), (byte) (7 << 3 | 4)}));
        assertThat(refused(model)).contains("it is damaged at byte " + whole.length);

        byte[] deep = new byte[0];
        for (int i = 0; i < 2000; i++) { // a node in a graph in an attribute of a node
            deep = message(5, message(6, field(1, deep)));
        }
        Files.write(model, model(internal(), field(1, deep)));
        assertThat(refused(model)).contains("nested more than 100 deep");
    }

    @Test
    void pointerOfGitLfs_isNamed() throws IOException {
        Files.writeString(model, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n");

        assertThat(refused(model)).contains("is a Git LFS pointer", "git lfs pull");
    }
}
