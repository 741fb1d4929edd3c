// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.model.DecoderConfig;

/**
 * How large the points of an experiment are. Texts are counted in bytes, which are the tokens of the model.
 *
 * @param name of the folder of its points
 * @param seeds how often a task is run: each with other documents, another model, another choice and another training
 * @param pool bytes that are chosen from
 * @param budget bytes that are chosen
 * @param start bytes that the model is trained on that scores, and that trainings go on from
 * @param training bytes that it is trained on further
 * @param measured bytes that it is measured on at most, of each file; and those of the reference
 * @param factors bytes that the curvature is estimated from
 * @param width of the model
 * @param layers of the model
 */
record Size(
        String name,
        int seeds,
        long pool,
        long budget,
        long start,
        long training,
        long measured,
        long factors,
        int width,
        int layers) {
    /** Minutes; since tasks say more than seeds, one of these. */
    static final Size QUICK = new Size("quick", 1, 500_000, 50_000, 800_000, 100_000, 30_000, 50_000, 64, 2);

    /** A night. */
    static final Size WHOLE = new Size("whole", 3, 4_000_000, 400_000, 3_000_000, 800_000, 100_000, 100_000, 128, 4);

    private static final int HEAD = 32;
    private static final int LENGTH = 256;

    DecoderConfig model() {
        return DecoderConfig.builder(257)
                .width(width)
                .layers(layers)
                .heads(width / HEAD)
                .mlpWidth(width * 8 / 3)
                .maxLength(LENGTH)
                .tiedHead(true)
                .build();
    }
}
