// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.InputException;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.files.Unchecked;
import dev.quad.model.Decoder;
import dev.quad.model.ModelFolder;
import dev.quad.tokenizer.JsonTokenizer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The tokenizer that goes with a model folder: that of its {@code tokenizer.json}, or bytes where the folder says so. A
 * tokenizer may have more ids than the model, as long as none of them comes up in a text. Immutable and safe for
 * concurrent use. A {@code tokenizer.json} needs {@code quad-tokenizer} on the class path, and is native memory until
 * this is closed.
 */
public final class ModelTokenizer implements AutoCloseable {
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

    private final Optional<Tokenizer> json; // a JsonTokenizer, whose class is not loaded for bytes
    private final Optional<Path> folder;

    private ModelTokenizer(Optional<Tokenizer> json, Optional<Path> folder) {
        this.json = json;
        this.folder = folder;
    }

    /** A token is a byte of UTF-8: that of a model of ours, and of the proxy. */
    public static ModelTokenizer bytes() {
        return new ModelTokenizer(Optional.empty(), Optional.empty());
    }

    /**
     * That of a folder with a model, or with a tokenizer alone.
     *
     * @throws InputException if there is none that could be used; says what lies there instead, and what to do
     */
    public static ModelTokenizer of(Path folder) {
        Objects.requireNonNull(folder, "the folder is null");
        if (Files.exists(folder.resolve(FILE), LinkOption.NOFOLLOW_LINKS)) {
            return new ModelTokenizer(Optional.of(JsonTokenizer.load(folder)), Optional.of(folder));
        }
        if (!ModelFolder.of(folder).readsBytes()) {
            throw new InputException(missing(folder));
        }
        return bytes();
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

    /** The tokenizer, with all its ids. */
    public Tokenizer tokenizer() {
        return json.orElseGet(Tokenizer::bytes);
    }

    /** What one token is, in words: {@code token} or {@code byte}. */
    public String unit() {
        return json.isPresent() ? "token" : "byte";
    }

    /** One line for people: what kind it is, its vocabulary, its file. */
    @Override
    public String toString() {
        return json.map(Tokenizer::toString).orElse("bytes of UTF-8");
    }

    /**
     * The tokenizer for a model, which refuses ids that the model does not know where they come up.
     *
     * @throws InputException if each text has such an id
     */
    public Tokenizer forModel(Path model) {
        try (Decoder decoder = Stages.uninterrupted(() -> Decoder.map(model))) {
            return forModel(decoder, model);
        }
    }

    Tokenizer forModel(Decoder decoder, Path model) {
        int known = decoder.config().vocabulary();
        Tokenizer all = tokenizer();
        int start = all.encode("").id(0);
        if (known <= start) {
            throw new InputException("the model in " + model + " knows " + known + " tokens, but "
                    + (json.isPresent()
                            ? "a document starts with the id " + start + " by the " + FILE + " beside it; is that of"
                                    + " another model?"
                            : "a model on bytes knows 257 or more; put the " + FILE
                                    + " of the model beside its config.json"));
        }
        return known < all.vocabularySize() ? new Limited(all, known, model) : all;
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
    void copyTo(Path target) {
        if (folder.isPresent()) {
            for (String name : List.of(FILE, "tokenizer_config.json", "special_tokens_map.json")) {
                Path source = folder.get().resolve(name);
                if (Files.exists(source)) {
                    Path copy = target.resolve(name);
                    Unchecked.run(copy, () -> Files.copy(source, copy, StandardCopyOption.REPLACE_EXISTING));
                }
            }
        }
    }

    @Override
    public void close() {
        if (json.isPresent() && json.get() instanceof JsonTokenizer open) {
            open.close();
        }
    }
}
