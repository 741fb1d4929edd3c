// SPDX-License-Identifier: Apache-2.0
package dev.quad.onnx;

import dev.quad.Embedder;
import dev.quad.testkit.EmbedderContract;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The model of {@link OnnxEmbedderTest}. */
class OnnxEmbedderContractTest extends EmbedderContract<String> {
    private final Queue<OnnxEmbedder> open = new ConcurrentLinkedQueue<>();
    private final Path model;
    private final Path tokenizer;

    OnnxEmbedderContractTest(@TempDir Path folder) {
        model = copy("tiny.onnx", folder);
        tokenizer = copy("tokenizer.json", folder);
    }

    private static Path copy(String name, Path folder) {
        try (InputStream in = OnnxEmbedderContractTest.class.getResourceAsStream(name)) {
            return Files.write(folder.resolve(name), Objects.requireNonNull(in).readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Embedder<String> embedder(Pooling pooling) {
        OnnxEmbedder embedder = OnnxEmbedder.load(model, tokenizer, OnnxOptions.of(pooling));
        open.add(embedder);
        return embedder;
    }

    @AfterEach
    void closeAll() {
        open.forEach(OnnxEmbedder::close);
    }

    @Override
    protected Embedder<String> embedder() {
        return embedder(Pooling.MEAN);
    }

    @Override
    protected Optional<Embedder<String>> other() {
        return Optional.of(embedder(Pooling.CLS));
    }

    @Override
    protected List<String> items() {
        return List.of("four", "eight four", "", "eight ".repeat(600), "a word that it does not know");
    }
}
