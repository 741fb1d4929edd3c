// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.Experimental;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.files.Unchecked;
import dev.quad.files.Words;
import dev.quad.influence.Curvature;
import dev.quad.influence.Damping;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Spectrum;
import dev.quad.model.Decoder;
import dev.quad.model.ModelCheck;
import dev.quad.model.ModelFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * What scores would see of a model in a folder, by which settings, and whether they can be believed, as {@code quad
 * check-model} tells it. Immutable.
 *
 * @param model what the folder holds, in words: {@link ModelFolder#toString}
 * @param tokenizer its tokenizer, in words; {@code none} where there is none that could be used
 * @param layers every linear layer, in the order of a forward pass, then the head
 * @param choices what each {@link ScoreSettings.LayerGroup} counts
 * @param notes what other settings do with this model, and what none shows, in sentences
 * @param batching by how much what shares a batch changes scores, over the largest: {@link ModelCheck#batching}
 * @param curvature what the eigenvalues of a curvature of this model say; empty where none was given
 * @param problems why scores could not be believed; empty where they can
 */
@Experimental
public record ModelInspection(
        String model,
        String tokenizer,
        List<Layer> layers,
        List<Choice> choices,
        List<String> notes,
        double batching,
        List<Spectrum> curvature,
        List<String> problems) {

    /**
     * A linear layer.
     *
     * @param name as scores by layer have it
     * @param inputs the length of its input
     * @param outputs the length of its output
     * @param bias whether it has one
     * @param countedBy the {@link ScoreSettings.LayerGroup}s that it counts with, in words
     * @param differences how far its gradient is off central differences of the loss, over its square; empty where that
     *     was not looked at
     */
    public record Layer(
            String name, int inputs, int outputs, boolean bias, List<String> countedBy, OptionalDouble differences) {
        /** Checks that all is there. */
        public Layer {
            Objects.requireNonNull(name, "the name is null");
            countedBy =
                    List.copyOf(Objects.requireNonNull(countedBy, "countedBy is null; give the values that count it"));
            Objects.requireNonNull(differences, "the differences are null; allowed are empty ones");
        }
    }

    /**
     * What a value of {@link ScoreSettings.Builder#layers} counts.
     *
     * @param name of the value, in words
     * @param layers how many layers
     * @param weights how many weights they have
     * @param factorBytes of the heap for their Kronecker factors
     */
    public record Choice(String name, int layers, long weights, long factorBytes) {
        /** Checks that it has a name. */
        public Choice {
            Objects.requireNonNull(name, "the name is null");
        }
    }

    /** Copies the lists. */
    public ModelInspection {
        Objects.requireNonNull(model, "the model is null");
        Objects.requireNonNull(tokenizer, "the tokenizer is null");
        layers = List.copyOf(Objects.requireNonNull(layers, "the layers are null"));
        choices = List.copyOf(Objects.requireNonNull(choices, "the choices are null"));
        notes = List.copyOf(Objects.requireNonNull(notes, "the notes are null"));
        curvature = List.copyOf(Objects.requireNonNull(curvature, "the curvature is null; allowed is an empty one"));
        problems = List.copyOf(Objects.requireNonNull(problems, "the problems are null"));
    }

    /**
     * Looks at a model; costs what {@link ModelCheck#of} does.
     *
     * @param curvature a file that {@link Curvature#write} wrote, if its spectrum is wanted too
     * @param damping what that is looked at under
     * @param seed draws the tokens
     * @throws InputException if the folder holds no model that is known, or the file no curvature
     */
    public static ModelInspection of(Path folder, Optional<Path> curvature, Damping damping, Seed seed) {
        Objects.requireNonNull(curvature, "the curvature is null; allowed is an empty one");
        Objects.requireNonNull(damping, "the damping is null; allowed are those of Damping");
        Objects.requireNonNull(seed, "the seed is null");
        ModelFolder model = ModelFolder.of(folder);
        List<String> problems = new ArrayList<>();
        String tokenizer = tokenizer(folder, problems);
        List<Spectrum> spectra =
                curvature.map(file -> Curvature.read(file).spectra(damping)).orElse(List.of());
        ModelCheck check = Unchecked.get(folder, () -> {
            try (Decoder decoder = Decoder.map(folder)) {
                return ModelCheck.of(decoder, seed);
            }
        });
        problems.addAll(check.problems());
        List<Layer> layers = new ArrayList<>();
        for (ModelCheck.Layer layer : check.layers()) {
            LayerShape shape = layer.shape();
            layers.add(new Layer(
                    shape.name(),
                    shape.inputs(),
                    shape.outputs(),
                    shape.bias(),
                    groups().filter(group -> counts(group, layer))
                            .map(Words::of)
                            .toList(),
                    layer.isChecked() ? OptionalDouble.of(layer.error()) : OptionalDouble.empty()));
        }
        List<Choice> choices = groups().map(group -> choice(group, check)).toList();
        return new ModelInspection(
                model.toString(), tokenizer, layers, choices, notes(model, check), check.batching(), spectra, problems);
    }

    private static Stream<ScoreSettings.LayerGroup> groups() {
        return Arrays.stream(ScoreSettings.LayerGroup.values());
    }

    private static boolean counts(ScoreSettings.LayerGroup group, ModelCheck.Layer layer) {
        return switch (group) {
            case ALL -> !layer.group().equals("head");
            case ATTENTION -> layer.group().equals("attention");
            case MLP -> layer.group().equals("mlp");
            case ALL_AND_HEAD -> true;
        };
    }

    private static Choice choice(ScoreSettings.LayerGroup group, ModelCheck check) {
        List<LayerShape> shapes = check.layers().stream()
                .filter(layer -> counts(group, layer))
                .map(ModelCheck.Layer::shape)
                .toList();
        return new Choice(
                Words.of(group),
                shapes.size(),
                shapes.stream().mapToLong(LayerShape::weights).sum(),
                KroneckerFactors.heapBytes(shapes));
    }

    private static String tokenizer(Path folder, List<String> problems) {
        try (ModelTokenizer tokens = ModelTokenizer.of(folder)) {
            return tokens.toString();
        } catch (InputException e) {
            problems.add(String.valueOf(e.getMessage()));
            return "none";
        }
    }

    private static List<String> notes(ModelFolder model, ModelCheck check) {
        long biases = check.layers().stream()
                .map(ModelCheck.Layer::shape)
                .filter(LayerShape::bias)
                .mapToLong(LayerShape::outputs)
                .sum();
        return List.of(
                biases == 0
                        ? "biases: there are none to ignore"
                        : String.format(Locale.ROOT, "biases: ignore leaves out %,d", biases),
                String.format(
                        Locale.ROOT,
                        "qkv: separate and heads have the curvature see queries, keys and values apart, of %d heads of"
                                + " queries and %d of keys",
                        model.config().heads(),
                        model.config().keyValueHeads()),
                String.format(
                        Locale.ROOT,
                        "never seen: %,d weights of %s",
                        check.unseen(),
                        check.tiedHead()
                                ? "norms, nor the head's in their use as the embedding"
                                : "the embedding and norms"),
                String.format(
                        Locale.ROOT,
                        "batches: %d ragged texts in one have the scores of each alone to %.1e of the largest",
                        ModelCheck.SEQUENCES,
                        check.batching()));
    }
}
