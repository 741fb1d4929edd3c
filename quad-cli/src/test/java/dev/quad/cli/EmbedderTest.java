// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code quad select} on the embeddings of a real sentence model. */
class EmbedderTest {
    private static final String TOKENS = "16";

    @TempDir
    private Path folder;

    private SmallRun small;

    @BeforeEach
    void makeFiles() {
        small = new SmallRun(folder);
    }

    private Outcome select(String run, Object... options) {
        Stream<Object> cache = Arrays.asList(options).contains("--embedder")
                ? Stream.of("--embedding-cache", folder.resolve("cache"))
                : Stream.empty();
        Object[] all = Stream.of(cache, Stream.of("--clusters", 8), Arrays.stream(options))
                .flatMap(some -> some)
                .toArray();
        return Outcome.of(small.select(folder.resolve(run), all));
    }

    private byte[] selected(String run, Object... options) throws IOException {
        Outcome outcome = select(run, options);
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        return Files.readAllBytes(folder.resolve(run).resolve(ResultFiles.SELECTED));
    }

    /** The model of the jar, laid out as sentence-transformers does. */
    private Path modelFolder() throws IOException {
        Path model = folder.resolve("sentences");
        Files.createDirectories(model.resolve("onnx"));
        Files.createDirectories(model.resolve("1_Pooling"));
        copy("/bge-small-en-v1.5.onnx", model.resolve("onnx/model.onnx"));
        copy("/bge-small-en-v1.5-tokenizer.json", model.resolve("tokenizer.json"));
        Files.writeString(model.resolve("1_Pooling/config.json"), "{\"pooling_mode_cls_token\": true}");
        Files.writeString(model.resolve("sentence_bert_config.json"), "{\"max_seq_length\": " + TOKENS + "}");
        return model;
    }

    private static void copy(String resource, Path file) throws IOException {
        try (InputStream in = EmbedderTest.class.getResourceAsStream(resource)) {
            Files.copy(Objects.requireNonNull(in), file);
        }
    }

    @Test
    void embeddingTokens_ofWhatTakesNone_areRefused() {
        Outcome outcome = select("refused", "--embedding-tokens", 64);
        assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(outcome.err())
                .contains("--embedder is hashed, and only bge-small takes a number of tokens, and --embedding-tokens");
    }

    @Test
    void bgeSmall_fromJarOrFolder_choosesTheSame_andKeepsItsRows() throws IOException {
        byte[] named = selected("named", "--embedder", "bge-small", "--embedding-tokens", TOKENS);
        List<Path> rows = cached();
        assertThat(rows).hasSize(1);
        // of 100 documents two are as others: 16 bytes of digest, 384 numbers, 4 of checksum each
        assertThat(Files.size(rows.get(0)) % (16 + 384 * 4 + 4)).isZero();
        long size = Files.size(rows.get(0));
        assertThat(size / (16 + 384 * 4 + 4)).isEqualTo(98);

        Path model = modelFolder();
        byte[] fromFolder = selected("folder", "--embedder", model, "--threads", 1);

        assertThat(fromFolder).isEqualTo(named);
        assertThat(cached())
                .as("the same model and limit, so no row was made again")
                .isEqualTo(rows);
        assertThat(Files.size(rows.get(0))).isEqualTo(size);
        assertThat(selected("hashed")).isNotEqualTo(named);
        assertThat(folder.resolve("named/manifest.json"))
                .content()
                .contains("\"embeddings\" : \"bge-small, 16 tokens\"");

        Files.writeString(model.resolve("1_Pooling/config.json"), "{\"pooling_mode_mean_tokens\": true}");
        Outcome resumed = select("folder", "--embedder", model, "--resume");
        assertThat(resumed.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(resumed.err())
                .contains("the folder " + folder.resolve("folder") + " holds another run: other embeddings");
        Files.delete(model.resolve("1_Pooling/config.json"));
        assertThat(select("other", "--embedder", model).err()).contains(model + " has no 1_Pooling/config.json");
    }

    private List<Path> cached() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
            return files.toList();
        }
    }
}
