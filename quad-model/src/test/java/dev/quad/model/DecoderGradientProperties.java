// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.linalg.Floats;
import java.util.function.Consumer;
import java.util.function.Supplier;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** {@link DecoderLaws} on random decoders, and on sizes that cross the blocks in which the work is cut. */
class DecoderGradientProperties {

    private static void with(Supplier<DecoderCase> made, Consumer<DecoderCase> law) {
        long before = Floats.liveBytes();
        try (DecoderCase c = made.get()) {
            law.accept(c);
        }
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    /** A long sequence crosses the blocks of queries (64), all together the blocks of rows (256). */
    private static DecoderCase large() {
        DecoderConfig config = DecoderConfig.builder(7)
                .width(12)
                .layers(2)
                .heads(6)
                .keyValueHeads(3)
                .headWidth(2)
                .mlpWidth(50)
                .maxLength(150)
                .ropeTheta(500)
                .biases(Biases.ALL)
                .build();
        return DecoderCase.of(config, 4, 130, 64, 1, 66);
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void losses_anyDecoder_equalReference(@ForAll long key) {
        with(() -> DecoderCase.random(key, 20), DecoderLaws::lossesEqualReference);
    }

    @Example
    void losses_manyBlocks_equalReference() {
        with(DecoderGradientProperties::large, DecoderLaws::lossesEqualReference);
    }

    @Property(tries = 50, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void gradients_anyDecoder_equalDifferences(@ForAll long key) {
        with(() -> DecoderCase.random(key, 10), c -> DecoderLaws.gradientsEqualDifferences(c, key));
    }

    @Example
    void gradients_manyBlocks_equalDifferences() {
        with(DecoderGradientProperties::large, c -> DecoderLaws.gradientsEqualDifferences(c, 1));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void batch_anyDecoder_equalsSingleSequences(@ForAll long key) {
        with(() -> DecoderCase.random(key, 20), DecoderLaws::packingDoesNotMatter);
    }

    @Example
    void batch_manyBlocks_equalsSingleSequences() {
        with(DecoderGradientProperties::large, DecoderLaws::packingDoesNotMatter);
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void captures_anyDecoder_giveGradients(@ForAll long key) {
        with(() -> DecoderCase.random(key, 20), DecoderLaws::capturesGiveGradients);
    }

    @Example
    void captures_manyBlocks_giveGradients() {
        with(DecoderGradientProperties::large, DecoderLaws::capturesGiveGradients);
    }

    @Property(tries = 50, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void headCapture_anyDecoder_equalsDifferences(@ForAll long key) {
        with(() -> DecoderCase.random(key, 10), c -> DecoderLaws.headCaptureEqualsDifferences(c, key));
    }

    @Example
    void headCapture_manyBlocks_equalsDifferences() {
        with(DecoderGradientProperties::large, c -> DecoderLaws.headCaptureEqualsDifferences(c, 1));
    }

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void recomputation_anyDecoder_doesNotMatter(@ForAll long key) {
        with(() -> DecoderCase.random(key, 20), DecoderLaws::recomputationDoesNotMatter);
    }

    @Example
    void recomputation_manyBlocks_doesNotMatter() {
        with(DecoderGradientProperties::large, DecoderLaws::recomputationDoesNotMatter);
    }

    /** A vocabulary so large that the logits are made in pieces. */
    @Example
    void batch_hugeVocabulary_equalsSingleSequences() {
        DecoderConfig config = DecoderConfig.builder(66_000)
                .width(4)
                .layers(1)
                .heads(1)
                .mlpWidth(4)
                .maxLength(100)
                .ropeTheta(500)
                .build();
        assertThat(1 << 24).isLessThan(256 * config.vocabulary());
        with(() -> DecoderCase.of(config, 4, 101, 90, 101, 3), DecoderLaws::packingDoesNotMatter);
    }

    @Property(tries = 50, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void threads_anyDecoder_doNotMatter(@ForAll long key) {
        with(() -> DecoderCase.random(key, 20), DecoderLaws::threadsDoNotMatter);
    }

    @Example
    void threads_manyBlocks_doNotMatter() {
        with(DecoderGradientProperties::large, DecoderLaws::threadsDoNotMatter);
    }
}
