// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.InputException;
import dev.quad.Tokenizer;
import dev.quad.files.Unchecked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a model folder in the Hugging Face layout holds, told from its {@code config.json} and the headers of its weight
 * files, which agree with each other; no weight is read. Costs milliseconds and no native memory. Immutable.
 */
public final class ModelFolder {
    private final Path folder;
    private final HuggingFaceConfig source;
    private final DecoderConfig config;
    private final Layout layout;
    private final TensorFiles files;

    private ModelFolder(Path folder, HuggingFaceConfig source, DecoderConfig config, Layout layout, TensorFiles files) {
        this.folder = folder;
        this.source = source;
        this.config = config;
        this.layout = layout;
        this.files = files;
    }

    /**
     * Looks at a folder.
     *
     * @throws InputException if a file is missing or damaged, the architecture is another, a key of the configuration
     *     changes the computation in a way that is not known here, or tensors are missing, extra or of the wrong shape
     */
    public static ModelFolder of(Path folder) {
        return Unchecked.get(folder, () -> read(folder));
    }

    static ModelFolder read(Path folder) throws IOException {
        HuggingFaceConfig source = HuggingFaceConfig.of(folder.resolve(HuggingFaceConfig.NAME));
        DecoderConfig config = source.decoder();
        Layout layout;
        try {
            layout = new Layout(config);
        } catch (IllegalArgumentException e) {
            throw new InputException(folder.resolve(HuggingFaceConfig.NAME) + ": " + e.getMessage(), e);
        }
        TensorFiles files = TensorFiles.open(folder);
        TensorCheck.sizes(files, config);
        TensorCheck.all(files, CheckpointFolder.slots(config, layout, files.names()), config);
        return new ModelFolder(folder, source, config, layout, files);
    }

    /** The folder. */
    public Path folder() {
        return folder;
    }

    /** The {@code model_type}: llama, mistral, phi3 or qwen2. */
    public String family() {
        return source.type();
    }

    /** The sizes. */
    public DecoderConfig config() {
        return config;
    }

    /** The number of weights; a tied head counts once. */
    public long parameters() {
        return layout.total();
    }

    /** The types that weights are stored in: F32, F16, BF16. */
    public Set<String> types() {
        Set<String> types = new TreeSet<>();
        files.names().forEach(name -> types.add(files.type(name)));
        return types;
    }

    /** The files that hold the weights. */
    public List<Path> files() {
        return files.paths();
    }

    /**
     * Keys of the configuration, with their values, of which it is not known whether they change the computation. They
     * are passed over, as transformers does for these model types.
     */
    public List<String> unjudged() {
        return source.unjudged();
    }

    /**
     * Whether the folder says that its token ids are bytes of UTF-8: its {@code config.json} is, byte for byte, what
     * {@link Decoder#write} makes of a model with the vocabulary of {@link Tokenizer#bytes()}, or it says
     * {@code "quad_tokenizer": "bytes"}.
     */
    public boolean readsBytes() {
        Path file = folder.resolve(HuggingFaceConfig.NAME);
        return source.marksBytes()
                || (config.vocabulary() == Tokenizer.bytes().vocabularySize()
                        && Unchecked.get(file, () -> Files.readString(file).equals(HuggingFaceConfig.text(config))));
    }

    TensorFiles tensors() {
        return files;
    }

    Layout layout() {
        return layout;
    }

    /** One line for people, such as {@code llama, 5 blocks of width 64, 260,032 weights in F32, model.safetensors}. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s, %d %s of width %d, %,d weights in %s, %s",
                family(),
                config.layers(),
                config.layers() == 1 ? "block" : "blocks",
                config.width(),
                parameters(),
                String.join(" and ", types()),
                files().size() == 1 ? files().get(0).getFileName() : files().size() + " files");
    }
}
