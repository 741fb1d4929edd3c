// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import dev.quad.model.DecoderConfig;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ScoreSettingsTest {

    private static DecoderConfig words(int vocabulary) {
        return DecoderConfig.builder(vocabulary)
                .width(16)
                .layers(1)
                .heads(2)
                .mlpWidth(32)
                .maxLength(64)
                .tiedHead(true)
                .build();
    }

    @Test
    void headOfALargeVocabulary_isRefusedWithWhatToDo() {
        ScoreSettings code = Preset.PUBLIC_CODE.scores().build();
        assertThatThrownBy(() -> code.requireRoom(words(200_000)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the curvature ekfac of a head of 200,000 words needs 640,00")
                .hasMessageContaining(
                        "leave out the head (layers all), take the curvature diagonal, or give more memory");
        ScoreSettings.defaults().requireRoom(words(200_000));
        code.requireRoom(words(257));
    }

    @Test
    void build_namesAllThatIsWrong() {
        ScoreSettings.Builder wrong = ScoreSettings.builder()
                .factorTokens(0)
                .referenceTokens(-1)
                .chunksPerDocument(0)
                .projection(OptionalInt.of(5))
                .gradient(GradientRule.SIGN)
                .passes(ScoreSettings.Passes.FORWARD)
                .biases(ScoreSettings.Biases.IGNORE)
                .qkv(ScoreSettings.Qkv.HEADS);
        assertThatThrownBy(wrong::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("factorTokens is 0; allowed is 1 or more")
                .hasMessageContaining("referenceTokens is -1")
                .hasMessageContaining("chunksPerDocument is 0")
                .hasMessageContaining("projection is 5 and score is product")
                .hasMessageContaining("projection is 5 and gradient is sign")
                .hasMessageContaining("passes is forward and gradient is sign; give gradient sgd, or passes backward")
                .hasMessageContaining("passes is forward and biases is ignore; give biases keep")
                .hasMessageContaining("passes is forward and qkv is heads; give qkv joint");
        ScoreSettings.Builder cosines = Preset.PUBLIC_CODE.scores().passes(ScoreSettings.Passes.FORWARD);
        assertThatThrownBy(cosines::build).hasMessageContaining("passes is forward and score is mean-cosine");
    }

    /** Both halves of a preset say what they set, in the words of the manifest. */
    @Test
    void presets_haveBothHalves() {
        for (Preset preset : Preset.values()) {
            assertThat(preset.scores().build().describe()).containsKeys("score", "curvature", "damping");
            assertThat(preset.selection().build().describe()).containsKeys("armSelector", "threshold");
        }
        assertThat(Preset.PUBLIC_CODE.scores().build().describe())
                .containsEntry("score", "mean-cosine")
                .containsEntry("projection", "8192")
                .containsEntry("curvature", "ekfac")
                .containsEntry("shortDocuments", "zero");
        assertThat(Preset.PUBLIC_CODE.selection().build().describe())
                .containsEntry(
                        "credit", "pulls, neighbours within 0.2 by cosine of centres, whole trials towards 0.002");
        assertThat(Preset.PAPER.selection().build().describe())
                .containsEntry("armSelector", "Ucb1[alpha=1.0E-4, unit=RAW]");
        assertThat(Preset.QUAD.scores().build().describe())
                .isEqualTo(ScoreSettings.defaults().describe());
    }

    /** A curvature beside Adam would be a second preconditioner; one that is asked for is taken. */
    @Test
    void curvature_ofAnOptimisersUpdate_isNoneUnlessGiven() {
        ScoreSettings.Builder settings = ScoreSettings.builder();
        assertThat(settings.build().describe()).containsEntry("curvature", "kfac");
        for (GradientRule rule : List.of(GradientRule.SIGN, GradientRule.ADAM, GradientRule.ADAM_STATE)) {
            assertThat(settings.gradient(rule).build().describe()).containsEntry("curvature", "identity");
        }
        assertThatThrownBy(settings.qkv(ScoreSettings.Qkv.HEADS)::build)
                .hasMessageContaining("gradient is adam-state, of which the moments are of whole layers")
                .hasMessageContaining("qkv is heads; give biases keep and qkv joint");
        settings.qkv(ScoreSettings.Qkv.JOINT).curvature(ScoreSettings.CurvatureKind.EKFAC);
        assertThat(settings.build().describe()).containsEntry("curvature", "ekfac");
    }

    @Test
    void shortDocuments_areBelowHalfAChunk() {
        assertThat(ShortDocuments.UNSCORED.tokens(256)).isEqualTo(8);
        assertThat(ShortDocuments.UNSCORED.tokens(10)).isEqualTo(5);
        assertThat(ShortDocuments.ZERO.tokens(256)).isEqualTo(128);
        assertThatThrownBy(() -> new ShortDocuments(true, OptionalInt.of(33)).tokens(64))
                .hasMessageContaining("short documents are zero:33, and chunks have 64 tokens; allowed is 1 to 32");
        assertThatThrownBy(() -> new ShortDocuments(false, OptionalInt.of(0)))
                .hasMessageContaining("allowed is 1 or more");
    }
}
