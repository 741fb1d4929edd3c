// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.linalg.Owned;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingListener;
import dev.quad.model.TrainingOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongConsumer;

/** The small byte-level model that is trained where none is given, and that evaluation trains. */
final class Proxy {
    /** 0.8 million weights: trained on half a million bytes in well under a minute on two cores. */
    static final DecoderConfig CONFIG = DecoderConfig.builder(257)
            .width(128)
            .layers(4)
            .heads(4)
            .mlpWidth(352)
            .maxLength(256)
            .tiedHead(true)
            .build();

    private Proxy() {}

    /** Trains from the start that the seed gives, as a stage. */
    static Decoder train(
            Stages stages, String stage, List<TokenSequence> data, long tokens, Seed seed, Optional<Path> checkpoint) {
        return train(CONFIG, stages, stage, data, tokens, seed, checkpoint);
    }

    /** The same of another size. */
    static Decoder train(
            DecoderConfig config,
            Stages stages,
            String stage,
            List<TokenSequence> data,
            long tokens,
            Seed seed,
            Optional<Path> checkpoint) {
        try (Owned parts = new Owned()) {
            Decoder decoder = parts.add(Decoder.random(config, seed));
            LastLoss loss = new LastLoss();
            stages.run(
                    "proxy",
                    stage,
                    tokens,
                    "tokens",
                    at -> {
                        loss.at = at;
                        new Trainer(TrainingOptions.builder(tokens).build(), seed, loss, checkpoint)
                                .train(decoder, data);
                        return loss;
                    },
                    last -> String.format(Locale.ROOT, "%,d tokens, last loss %.3f nats a byte", tokens, last.last));
            return parts.release(decoder);
        }
    }

    /** Shows progress, and knows the last loss of a resumed training too. */
    private static final class LastLoss implements TrainingListener {
        private LongConsumer at = tokens -> {};
        private double last;

        @Override
        public void onStep(int step, long tokens, long totalTokens, double loss) {
            at.accept(tokens);
            last = loss;
        }

        @Override
        public String onSave(int step) {
            return Double.toString(last);
        }

        @Override
        public void onResume(int step, String kept) {
            last = Double.parseDouble(kept);
        }
    }
}
