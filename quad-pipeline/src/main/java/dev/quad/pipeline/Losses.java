// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.files.Safetensors;
import dev.quad.files.SafetensorsWriter;
import dev.quad.files.Unchecked;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What one training was measured at: the losses of documents in nats.
 *
 * @param curve of those held out, at each point on the way; the last is the end
 * @param others of each other set, at the end
 */
record Losses(List<double[]> curve, List<double[]> others) {
    /** Of a digest in the name of a file: enough that no two are the same by chance. */
    static final int NAME_DIGITS = 16;

    private static final String FORMAT = "quad.losses.1";

    double[] last() {
        return curve.get(curve.size() - 1);
    }

    /** Those that are kept under a digest of all that they depend on, or else those that are made. */
    static Losses keep(Optional<Path> folder, String digest, Supplier<Losses> make) {
        Optional<Path> file =
                folder.map(in -> in.resolve("losses-" + digest.substring(0, NAME_DIGITS) + ".safetensors"));
        return Stages.keep(file, Losses::read, make, Losses::write);
    }

    private static Losses read(Path file) {
        return Unchecked.get(file, () -> {
            Safetensors kept = Safetensors.open(file, FORMAT);
            return new Losses(series(kept, "curve"), series(kept, "others"));
        });
    }

    private static List<double[]> series(Safetensors kept, String name) throws java.io.IOException {
        List<double[]> series = new ArrayList<>();
        while (kept.has(name + "." + series.size())) {
            series.add(kept.doubles(name + "." + series.size()));
        }
        return series;
    }

    private void write(Path file) {
        SafetensorsWriter writer = new SafetensorsWriter(Map.of("format", FORMAT));
        add(writer, "curve", curve);
        add(writer, "others", others);
        writer.write(file);
    }

    private static void add(SafetensorsWriter writer, String name, List<double[]> series) {
        for (int i = 0; i < series.size(); i++) {
            writer.add(name + "." + i, series.get(i), series.get(i).length);
        }
    }

    @Override
    public String toString() {
        return "losses at " + curve.size() + " points, the last of "
                + Arrays.stream(last()).sum() + " nats";
    }
}
