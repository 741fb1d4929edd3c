// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import dev.quad.Tokenizer;
import dev.quad.testkit.TokenizerContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class JsonTokenizerContractTest extends TokenizerContract {
    private final Path folder;
    private final List<JsonTokenizer> open = new ArrayList<>();

    JsonTokenizerContractTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @AfterEach
    void closeAll() {
        open.forEach(JsonTokenizer::close);
    }

    private Tokenizer load(String file) {
        try {
            Path written = Files.writeString(folder.resolve("tokenizer.json"), file);
            open.add(JsonTokenizer.load(written));
            return open.get(open.size() - 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected Tokenizer tokenizer() {
        return load(JsonTokenizerTest.WORD_PIECES);
    }

    @Override
    protected Optional<Tokenizer> other() {
        return Optional.of(load(JsonTokenizerTest.WORD_PIECES.replace("\"a\": 8", "\"z\": 8")));
    }

    /** Of the few words that the vocabulary has. */
    @Override
    protected String text() {
        return "data selection select a data . a ";
    }
}
