// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.Tokenizer;
import dev.quad.model.Decoder;
import dev.quad.tokenizer.JsonTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/** The tokenizer that goes with a model folder: that of its {@code tokenizer.json}, or bytes where it has none. */
final class ModelTokenizer implements AutoCloseable {
    private static final String FILE = "tokenizer.json";

    private final Optional<JsonTokenizer> json;
    private final Optional<Path> folder;

    private ModelTokenizer(Optional<JsonTokenizer> json, Optional<Path> folder) {
        this.json = json;
        this.folder = folder;
    }

    /** That of a model folder, or of no folder. */
    static ModelTokenizer of(Optional<Path> folder) {
        return folder.filter(path -> Files.exists(path.resolve(FILE)))
                .map(path -> new ModelTokenizer(Optional.of(JsonTokenizer.load(path)), folder))
                .orElseGet(() -> new ModelTokenizer(Optional.empty(), Optional.empty()));
    }

    Tokenizer tokenizer() {
        return json.<Tokenizer>map(tokenizer -> tokenizer).orElseGet(Tokenizer::bytes);
    }

    /** What one token is, in words. */
    String unit() {
        return json.isPresent() ? "token" : "byte";
    }

    /** Closes the model and fails if the tokenizer has ids that it does not know. */
    void check(Decoder decoder, Path model) {
        int known = decoder.config().vocabulary();
        int needed = tokenizer().vocabularySize();
        if (known < needed) {
            decoder.close();
            throw new InputException("the model in " + model + " knows " + known + " tokens, but "
                    + (json.isPresent()
                            ? "the " + FILE + " beside it has " + needed
                            : "a model on bytes knows 257 or more;" + " put the " + FILE
                                    + " of the model beside its config.json"));
        }
    }

    /** Copies the files beside a model that was trained with it. */
    void copyTo(Path target) throws IOException {
        if (folder.isPresent()) {
            for (String name : List.of(FILE, "tokenizer_config.json", "special_tokens_map.json")) {
                Path source = folder.get().resolve(name);
                if (Files.exists(source)) {
                    Files.copy(source, target.resolve(name), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    @Override
    public void close() {
        json.ifPresent(JsonTokenizer::close);
    }
}
