// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static dev.quad.cli.ScoreOptions.given;

import dev.quad.files.OutputLock;
import dev.quad.files.Unchecked;
import dev.quad.model.ModelFolder;
import dev.quad.model.TrainingOptions;
import dev.quad.pipeline.ModelSizes;
import dev.quad.pipeline.ModelTokenizer;
import dev.quad.pipeline.ModelTraining;
import dev.quad.pipeline.WorkFolder;
import dev.quad.text.BadLine;
import dev.quad.text.ReadListener;
import dev.quad.text.RejectFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code quad train}. */
@Command(
        name = "train",
        description = "Trains a language model of the Llama family on documents, from random weights or from a model"
                + " folder.",
        footer = {
            "",
            "Writes to the output folder: the model in the Hugging Face layout (config.json, model.safetensors, and the"
                    + " tokenizer's files), training.jsonl with the loss of every step, manifest.json.",
            "Every option may stand in the YAML file of --config, by its name without dashes."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class TrainCommand implements Callable<Integer> {
    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Documents to learn from: " + InputOptions.FILES)
    private List<Path> data;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Folder for the model; new, empty, or with --resume that of the same training.")
    private Path out;

    @Option(
            names = "--held-out",
            arity = "1..*",
            paramLabel = "FILE",
            description = "Documents to measure the loss on. Default: a share of the data.")
    private List<Path> heldOut = List.of();

    @Option(
            names = "--held-out-share",
            paramLabel = "X",
            description = "Share of the documents to hold out where no files are given. Default: ${DEFAULT-VALUE}.")
    private double share = ModelTraining.DEFAULT_HELD_OUT_SHARE;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Tokens to train on; data is repeated in another order. Default: those of the data, once.")
    private long tokens;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "Model folder to start from. Default: random weights of the sizes below.")
    private @Nullable Path model;

    @Option(
            names = "--tokenizer",
            paramLabel = "DIR",
            description = "Folder with the tokenizer.json of a new model. Default: a token is a byte of UTF-8.")
    private @Nullable Path tokenizer;

    @Option(names = "--width", paramLabel = "N", description = "Length of the residual stream. Default: 128.")
    private @Nullable Integer width;

    @Option(names = "--layers", paramLabel = "N", description = "Blocks. Default: 4.")
    private @Nullable Integer layers;

    @Option(names = "--heads", paramLabel = "N", description = "Query heads. Default: heads of 32 or more.")
    private @Nullable Integer heads;

    @Option(names = "--kv-heads", paramLabel = "N", description = "Key and value heads. Default: as many as heads.")
    private @Nullable Integer keyValueHeads;

    @Option(names = "--mlp-width", paramLabel = "N", description = "Inner width of the MLP. Default: 8/3 of the width.")
    private @Nullable Integer mlpWidth;

    @Option(names = "--length", paramLabel = "N", description = "Longest sequence, in tokens. Default: 256.")
    private @Nullable Integer length;

    @Option(names = "--untied", description = "Give the output head weights of its own.")
    private boolean untied;

    @Option(
            names = "--learning-rate",
            paramLabel = "X",
            description = "Highest learning rate; small models bear high ones. Default: ${DEFAULT-VALUE}.")
    private double learningRate = TrainingOptions.DEFAULT_LEARNING_RATE;

    @Option(names = "--batch-tokens", paramLabel = "N", description = "Tokens of a step. Default: ${DEFAULT-VALUE}.")
    private int batchTokens = TrainingOptions.DEFAULT_BATCH_TOKENS;

    @Option(
            names = "--micro-batch-tokens",
            paramLabel = "N",
            description =
                    "Tokens of one pass, which bound the memory; a step sums the gradients. Default: those of a step.")
    private int microBatchTokens;

    @Option(names = "--weight-decay", paramLabel = "X", description = "Default: ${DEFAULT-VALUE}.")
    private double weightDecay = TrainingOptions.DEFAULT_WEIGHT_DECAY;

    @Option(
            names = "--clip",
            paramLabel = "X",
            description = "Norm to which gradients are clipped. Default: ${DEFAULT-VALUE}.")
    private double clip = TrainingOptions.DEFAULT_CLIP;

    @Option(
            names = "--warmup",
            paramLabel = "X",
            description = "Share of the steps in which the rate rises. Default: ${DEFAULT-VALUE}.")
    private double warmup = TrainingOptions.DEFAULT_WARMUP;

    @Option(
            names = "--checkpoint-steps",
            paramLabel = "N",
            description = "Steps between states to resume from. Default: ${DEFAULT-VALUE}.")
    private int checkpointSteps = TrainingOptions.DEFAULT_CHECKPOINT_STEPS;

    @Option(
            names = "--evaluation-steps",
            paramLabel = "N",
            description =
                    "Steps between losses on the held-out part; may be another with --resume, since no weight depends on it."
                            + " Default: ${DEFAULT-VALUE}.")
    private int evaluationSteps = TrainingOptions.DEFAULT_EVALUATION_STEPS;

    @Option(
            names = "--keep-optimizer",
            description =
                    "Write the moments of Adam too, to optimizer.safetensors, for --gradient adam-state of select.")
    private boolean keepOptimizer;

    @Mixin
    private SeedOption seed;

    @Mixin
    private ConfigOption config;

    @Option(names = "--resume", description = "Go on with the interrupted training in the output folder.")
    private boolean resume;

    @Mixin
    private InputOptions input;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Outputs.requireFolder(spec, out);
        Usage.check(spec, share >= 0 && share < 1, "--held-out-share is " + share + "; allowed is [0, 1)");
        Usage.check(spec, tokens >= 0, "--tokens is " + tokens + "; allowed is 1 or more, or 0 for the default");
        Useless.refuse(spec, useless());
        Usage.check(spec, length == null || length >= 2, "--length is " + length + "; allowed is 2 or more");
        TrainingOptions.Builder options = TrainingOptions.builder(1)
                .learningRate(learningRate)
                .batchTokens(batchTokens)
                .microBatchTokens(microBatchTokens)
                .weightDecay(weightDecay)
                .clip(clip)
                .warmup(warmup)
                .checkpointSteps(checkpointSteps)
                .evaluationSteps(evaluationSteps);
        ModelSizes sizes;
        try {
            options.build();
            sizes = sizes();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        Outputs outputs = Outputs.beside(data, heldOut).and(config.file());
        if (input.rejects().isPresent()) {
            outputs.rejects(input.rejects().get(), resume);
        }
        int count = threads.count(spec.commandLine());
        return IfStopped.resume(out, () -> ThreadsOption.computing(count, () -> run(options, sizes)));
    }

    private List<Useless> useless() {
        return List.of(
                Useless.when(
                        model != null,
                        "with --model sizes and tokenizer are those of the model",
                        "leave out --model",
                        "--tokenizer",
                        "--width",
                        "--layers",
                        "--heads",
                        "--kv-heads",
                        "--mlp-width",
                        "--length",
                        "--untied"),
                Useless.when(
                        !heldOut.isEmpty(),
                        "with --held-out nothing of the data is held out",
                        "leave out --held-out",
                        "--held-out-share"));
    }

    private int run(TrainingOptions.Builder options, ModelSizes sizes) {
        WorkFolder folder = SelectRun.open(out, resume, Progress.standard());
        try (OutputLock kept = OutputLock.ofFolder(out)) {
            try (RejectFile rejects = new RejectFile(input.rejects().orElse(folder.rejects()));
                    ModelTokenizer tokens = tokenizer()) {
                Progress progress = Progress.standard();
                Taken taken = new Taken(progress);
                ModelTraining.Builder training = ModelTraining.builder(data)
                        .heldOut(heldOut)
                        .heldOutShare(share)
                        .options(options)
                        .tokens(this.tokens)
                        .keepOptimizer(keepOptimizer)
                        .seed(seed.seed())
                        .input(input.jsonl(), purpose -> taken.listening(purpose, listener(taken, rejects)))
                        .listener(progress);
                Optional<Path> start = Optional.ofNullable(model);
                Optional<ModelFolder> found =
                        start.isEmpty() ? Optional.empty() : Optional.of(ModelFolder.of(start.get()));
                start.ifPresentOrElse(
                        folderOfModel -> training.start(folderOfModel, tokens), () -> training.start(sizes, tokens));
                Runnable claimed = () -> {
                    Unchecked.run(rejects.path(), () -> Outputs.commit(rejects, resume));
                    taken.use("tokenizer", tokens.toString());
                    found.ifPresent(taken::model);
                };
                if (training.build().run(folder, kept, claimed)) {
                    System.out.println(out);
                } else {
                    progress.say("the training in " + folder + " is finished already");
                }
                return Quad.DONE;
            } finally {
                folder.leaveUnclaimed();
            }
        }
    }

    private ModelTokenizer tokenizer() {
        Path folder = model == null ? tokenizer : model;
        return folder == null ? ModelTokenizer.bytes() : ModelTokenizer.of(folder);
    }

    private static ReadListener listener(Taken taken, RejectFile rejects) {
        return new ReadListener() {
            @Override
            public void onBadLine(BadLine line) {
                rejects.onBadLine(line);
                taken.skipped(line);
            }
        };
    }

    private ModelSizes sizes() {
        ModelSizes.Builder sizes = ModelSizes.builder().tied(!untied);
        given(width, sizes::width);
        given(layers, sizes::layers);
        given(heads, sizes::heads);
        given(keyValueHeads, sizes::keyValueHeads);
        given(mlpWidth, sizes::mlpWidth);
        given(length, sizes::length);
        return sizes.build();
    }
}
