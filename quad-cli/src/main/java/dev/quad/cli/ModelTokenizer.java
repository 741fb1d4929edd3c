// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.model.Decoder;
import dev.quad.model.ModelFolder;
import dev.quad.tokenizer.JsonTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * The tokenizer that goes with a model folder: that of its {@code tokenizer.json}, or bytes where the folder says so. A
 * tokenizer may have more ids than the model, as long as none of them comes up in a text.
 */
final class ModelTokenizer implements AutoCloseable {
    private static final String FILE = "tokenizer.json";

    /** What other libraries keep tokenizers in. */
    private static final List<String> OTHERS = List.of(
            "tokenizer.model",
            "spiece.model",
            "sentencepiece.bpe.model",
            "vocab.json",
            "merges.txt",
            "vocab.txt",
            "tekken.json",
            "tokenizer.tiktoken",
            "qwen.tiktoken",
            "tokenizer_config.json");

    /** What a model folder of ours may hold. */
    static final List<String> MODEL_FILES =
            List.of("model.safetensors", "config.json", FILE, "tokenizer_config.json", "special_tokens_map.json");

    private final Optional<JsonTokenizer> json;
    private final Optional<Path> folder;
    private Optional<Limited> limited = Optional.empty();

    private ModelTokenizer(Optional<JsonTokenizer> json, Optional<Path> folder) {
        this.json = json;
        this.folder = folder;
    }

    /** That of a model folder, or of no folder. */
    static ModelTokenizer of(Optional<Path> folder) throws IOException {
        if (folder.isEmpty()) {
            return new ModelTokenizer(Optional.empty(), folder);
        }
        Path path = folder.get();
        if (Files.exists(path.resolve(FILE), LinkOption.NOFOLLOW_LINKS)) {
            return new ModelTokenizer(Optional.of(JsonTokenizer.load(path)), folder);
        }
        if (!ModelFolder.of(path).readsBytes()) {
            throw new InputException(missing(path));
        }
        return new ModelTokenizer(Optional.empty(), Optional.empty());
    }

    private static String missing(Path path) {
        List<String> found =
                OTHERS.stream().filter(name -> Files.exists(path.resolve(name))).toList();
        boolean convertible = found.stream().anyMatch(name -> !name.equals("tokenizer_config.json"));
        return path + " has no " + FILE + ", without which the token ids of a text are not known"
                + (found.isEmpty() ? "" : "; it has " + String.join(", ", found))
                + (convertible
                        ? ". Hugging Face's transformers makes one of that: python -c \"from transformers import"
                                + " AutoTokenizer as T; T.from_pretrained('" + path + "').save_pretrained('" + path
                                + "')\""
                        : ". Put the one that was published with the model there")
                + "; or, if the ids are bytes of UTF-8 and 256 starts a document, write \"quad_tokenizer\": \"bytes\" into"
                + " its config.json";
    }

    Tokenizer tokenizer() {
        if (limited.isPresent()) {
            return limited.get();
        }
        return json.<Tokenizer>map(tokenizer -> tokenizer).orElseGet(Tokenizer::bytes);
    }

    /** What one token is, in words. */
    String unit() {
        return json.isPresent() ? "token" : "byte";
    }

    /** One line for people: what kind it is, its vocabulary, its file. */
    @Override
    public String toString() {
        return json.map(JsonTokenizer::toString).orElse("bytes of UTF-8");
    }

    /**
     * From now on ids that the model does not know are refused where they come up. Closes the model and fails if each text
     * has such a one.
     */
    void check(Decoder decoder, Path model) {
        int known = decoder.config().vocabulary();
        Tokenizer all = tokenizer();
        int start = all.encode("").id(0);
        if (known <= start) {
            decoder.close();
            throw new InputException("the model in " + model + " knows " + known + " tokens, but "
                    + (json.isPresent()
                            ? "a document starts with the id " + start + " by the " + FILE + " beside it; is that of"
                                    + " another model?"
                            : "a model on bytes knows 257 or more; put the " + FILE
                                    + " of the model beside its config.json"));
        }
        if (known < all.vocabularySize()) {
            limited = Optional.of(new Limited(all, known, model));
        }
    }

    /** A tokenizer with more ids than its model has. */
    private record Limited(Tokenizer all, int known, Path model) implements Tokenizer {
        @Override
        public int vocabularySize() {
            return known;
        }

        @Override
        public TokenSequence encode(String text) {
            TokenSequence ids = all.encode(text);
            for (int i = 0; i < ids.length(); i++) {
                if (ids.id(i) >= known) {
                    throw new InputException("token " + i + " has the id " + ids.id(i) + ", but the model in " + model
                            + " knows the ids below " + known + "; leave the document out, or take the " + FILE
                            + " that the model was trained with");
                }
            }
            return ids;
        }

        @Override
        public String id() {
            return all.id();
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
