// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.Visible;
import dev.quad.text.Contamination;
import dev.quad.text.Document;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlOptions;
import dev.quad.text.JsonlPool;
import dev.quad.text.ReadListener;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code --decontaminate}. */
final class Decontaminate {
    private static final int SHOWN = 10;

    @Option(
            names = "--decontaminate",
            arity = "1..*",
            paramLabel = "FILE",
            description = "Texts that models are to be judged by: documents that share 13 words in a row with one, or"
                    + " all words of one of 8 to 12, are left out, or told of by inspect. They are "
                    + InputOptions.FILES)
    private List<Path> files = List.of();

    List<Path> files() {
        return files;
    }

    boolean isGiven() {
        return !files.isEmpty();
    }

    /** Reads the texts; none where none are given. */
    List<Document> read(JsonlOptions options, ReadListener listener) {
        return isGiven() ? Jsonl.read(files, options, listener) : List.of();
    }

    /**
     * What was found of some texts.
     *
     * @param found in a pool
     * @param texts the evaluation texts
     */
    record Found(Contamination found, JsonlPool pool, List<Document> texts) {
        void print(PrintStream out) {
            out.println(found);
            found.hits().stream()
                    .limit(SHOWN)
                    .forEach(hit -> out.printf(
                            Locale.ROOT,
                            "  %s has of %s \"%s\"%n",
                            Visible.excerpt(pool.get(hit.ordinal()).id()),
                            Visible.excerpt(texts.get(hit.evaluation()).id()),
                            Visible.excerpt(hit.words())));
            if (found.hits().size() > SHOWN) {
                out.printf(
                        Locale.ROOT,
                        "  and %,d more; --json has all%n",
                        found.hits().size() - SHOWN);
            }
        }

        Map<String, Object> tree() {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("documents", found.count());
            tree.put("texts", found.textsFound());
            tree.put("tooShort", found.tooShort());
            tree.put(
                    "hits",
                    found.hits().stream()
                            .map(hit -> Map.of(
                                    "id", pool.get(hit.ordinal()).id(),
                                    "text", texts.get(hit.evaluation()).id(),
                                    "words", hit.words()))
                            .toList());
            return tree;
        }
    }
}
