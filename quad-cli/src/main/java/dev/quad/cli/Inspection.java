// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.Visible;
import dev.quad.pipeline.Languages;
import dev.quad.pipeline.PoolInspection;
import dev.quad.text.Inputs;
import dev.quad.text.PoolSummary;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** What {@code quad inspect} found. */
record Inspection(
        int files, long bytesOnDisk, Inputs inputs, PoolInspection found, long badLines, List<String> firstBadLines) {
    static final String FORMAT = "quad.inspection.1";

    private static final double[] SHARES = {0, 0.05, 0.25, 0.5, 0.75, 0.95, 1};
    private static final String[] SHARE_NAMES = {"shortest", "5%", "25%", "median", "75%", "95%", "longest"};
    private static final int BAR = 40;
    private static final int SHARES_SHOWN = 12;

    void print(PrintStream out) {
        PoolSummary pool = found.summary();
        Languages languages = found.languages();
        line(
                out,
                "%,d documents in %,d file%s, %,d bytes on disk",
                pool.documents(),
                files,
                files == 1 ? "" : "s",
                bytesOnDisk);
        inputs.lines().forEach(each -> line(out, "  %s", each));
        line(
                out,
                "%,d bytes of text (the tokens of the byte-level proxy), %,d characters",
                pool.bytes(),
                pool.characters());
        out.println();
        line(out, "fields%s", pool.hasMoreFields() ? " (the first 200)" : "");
        int width = Math.min(
                40,
                pool.fields().keySet().stream()
                        .map(Visible::excerpt)
                        .mapToInt(name -> name.codePointCount(0, name.length()))
                        .max()
                        .orElse(0));
        pool.fields()
                .forEach((name, kinds) -> line(
                        out,
                        "  %s  %s",
                        padded(Visible.excerpt(name), width),
                        kinds.entrySet().stream()
                                .map(kind -> String.format(Locale.ROOT, "%s %,d", kind.getKey(), kind.getValue()))
                                .collect(Collectors.joining(", "))));
        out.println();
        line(out, "scripts, by letters");
        shares(out, pool.scripts(), name -> name);
        out.println();
        line(
                out,
                "languages, by %s%,d documents",
                languages.documents() < pool.documents() ? "a sample of " : "",
                languages.documents());
        shares(out, languages.counts(), Languages::name);
        out.println();
        line(out, "lengths, in bytes");
        for (int i = 0; i < SHARES.length; i++) {
            line(out, "  %-10s %,12d", SHARE_NAMES[i], pool.length(SHARES[i]));
        }
        long[] histogram = pool.lengthHistogram();
        long most = Math.max(1, Arrays.stream(histogram).max().orElse(1));
        for (int i = 0; i < histogram.length; i++) {
            if (histogram[i] > 0) {
                String bar = "#".repeat((int) Math.ceil((double) BAR * histogram[i] / most));
                line(out, "  from %,13d %,10d %s", 1L << i, histogram[i], bar);
            }
        }
        out.println();
        line(out, "%,d duplicates (the text of an earlier document, up to case and white space)", found.duplicates());
        found.nearDuplicates().ifPresent(near -> {
            line(out, "%,d near-duplicates, these included (80 %% or more is that of an earlier one)", near.count());
            if (near.tooShort() > 0) {
                line(
                        out,
                        "  %,d texts have fewer than five words, and were only compared for being equal",
                        near.tooShort());
            }
        });
        line(out, "%,d bad lines", badLines);
        firstBadLines.forEach(message -> line(out, "  %s", message));
    }

    /** With spaces at its end, counted by characters and not by halves of them. */
    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.codePointCount(0, text.length())));
    }

    private static void shares(PrintStream out, Map<String, ? extends Number> counts, UnaryOperator<String> name) {
        long all = counts.values().stream().mapToLong(Number::longValue).sum();
        counts.entrySet().stream()
                .limit(SHARES_SHOWN)
                .forEach(count -> line(
                        out,
                        "  %-26s %6.2f %%",
                        name.apply(count.getKey()),
                        100.0 * count.getValue().longValue() / all));
        if (counts.size() > SHARES_SHOWN) {
            line(out, "  and %d more", counts.size() - SHARES_SHOWN);
        }
    }

    @SuppressWarnings("AnnotateFormatMethod")
    private static void line(PrintStream out, String format, Object... values) {
        out.println(Visible.line(String.format(Locale.ROOT, format, values)));
    }

    Map<String, Object> tree() {
        PoolSummary pool = found.summary();
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("format", FORMAT);
        tree.put("files", files);
        tree.put("filesByKind", inputs.taken());
        tree.put("leftOut", inputs.lines().subList(1, inputs.lines().size()));
        tree.put("bytesOnDisk", bytesOnDisk);
        tree.put("documents", pool.documents());
        tree.put("textBytes", pool.bytes());
        tree.put("characters", pool.characters());
        tree.put("fields", pool.fields());
        tree.put("letters", pool.scripts());
        tree.put("languages", found.languages().counts());
        tree.put("languagesByDocuments", found.languages().documents());
        Map<String, Object> lengths = new LinkedHashMap<>();
        for (int i = 0; i < SHARES.length; i++) {
            lengths.put(SHARE_NAMES[i], pool.length(SHARES[i]));
        }
        tree.put("lengths", lengths);
        tree.put("duplicates", found.duplicates());
        found.nearDuplicates().ifPresent(near -> {
            tree.put("nearDuplicates", near.count());
            tree.put("tooShortForNearDuplicates", near.tooShort());
        });
        tree.put("badLines", badLines);
        tree.put("firstBadLines", firstBadLines);
        return tree;
    }
}
