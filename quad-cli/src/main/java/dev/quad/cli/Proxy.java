// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingListener;
import dev.quad.model.TrainingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The small byte-level model that is trained where none is given, and that evaluation trains. */
final class Proxy {
    /** 0.8 million weights: trained on half a million bytes in well under a minute on two cores. */
    static final DecoderConfig CONFIG = new DecoderConfig(257, 128, 4, 4, 4, 352, 256, 10_000, 1e-5, true);

    private Proxy() {}

    /** Trains from the start that the seed gives. */
    static Decoder train(
            String stage,
            List<TokenSequence> data,
            long tokens,
            Seed seed,
            Optional<Path> checkpoint,
            Progress progress)
            throws IOException {
        Decoder decoder = Decoder.random(CONFIG, seed);
        progress.start(stage, tokens, "tokens");
        LastLoss loss = new LastLoss(progress);
        boolean done = false;
        try {
            new Trainer(TrainingOptions.builder(tokens).build(), seed, loss, checkpoint).train(decoder, data);
            done = true;
        } finally {
            if (!done) {
                decoder.close();
            }
        }
        progress.finish(String.format(Locale.ROOT, "%,d tokens, last loss %.3f nats a byte", tokens, loss.last));
        return decoder;
    }

    /** Shows progress, and knows the last loss of a resumed training too. */
    private static final class LastLoss implements TrainingListener {
        private final Progress progress;
        private double last;

        LastLoss(Progress progress) {
            this.progress = progress;
        }

        @Override
        public void onStep(int step, long tokens, long totalTokens, double loss) {
            progress.at(tokens);
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
