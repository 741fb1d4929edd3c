// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Seed;
import dev.quad.files.SafetensorsWriter;
import dev.quad.linalg.Reals;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Writes one file of a {@link CaptureFolder}. Holds the captures of a batch. */
final class CaptureShardWriter {
    private CaptureShardWriter() {}

    static <T> void write(
            GradientSource<T> source,
            List<? extends T> batch,
            Function<? super T, String> id,
            Fisher fisher,
            Path folder,
            int shard,
            boolean last) {
        List<LayerShape> layers = Sources.layers(source);
        int draws = fisher instanceof Fisher.Sampled sampled ? sampled.draws() : 0;
        Seed seed = fisher instanceof Fisher.Sampled sampled ? sampled.seed() : new Seed(0);
        SafetensorsWriter writer = new SafetensorsWriter(metadata(source, draws, seed, shard, last));
        List<Reals> held = new ArrayList<>();
        try {
            BatchLosses losses = CapturePass.run(source, layers, batch, Targets.observed(), capture -> {
                LayerShape layer = layers.get(capture.layer());
                int[] starts = IntStream.rangeClosed(0, capture.items())
                        .map(capture::firstRow)
                        .toArray();
                writer.add(layer.name() + ".rows", starts, starts.length);
                if (capture.layer() == 0) {
                    writer.add("rows", starts, starts.length);
                }
                add(writer, layer.name() + ".x", capture.rawInputs(), capture.rows(), layer.inputs(), held);
                add(writer, layer.name() + ".delta", capture.delta(), capture.rows(), layer.outputs(), held);
            });
            for (int d = 0; d < draws; d++) {
                String suffix = ".delta." + d;
                CapturePass.run(source, layers, batch, Targets.sampled(seed, d), capture -> {
                    LayerShape layer = layers.get(capture.layer());
                    add(writer, layer.name() + suffix, capture.delta(), capture.rows(), layer.outputs(), held);
                });
            }
            int n = batch.size();
            writer.add("tokens", IntStream.range(0, n).map(losses::tokens).toArray(), n);
            writer.add("loss", IntStream.range(0, n).mapToDouble(losses::sum).toArray(), n);
            writer.add(
                    "ids",
                    batch.stream().map(id).peek(CaptureShardWriter::check).collect(Collectors.joining("\n")));
            writer.write(folder.resolve(String.format(Locale.ROOT, "captures-%05d.safetensors", shard)));
        } finally {
            held.forEach(Reals::close);
        }
    }

    private static Map<String, String> metadata(
            GradientSource<?> source, int draws, Seed seed, int shard, boolean last) {
        Map<String, String> metadata = new HashMap<>();
        metadata.put("format", CaptureShard.FORMAT);
        metadata.put("model", source.fingerprint());
        metadata.put("layers", LayerNames.join(source.layers()));
        metadata.put("bias", LayerNames.biases(source.layers()));
        metadata.put("loss", "sum");
        metadata.put("unit", "nats");
        metadata.put("mask", "gradient");
        metadata.put("sign", "delta = derivative of the loss");
        metadata.put("draws", Integer.toString(draws));
        metadata.put("seed", Long.toString(seed.value()));
        metadata.put("shard", Integer.toString(shard));
        metadata.put("last", Boolean.toString(last));
        return metadata;
    }

    private static void check(String id) {
        if (id.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("the id \"" + id + "\" has a line break; ids are one line each");
        }
    }

    /** Copies what is valid in the sink only. */
    private static void add(
            SafetensorsWriter writer, String name, Reals captured, int rows, int columns, List<Reals> held) {
        try (captured) {
            Reals copy = Reals.of(captured.precision(), captured.toDoubles());
            held.add(copy);
            LayerTensors.add(writer, name, copy, rows, columns);
        }
    }
}
