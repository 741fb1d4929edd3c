// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.influence.Spectrum;
import dev.quad.pipeline.ModelInspection;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code quad check-model} found, for people and for a file. */
record CheckedModel(ModelInspection found) {
    static final String FORMAT = "quad.model-check.1";

    void print(PrintStream out) {
        out.println(found.model());
        out.println("tokenizer: " + found.tokenizer());
        out.println();
        out.printf(
                Locale.ROOT,
                "%-28s %14s  %-4s  %-28s %s%n",
                "layer",
                "size",
                "bias",
                "counts with --layers",
                "off differences");
        for (ModelInspection.Layer layer : found.layers()) {
            out.printf(
                    Locale.ROOT,
                    "%-28s %14s  %-4s  %-28s %s%n",
                    layer.name(),
                    layer.outputs() + " x " + layer.inputs(),
                    layer.bias() ? "yes" : "no",
                    String.join(", ", layer.countedBy()),
                    layer.differences().isPresent()
                            ? String.format(
                                    Locale.ROOT, "%.1e", layer.differences().getAsDouble())
                            : "not looked at");
        }
        out.println();
        for (ModelInspection.Choice choice : found.choices()) {
            out.printf(
                    Locale.ROOT,
                    "--layers %-13s %,6d layers, %,15d weights, %,17d bytes of heap for their Kronecker factors%n",
                    choice.name(),
                    choice.layers(),
                    choice.weights(),
                    choice.factorBytes());
        }
        found.notes().forEach(out::println);
        if (!found.curvature().isEmpty()) {
            out.println();
            Spectra.print(out, found.curvature());
        }
        out.println();
        if (found.problems().isEmpty()) {
            out.println("scores can be believed");
        }
        found.problems().forEach(problem -> out.println("NOT AS IT SHOULD BE: " + problem));
    }

    /** For a file. */
    Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("format", FORMAT);
        tree.put("model", found.model());
        tree.put("tokenizer", found.tokenizer());
        tree.put("batching", found.batching());
        tree.put("problems", found.problems());
        tree.put("notes", found.notes());
        List<Object> layers = new ArrayList<>();
        for (ModelInspection.Layer layer : found.layers()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", layer.name());
            one.put("outputs", layer.outputs());
            one.put("inputs", layer.inputs());
            one.put("bias", layer.bias());
            one.put("countedBy", layer.countedBy());
            layer.differences().ifPresent(error -> one.put("differences", error));
            layers.add(one);
        }
        tree.put("layers", layers);
        if (!found.curvature().isEmpty()) {
            tree.put(
                    "curvature",
                    found.curvature().stream().map(Spectrum::describe).toList());
        }
        return tree;
    }
}
