// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.Fingerprint;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.DirectionalModel;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Targets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * The captures of a {@link Decoder}: in each block the fused query, key and value projection, the attention output, the
 * fused gate and up projection, and the down projection, each with its bias where there is one. Embedding, norms and
 * head are left out, unless the head is asked for by {@link #withHead}. No gradient of a weight is computed. A moved
 * model holds the memory of one block (with the head, of the larger of the two), a tangent also the activations of a
 * block for the largest batch it saw; decoder and direction must stay open. Once the decoder was trained on, the
 * captures of this would be those of another model than its fingerprint says, and are refused: make another, and
 * directions from it. For use by one thread.
 */
public final class DecoderGradients implements GradientSource<TokenSequence>, DirectionalModel<TokenSequence> {
    private final Decoder decoder;
    private final CapturedLayers layers;
    private final LossMask mask;
    private final String fingerprint;
    private final int changes;

    /** All linear layers of the blocks. */
    public DecoderGradients(Decoder decoder) {
        this(decoder, name -> true);
    }

    /**
     * Some linear layers of the blocks.
     *
     * @param include asked with names such as {@code layers.0.attention.qkv}, {@code layers.0.attention.output},
     *     {@code layers.0.mlp.gate_up}, {@code layers.0.mlp.down}
     */
    public DecoderGradients(Decoder decoder, Predicate<String> include) {
        this(decoder, captured(decoder, name -> !name.equals(CapturedLayers.HEAD), include), LossMask.all());
    }

    private DecoderGradients(Decoder decoder, CapturedLayers layers, LossMask mask) {
        this.decoder = decoder;
        this.layers = layers;
        this.mask = mask;
        if (layers.shapes().isEmpty()) {
            throw new IllegalArgumentException("no layer is included, so that there is nothing to capture");
        }
        this.changes = decoder.changes();
        this.fingerprint = Fingerprint.of("quad.captures")
                .add(decoder.fingerprint())
                .add(layers.shapes().toString())
                .hex();
    }

    /** All linear layers of the blocks, then the output head; see {@link #withHead(Decoder, Predicate)}. */
    public static DecoderGradients withHead(Decoder decoder) {
        return withHead(decoder, name -> true);
    }

    /**
     * Some linear layers, the output head among them: x is what comes out of the last norm, y the logits, δ_t =
     * ∂(summed loss)/∂y_t, that is the prediction at token t less the label. Where the head shares its weights with the
     * embedding, the capture is that of their use as the head: what the loss changes through the embedding is no part
     * of it, and a {@linkplain #moved moved} model is moved in the head only.
     *
     * <p>Cost: 4 bytes for each token of a batch and each word of the vocabulary. The head's factor G is
     * {@code vocabulary × vocabulary}, which K-FAC and EK-FAC decompose in the third power of that. Where it is too
     * large, cut the head by {@code Layers.split} into parts of some words each, or take {@code CurvatureFit.diagonal}.
     *
     * @param include asked with the names of the other constructor's, and last with {@code head}
     */
    public static DecoderGradients withHead(Decoder decoder, Predicate<String> include) {
        return new DecoderGradients(decoder, captured(decoder, name -> true, include), LossMask.all());
    }

    private static CapturedLayers captured(Decoder decoder, Predicate<String> among, Predicate<String> include) {
        Objects.requireNonNull(decoder, "the decoder is null");
        Objects.requireNonNull(include, "include is null; give name -> true for all layers");
        return new CapturedLayers(decoder.config(), decoder.layout(), among.and(include));
    }

    /**
     * The same with the loss of some tokens only, as for a reference where only the answers matter. All tokens still go
     * through the model and are captured, with an output gradient wherever what counts depends on them.
     *
     * <p>The fingerprint is the same, since the model is, so that a direction made from masked references goes with the
     * gradients of whole documents. What is kept by fingerprint, such as a store of gradients or a journal, does not
     * tell masks apart: use one mask for one pool.
     *
     * @param supervised an item without a token that counts cannot be scored
     */
    public DecoderGradients lossOn(LossMask supervised) {
        Objects.requireNonNull(supervised, "the mask of the loss is null; allowed are those of LossMask");
        return new DecoderGradients(decoder, layers, mask instanceof MarginOn ? new MarginOn(supervised) : supervised);
    }

    /**
     * The same with minus the margin of each token as its loss, {@code −log p/(1 − p) = log Σ_{k≠y} e^{z_k} − z_y}: for
     * a reference of which the tokens are to win over all others, and not only to be likely (the measurement of TRAK,
     * Park et al., 2023). A token that is right already still has a gradient, which vanishes for the loss. Draws of
     * labels, and so a curvature, stay those of the loss. The fingerprint is the same, as for {@link #lossOn}: a
     * direction made from this goes with the gradients of the loss.
     */
    public DecoderGradients margin() {
        return new DecoderGradients(decoder, layers, mask instanceof MarginOn ? mask : new MarginOn(mask));
    }

    Decoder decoder() {
        return decoder;
    }

    CapturedLayers captured() {
        return layers;
    }

    @Override
    public List<LayerShape> layers() {
        return List.copyOf(layers.shapes());
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public double parameterNorm() {
        requireUnchanged();
        return Math.sqrt(decoder.squares(layers));
    }

    private void requireUnchanged() {
        if (decoder.changes() != changes) {
            throw new IllegalStateException("the model was trained for " + (decoder.changes() - changes)
                    + " steps after these gradients were made, and what was made from them is that of the model before: make"
                    + " another DecoderGradients, and from it the direction and the estimator");
        }
    }

    @Override
    public Moved<TokenSequence> moved(ReferenceDirection v, double step) {
        Objects.requireNonNull(v, "the direction is null");
        requireUnchanged();
        Decoder moved = decoder.moved(layers, v, step);
        return new Moved<>() {
            @Override
            public BatchLosses losses(List<? extends TokenSequence> batch) {
                requireUnchanged();
                return moved.losses(batch, mask);
            }

            @Override
            public void close() {
                moved.close();
            }
        };
    }

    @Override
    public Optional<Tangent<TokenSequence>> along(ReferenceDirection v) {
        Objects.requireNonNull(v, "the direction is null");
        requireUnchanged();
        TangentPass tangents = decoder.along(layers, v);
        long moved = layers.shapes().stream().mapToLong(LayerShape::weights).sum();
        double flops = 4.0 * decoder.config().productWeights() + 2.0 * moved;
        return Optional.of(new Tangent<>() {
            @Override
            public BatchLosses derivatives(List<? extends TokenSequence> batch) {
                requireUnchanged();
                return decoder.derivatives(batch, mask, tangents);
            }

            @Override
            public OptionalDouble flopsPerToken() {
                return OptionalDouble.of(flops);
            }

            @Override
            public void close() {
                tangents.close();
            }
        });
    }

    /** Six for each of {@link DecoderConfig#productWeights}. */
    @Override
    public OptionalDouble flopsPerToken() {
        return OptionalDouble.of(6.0 * decoder.config().productWeights());
    }

    @Override
    public OptionalDouble forwardFlopsPerToken() {
        return OptionalDouble.of(2.0 * decoder.config().productWeights());
    }

    @Override
    public int tokens(TokenSequence item) {
        Objects.requireNonNull(item, "the item is null");
        return (int) IntStream.range(1, item.length())
                .filter(position -> mask.counts(item, position))
                .count();
    }

    @Override
    public int rows(TokenSequence item) {
        Objects.requireNonNull(item, "the item is null");
        return item.length() - 1;
    }

    @Override
    public BatchLosses capture(List<? extends TokenSequence> batch, Targets targets, CaptureSink sink) {
        Objects.requireNonNull(batch, "the batch is null");
        Objects.requireNonNull(targets, "the targets are null; allowed are those of Targets");
        Objects.requireNonNull(sink, "what takes the captures is null");
        requireUnchanged();
        return decoder.capture(batch, mask, targets, layers.head() >= 0, capture -> {
            int layer = layers.index(capture.layer());
            if (layer >= 0) {
                int[] starts = new int[capture.items() + 1];
                for (int i = 0; i < starts.length; i++) {
                    starts[i] = capture.firstRow(i);
                }
                sink.accept(new LayerCapture(layer, capture.inputs(), capture.outputGradients(), starts));
            }
        });
    }
}
