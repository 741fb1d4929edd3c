// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.influence.Curvature;
import dev.quad.influence.CurvatureFit;
import dev.quad.influence.Fisher;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckModelTest {
    @TempDir
    private Path folder;

    /** A model of so many words, and K-FAC of its MLP. */
    private Path model(int vocabulary) throws IOException {
        DecoderConfig config = DecoderConfig.builder(vocabulary)
                .width(16)
                .layers(2)
                .heads(2)
                .mlpWidth(24)
                .maxLength(32)
                .tiedHead(true)
                .build();
        Path place = folder.resolve("model" + vocabulary);
        try (Decoder decoder = Decoder.random(config, new Seed(1))) {
            decoder.write(place);
            DecoderGradients mlp = new DecoderGradients(decoder, name -> name.contains(".mlp."));
            List<TokenSequence> items = List.of(TokenSequence.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
            Curvature.kfac(CurvatureFit.of(mlp, items, Fisher.empirical()).factors())
                    .write(folder.resolve("curvature.safetensors"));
        }
        return place;
    }

    @Test
    void checkModel_tellsLayersOptionsAndSpectrum() throws IOException {
        Path model = model(Tokenizer.bytes().vocabularySize());
        Path json = folder.resolve("check.json");
        Outcome found = Outcome.of(
                "check-model", model, "--curvature", folder.resolve("curvature.safetensors"), "--json", json);

        assertThat(found.code()).as(found.toString()).isEqualTo(Quad.DONE);
        assertThat(found.out())
                .containsPattern("layers\\.1\\.mlp\\.down +16 x 24 +no +all, mlp, all-and-head +\\d\\.\\de-\\d\\d\n")
                .containsPattern("head +\\d+ x 16 +no +all-and-head +\\d\\.\\de-\\d\\d\n")
                .containsPattern("--layers mlp +4 layers, +2,304 weights")
                .contains("biases: there are none", "2 heads of queries and 2 of keys")
                .contains("80 weights of norms, nor the head's in their use as the embedding")
                .containsPattern(
                        "layers\\.0\\.mlp\\.gate_up( +\\d\\.\\d+e[-+]\\d\\d){5}( +[\\d,.]+){2} +[\\d,]+ / 768\n")
                .endsWith("\nscores can be believed\n");
        assertThat(Files.readString(json))
                .contains(
                        "\"format\" : \"quad.model-check.1\"", "\"problems\" : [ ]", "\"stableRank\"", "\"batching\"");
    }

    @Test
    void checkModel_withoutATokenizer_saysSoAndEndsWithOne() throws IOException {
        Outcome found = Outcome.of("check-model", model(40));

        assertThat(found.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(found.out())
                .contains("tokenizer: none")
                .contains("NOT AS IT SHOULD BE: ")
                .contains("has no tokenizer.json")
                .doesNotContain("can be believed");
        Outcome none = Outcome.of("check-model", folder.resolve("absent"));
        assertThat(none.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(none.err()).contains("absent");
    }
}
