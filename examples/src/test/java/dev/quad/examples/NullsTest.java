// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Embeddings;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.baselines.LinearClassifier;
import dev.quad.baselines.LinearScores;
import dev.quad.baselines.Mates;
import dev.quad.cluster.embeddings.AssignmentFile;
import dev.quad.cluster.embeddings.ElementType;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import dev.quad.cluster.embeddings.EmbeddingsWriter;
import dev.quad.files.OutputLock;
import dev.quad.influence.CaptureFolder;
import dev.quad.influence.Curvature;
import dev.quad.influence.CurvatureFit;
import dev.quad.influence.DirectionalModel;
import dev.quad.influence.Fisher;
import dev.quad.influence.ForwardInfluence;
import dev.quad.influence.GradientSource;
import dev.quad.influence.GradientStore;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.LayerPartition;
import dev.quad.influence.Projection;
import dev.quad.influence.RandomProjection;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.ScoreFile;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import dev.quad.pipeline.EmbeddingClusters;
import dev.quad.text.Contamination;
import dev.quad.text.Document;
import dev.quad.text.EmbeddingColumn;
import dev.quad.text.JsonFields;
import dev.quad.text.JsonlPool;
import dev.quad.text.RecordWriter;
import dev.quad.text.ScoreColumn;
import dev.quad.text.TableWriter;
import dev.quad.tokenizer.JsonTokenizer;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import smile.clustering.DBSCAN;
import smile.clustering.PartitionClustering;

/** Whoever hands a null to anything public is told at once what is null. */
class NullsTest {
    private static final String UNUSED = "does nothing with it";

    /** What takes a null, or is not called here. */
    private static final Map<String, String> EXCEPT = Map.ofEntries(
            entry("Order.places random", UNUSED),
            entry("Pool.places random", UNUSED),
            entry("Pool.arranged random", UNUSED),
            entry("By.arranged random", UNUSED),
            entry("Threshold.forShare share", UNUSED),
            entry("Absolute.tau pilot", UNUSED),
            entry("ForBudget.tau pilot", UNUSED),
            entry("UpdateRule.requireLayers layers", UNUSED),
            entry("Sgd.apply gradient", UNUSED),
            entry("GradientSource.rows item", "left to tokens, which others write"),
            entry("PipelineSession.wordScores texts", "a run would be needed"),
            entry("OnnxEmbedder.embed texts", "a model of 30 MB would be needed"),
            entry("OnnxEmbedder.embed target", "a model of 30 MB would be needed"));

    /** What cannot be made of samples. */
    private static Samples samples(Path folder) throws Exception {
        Samples samples = new Samples(folder);
        TokenSequence text = samples.know(TokenSequence.class, TokenSequence.of(1, 2, 3));
        samples.know(Object.class, text);
        DecoderConfig config = samples.know(
                DecoderConfig.class,
                DecoderConfig.builder(5)
                        .width(4)
                        .layers(1)
                        .heads(1)
                        .mlpWidth(4)
                        .maxLength(4)
                        .build());
        Decoder decoder = samples.know(Decoder.class, Decoder.random(config, new Seed(1)));
        DecoderGradients gradients = new DecoderGradients(decoder);
        samples.know(String.class, gradients.layers().get(0).name());
        samples.know(GradientSource.class, gradients);
        samples.know(DirectionalModel.class, gradients);
        ReferenceDirection direction = samples.know(
                ReferenceDirection.class, ReferenceDirection.gradient(gradients, ReferenceSet.of(List.of(text))));
        KroneckerFactors factors = samples.know(
                KroneckerFactors.class, KroneckerFactors.fit(gradients, List.of(text), Fisher.empirical()));
        samples.know(Curvature.class, Curvature.kfac(factors));
        samples.know(CurvatureFit.class, CurvatureFit.of(gradients, List.of(text), Fisher.empirical()));
        samples.know(ForwardInfluence.class, ForwardInfluence.calibrate(gradients, direction, List.of(text), 9));
        Projection projection = samples.know(Projection.class, RandomProjection.of(gradients.layers(), 2, new Seed(1)));
        samples.know(LayerPartition.class, LayerPartition.of(gradients, 1L << 30));

        Path captures = folder.resolve("captures");
        CaptureFolder.write(gradients, List.of(text), item -> "a", Fisher.empirical(), captures, 9, done -> {});
        samples.know(CaptureFolder.class, CaptureFolder.open(captures));
        Path store = folder.resolve("store");
        GradientStore.write(gradients, List.of(text), "pool", projection, store, 9, done -> {});
        samples.know(GradientStore.class, GradientStore.open(store, projection));
        Path scores = folder.resolve("scores");
        ScoreFile.write(scores, direction, List.of("a"), InfluenceScores.of(0.5), new int[] {1});
        samples.know(ScoreFile.class, ScoreFile.open(scores, direction));

        samples.know(Embeddings.class, Embeddings.of(new float[][] {{0.5f}}));
        Path rows = folder.resolve("rows.npy");
        try (EmbeddingsWriter writer = EmbeddingsWriter.open(rows, 1, 1, ElementType.FLOAT32, Map.of())) {
            writer.write(FloatBuffer.allocate(1));
        }
        Path more = folder.resolve("more.npy");
        samples.know(
                EmbeddingsWriter.class, EmbeddingsWriter.openForAnyOrder(more, 1, 1, ElementType.FLOAT32, Map.of()));
        samples.know(EmbeddingsFile.class, EmbeddingsFile.open(rows));
        samples.know(EmbeddingClusters.class, EmbeddingClusters.of(rows, "", new Seed(1)));
        samples.know(AssignmentFile.class, AssignmentFile.open(folder.resolve("clusters.npy"), 1, "a"));

        Path jsonl =
                Files.writeString(folder.resolve("pool.jsonl"), "{\"id\": \"a\", \"text\": \"a\", \"row\": [1]}\n");
        JsonlPool pool = samples.know(JsonlPool.class, JsonlPool.builder().open(List.of(jsonl)));
        samples.know(EmbeddingColumn.class, EmbeddingColumn.open(pool, List.of(jsonl), "id", "row"));
        samples.know(
                LinearScores.class, new LinearClassifier().fit(pool, List.of(new Document("b", "b")), new Seed(1)));
        samples.know(Contamination.class, Contamination.find(pool, List.of(new Document("b", "b"))));
        Path scored = Files.writeString(folder.resolve("scores.jsonl"), "{\"id\": \"a\", \"score\": 1}\n");
        ScoreColumn column = samples.know(ScoreColumn.class, ScoreColumn.read(pool, scored, "id"));
        samples.know(Mates.class, Mates.of(column, 50));
        samples.know(TableWriter.class, TableWriter.create(folder.resolve("rows.jsonl"), List.of(), Map.of()));
        RecordWriter writer = samples.know(RecordWriter.class, RecordWriter.create(folder.resolve("out.jsonl"), "new"));
        writer.write("{}".getBytes(StandardCharsets.UTF_8), fields -> samples.know(JsonFields.class, fields));
        samples.know(RecordWriter.Builder.class, RecordWriter.builder(folder.resolve("new.jsonl"), "new"));
        samples.know(OutputLock.class, OutputLock.ofFolder(Files.createDirectory(folder.resolve("locked"))));
        Path tokenizer = Files.writeString(folder.resolve("tokenizer.json"), """
                {"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []},
                 "added_tokens": [{"id": 1, "content": "<s>", "special": true, "single_word": false, "lstrip": false,
                   "rstrip": false, "normalized": false}]}
                """);
        samples.know(JsonTokenizer.class, JsonTokenizer.load(tokenizer, "<s>"));

        samples.know(INDArray.class, Nd4j.eye(1));
        SameDiff graph = samples.know(SameDiff.class, SameDiff.create());
        SDVariable weights = graph.var("weights", Nd4j.eye(1));
        graph.sum("loss", graph.placeHolder("x", DataType.FLOAT, -1, 1).mmul(weights));
        graph.setLossVariables("loss");
        OutputLayer layer = new OutputLayer.Builder().nIn(1).nOut(2).build();
        samples.know(
                MultiLayerNetwork.class,
                new MultiLayerNetwork(
                        new NeuralNetConfiguration.Builder().list(layer).build()));
        samples.know(
                ComputationGraph.class,
                new ComputationGraph(new NeuralNetConfiguration.Builder()
                        .graphBuilder()
                        .addInputs("in")
                        .setInputTypes(InputType.feedForward(1))
                        .addLayer("out", layer, "in")
                        .setOutputs("out")
                        .build()));
        samples.know(PartitionClustering.class, DBSCAN.fit(new double[][] {{0.5}}, 1, 1));
        return samples;
    }

    @Test
    void everyNull_isNamedAtTheCall(@TempDir Path folder) throws Exception {
        Samples samples = samples(folder);
        Set<String> complaints = new TreeSet<>();
        Set<String> unused = new TreeSet<>(EXCEPT.keySet());
        int calls = 0;
        for (Class<?> type : PublicTypes.withInner()) {
            for (Executable call : calls(type)) {
                Set<String> told = new HashSet<>();
                Parameter[] parameters = call.getParameters();
                for (int i = 0; i < parameters.length; i++) {
                    String place = type.getSimpleName() + "." + name(call) + " " + parameters[i].getName();
                    if (mayBeNull(parameters[i]) || unused.remove(place) || EXCEPT.containsKey(place)) {
                        continue;
                    }
                    calls++;
                    String answer = answer(samples, type, call, i);
                    if (!names(answer, call, parameters[i]) || !told.add(answer)) {
                        complaints.add(place + " of " + call + ": " + answer);
                    }
                }
            }
        }
        samples.close();
        assertThat(complaints).isEmpty();
        assertThat(unused).as("exceptions that nothing needs").isEmpty();
        assertThat(calls).isGreaterThan(700);
    }

    /** Of Quad's own making: what others write, and what Quad calls, is theirs. */
    private static List<Executable> calls(Class<?> type) {
        if (Throwable.class.isAssignableFrom(type)) {
            return List.of(); // a message and a cause may be null, as everywhere in Java
        }
        boolean listens = type.isInterface() && type.getSimpleName().endsWith("Listener");
        Stream<Executable> made =
                Modifier.isAbstract(type.getModifiers()) ? Stream.of() : Arrays.stream(type.getConstructors());
        return Stream.concat(
                        made,
                        Arrays.stream(type.getDeclaredMethods())
                                .filter(method -> Modifier.isPublic(method.getModifiers())
                                        && !Modifier.isAbstract(method.getModifiers())
                                        && !method.isSynthetic()
                                        && !(listens && method.getName().startsWith("on"))
                                        && !(type.isEnum() && method.getName().equals("valueOf"))
                                        && !method.getName().equals("equals")))
                .toList();
    }

    private static boolean mayBeNull(Parameter parameter) {
        return parameter.getType().isPrimitive() || parameter.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    private static String name(Executable call) {
        return call instanceof Constructor ? "new" : call.getName();
    }

    private static String answer(Samples samples, Class<?> type, Executable call, int place) throws Exception {
        Object[] arguments;
        @Nullable Object on;
        try {
            arguments = samples.of(call);
            on = call instanceof Constructor || Modifier.isStatic(call.getModifiers()) ? null : samples.of(type);
        } catch (IllegalStateException e) {
            return String.valueOf(e.getMessage());
        }
        arguments[place] = null;
        try {
            Samples.call(call, on, arguments);
            return "takes it";
        } catch (InvocationTargetException e) {
            Throwable thrown = Objects.requireNonNull(e.getCause());
            return thrown instanceof NullPointerException || thrown instanceof IllegalArgumentException
                    ? String.valueOf(thrown.getMessage())
                    : thrown.toString();
        }
    }

    /** By a word of the parameter, its type, the method or its class; a path is a file or a folder. */
    private static boolean names(String message, Executable call, Parameter parameter) {
        String place = parameter.getType() == Path.class
                ? "File Folder"
                : parameter.getType().getSimpleName();
        return message.contains(" null")
                && !message.startsWith("Cannot ")
                && Stream.of(parameter.getName(), place, call.getName().replaceAll(".*\\.", ""))
                        .flatMap(name -> Arrays.stream(name.split("(?=[A-Z])|\\W")))
                        .filter(word -> !word.isEmpty() && !word.equals("of"))
                        .map(word -> word.toLowerCase(Locale.ROOT).replaceAll("s$", ""))
                        .anyMatch(word -> Pattern.compile("\\b" + word, Pattern.CASE_INSENSITIVE)
                                .matcher(message)
                                .find());
    }
}
