// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Tokenizer;
import dev.quad.files.JsonText;
import dev.quad.model.AdamMoments;
import dev.quad.model.TrainingOptions;
import dev.quad.text.Document;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlOptions;
import dev.quad.text.ReadListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTrainingTest {
    private static final ModelSizes SIZES =
            ModelSizes.builder().width(16).layers(1).length(32).build();

    @TempDir
    private Path folder;

    private Path data;

    @BeforeEach
    void write() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            lines.append(JsonText.line(Map.of("text", "the ferry number " + i + " sailed with a crew of " + i)));
        }
        data = Files.writeString(folder.resolve("data.jsonl"), lines);
    }

    private ModelTraining.Builder training() {
        return ModelTraining.builder(List.of(data))
                .start(SIZES, ModelTokenizer.bytes())
                .options(TrainingOptions.builder(1).batchTokens(100).checkpointSteps(2))
                .tokens(800);
    }

    private byte[] weights(String name) throws IOException {
        return Files.readAllBytes(folder.resolve(name).resolve("model.safetensors"));
    }

    @Test
    void run_killedAndCalledAgain_endsWithTheSameFiles_andThenHasNothingToDo() throws IOException {
        assertThat(training().build().run(folder.resolve("whole"))).isTrue();
        int[] steps = new int[1];
        PipelineListener killer = new PipelineListener() {
            @Override
            public void onStageAt(long done) {
                if (done >= 300 && ++steps[0] == 3) {
                    throw new IllegalStateException("killed");
                }
            }
        };
        assertThatThrownBy(() -> training().listener(killer).build().run(folder.resolve("killed")))
                .hasMessage("killed");
        assertThat(folder.resolve("killed/config.json")).doesNotExist();

        assertThat(training().build().run(folder.resolve("killed"))).isTrue();
        assertThat(weights("killed")).isEqualTo(weights("whole"));
        assertThat(folder.resolve("killed").resolve(ModelTraining.LOG))
                .hasSameBinaryContentAs(folder.resolve("whole").resolve(ModelTraining.LOG));
        assertThat(folder.resolve("killed/work")).doesNotExist();
        assertThat(training().build().run(folder.resolve("killed"))).isFalse();
    }

    @Test
    void run_anotherTrainingInTheFolder_isRefused() throws IOException {
        training().build().run(folder.resolve("out"));
        assertThatThrownBy(() -> training().seed(new Seed(2)).build().run(folder.resolve("out")))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("seed was 1 and is 2");
    }

    @Test
    void start_fromAModel_goesOnFromItsWeights_andTellsItsLosses() throws IOException {
        training().build().run(folder.resolve("first"));
        List<String> notes = new ArrayList<>();
        try (ModelTokenizer tokens = ModelTokenizer.of(folder.resolve("first"))) {
            ModelTraining more = training()
                    .start(folder.resolve("first"), tokens)
                    .heldOut(List.of(data))
                    .listener(new PipelineListener() {
                        @Override
                        public void onNote(String words) {
                            notes.add(words);
                        }
                    })
                    .build();
            assertThat(more.run(folder.resolve("second"))).isTrue();
        }
        assertThat(weights("second")).hasSameSizeAs(weights("first")).isNotEqualTo(weights("first"));
        assertThat(notes)
                .first()
                .asString()
                .contains(" weights, ")
                .contains(" bytes to learn from, ")
                .endsWith(" held out");
        assertThat(notes).last().asString().endsWith(" nats a byte on the held-out part");
    }

    /** A file that is gone after the first reading is not missed. */
    @Test
    void momentsOfAdam_areReadOnceInARun() throws IOException {
        Path model = folder.resolve("model");
        training().keepOptimizer(true).build().run(model);
        List<Document> documents = Jsonl.read(List.of(data), JsonlOptions.defaults(), ReadListener.NONE);
        try (PipelineSession session = QuadPipeline.builder(ReferenceSet.of(documents.subList(0, 3)))
                .model(model, Tokenizer.bytes())
                .scores(ScoreSettings.builder()
                        .gradient(GradientRule.ADAM_STATE)
                        .build())
                .topK()
                .build()
                .session(CandidatePool.of(documents, document -> 1, "data"), Budget.documents(2), new Seed(1))) {
            Files.delete(model.resolve(AdamMoments.FILE));

            assertThat(session.run().selection().choices()).hasSize(2);
        }
    }

    @Test
    void sizes_thatAreNotSet_followFromTheWidth() {
        assertThat(ModelSizes.builder().build().with(257)).isEqualTo(Proxy.CONFIG);
        assertThat(ModelSizes.builder().width(512).build()).isEqualTo(new ModelSizes(512, 4, 8, 8, 1376, 256, true));
        assertThatThrownBy(() -> ModelSizes.builder().width(15).layers(0).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the number of layers is 0");
        assertThatThrownBy(() -> training().heldOutShare(1).tokens(-1).build())
                .hasMessage("the held-out share is 1.0; allowed is [0, 1)");
    }
}
