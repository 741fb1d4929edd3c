// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.quad.InputException;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The tokenizer of a {@code tokenizer.json} (byte-pair, WordPiece or unigram), as the Hugging Face library saves it.
 *
 * <p>Truncation, padding and dropout that the file asks for are left out, so that a text's ids depend on the text
 * alone. Half of a surrogate pair has no bytes in UTF-8 and is taken for U+FFFD. A file is checked, field by field,
 * before the native library sees it; a text that its patterns would take too long for, or that its normalizers would
 * make too long, is refused. The same ids on every machine. Safe for use by several threads. Holds native memory until
 * it is closed; using it afterwards is an error.
 */
public final class JsonTokenizer implements Tokenizer, AutoCloseable {
    private final HuggingFaceTokenizer tokenizer;
    private final Limits limits;
    private final String name;
    private final int vocabularySize;
    private final int startId;
    private final int[] before;
    private final int[] after;
    private final String id;
    private final String description;
    private volatile boolean closed;

    private JsonTokenizer(TokenizerFile file, HuggingFaceTokenizer tokenizer, String startToken) {
        this.tokenizer = tokenizer;
        this.limits = file.limits();
        this.name = file.name();
        this.vocabularySize = file.vocabularySize();
        this.before = file.template().before();
        this.after = file.template().after();
        this.startId = startToken.isEmpty() ? startOf(file) : file.idOf(startToken);
        this.description = String.format(Locale.ROOT, "%s, %,d ids, %s", file.kind(), vocabularySize, file.name());
        this.id = "tokenizer.json(sha256=" + sha256(file.json()).substring(0, 16) + ", start=" + startId + ")";
    }

    /**
     * Reads a tokenizer. A document starts with the first id that the file's template puts before a text ({@code <s>},
     * {@code [CLS]}); where it puts none, with the {@code bos_token}, else the {@code eos_token}, of the
     * {@code tokenizer_config.json} beside it.
     *
     * @param path the file, or the folder that has it
     * @throws InputException if there is no such file, it is damaged, or it does not say how a document starts
     * @throws dev.quad.QuadException if the native library cannot be loaded
     */
    public static JsonTokenizer load(Path path) {
        Objects.requireNonNull(path, "the file is null");
        return load(path, "");
    }

    /**
     * Reads a tokenizer whose documents start with a given special token.
     *
     * @param startToken one of the file's added tokens, such as {@code <|endoftext|>}
     */
    public static JsonTokenizer load(Path path, String startToken) {
        Objects.requireNonNull(path, "the file is null");
        Objects.requireNonNull(startToken, "the start token is null");
        return open(TokenizerFile.read(path), startToken);
    }

    /**
     * Takes the text of a {@code tokenizer.json} whose template says how a document starts.
     *
     * @param name stands for it in messages
     */
    public static JsonTokenizer parse(String json, String name) {
        Objects.requireNonNull(json, "the JSON is null");
        Objects.requireNonNull(name, "the name is null");
        return open(TokenizerFile.parse(json, name), "");
    }

    private static JsonTokenizer open(TokenizerFile file, String startToken) {
        HuggingFaceTokenizer tokenizer = Offline.call(() -> open(file));
        boolean made = false;
        try {
            JsonTokenizer result = new JsonTokenizer(file, tokenizer, startToken);
            made = true;
            return result;
        } finally {
            if (!made) {
                tokenizer.close();
            }
        }
    }

    private static HuggingFaceTokenizer open(TokenizerFile file) throws Exception {
        if (file.probe().isPresent()) {
            try (HuggingFaceTokenizer probe = taken(file, file.probe().get())) {
                for (String token : file.normalized()) {
                    file.limits().check(token);
                    if (probe.encode(token, false, false).getIds().length == 0) {
                        throw new InputException(file.name() + " has the added token \"" + StrictJson.shown(token)
                                + "\", of which its normalizer leaves nothing; take the token out, or write"
                                + " \"normalized\": false");
                    }
                }
            }
        }
        return taken(file, file.handedOn());
    }

    private static HuggingFaceTokenizer taken(TokenizerFile file, String json) throws Exception {
        try {
            return HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)),
                    Map.of("truncation", "false", "padding", "false"));
        } catch (RuntimeException e) {
            if (e.getCause() instanceof LinkageError) {
                throw e;
            }
            throw new InputException(file.name() + " is refused by the tokenizers library: " + e.getMessage(), e);
        }
    }

    private int startOf(TokenizerFile file) {
        if (before.length > 0) {
            return before[0];
        }
        return file.configured("bos_token")
                .or(() -> file.configured("eos_token"))
                .map(file::idOf)
                .orElseThrow(() -> new InputException(file.name()
                        + " does not say how a document starts: its template adds nothing before a text, and no"
                        + " tokenizer_config.json beside it names a bos_token or eos_token. Write one there, such as"
                        + " {\"bos_token\": \"<s>\"}; its special tokens are " + file.shown()));
    }

    @Override
    public int vocabularySize() {
        return vocabularySize;
    }

    /** The id that starts a document and the ids of the text, with no other special token. */
    @Override
    public TokenSequence encode(String text) {
        Objects.requireNonNull(text, "the text is null");
        long[] ids = encoded(text);
        int[] result = new int[ids.length + 1];
        result[0] = startId;
        for (int i = 0; i < ids.length; i++) {
            result[i + 1] = (int) ids[i];
        }
        return TokenSequence.of(result);
    }

    /**
     * The ids of a text as a sentence model takes them: between what the file's template puts before and after a text
     * ({@code [CLS]}, {@code [SEP]}), the text being cut where there are too many.
     *
     * @param maxTokens the most ids, template included; more than the template has
     * @throws IllegalArgumentException if the template alone has {@code maxTokens} ids or more, or gives none for an
     *     empty text
     */
    public TokenSequence encodeInTemplate(String text, int maxTokens) {
        Objects.requireNonNull(text, "the text is null");
        int room = maxTokens - before.length - after.length;
        if (room < 1) {
            throw new IllegalArgumentException("at most " + maxTokens + " tokens are asked for, and the template has "
                    + (before.length + after.length) + "; allowed is more");
        }
        long[] ids = encoded(text);
        int kept = Math.min(room, ids.length);
        int[] result = new int[before.length + kept + after.length];
        System.arraycopy(before, 0, result, 0, before.length);
        for (int i = 0; i < kept; i++) {
            result[before.length + i] = (int) ids[i];
        }
        System.arraycopy(after, 0, result, before.length + kept, after.length);
        return TokenSequence.of(result);
    }

    private long[] encoded(String text) {
        if (closed) {
            throw new IllegalStateException("the tokenizer is closed");
        }
        String valid = wellFormed(text);
        limits.check(valid);
        try {
            return tokenizer.encode(valid, false, false).getIds();
        } catch (RuntimeException e) {
            throw new InputException(name + " has no ids for a text: " + e.getMessage(), e);
        }
    }

    private static String wellFormed(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text)
                ? text
                : text.codePoints()
                        .map(c -> Character.getType(c) == Character.SURROGATE ? 0xFFFD : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }

    /** A digest of the file and the id that starts a document. */
    @Override
    public String id() {
        return id;
    }

    /** One line for people: the kind of its model, the number of its ids, its file. */
    @Override
    public String toString() {
        return description;
    }

    @Override
    public void close() {
        closed = true;
        tokenizer.close();
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
