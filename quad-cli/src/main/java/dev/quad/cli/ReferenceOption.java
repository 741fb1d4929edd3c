// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.ReferenceSet;
import dev.quad.text.Document;
import dev.quad.text.InputFiles;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlOptions;
import dev.quad.text.ReadListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code --reference}, and how much of it counts. */
final class ReferenceOption {
    @Option(
            names = "--reference",
            arity = "1..*",
            paramLabel = "FILE",
            description = "Documents whose loss is to fall: " + InputOptions.FILES)
    private List<Path> files = List.of();

    @Option(
            names = "--reference-shares",
            split = ",",
            paramLabel = "N",
            description =
                    "How much each file, folder or pattern of --reference counts, in their order, separated by"
                            + " commas: 3,1 for three times as much of what the first teaches. Default: as much as it has text.")
    private List<Double> shares = List.of();

    @Option(
            names = "--preference-fields",
            split = ",",
            paramLabel = "NAME",
            description =
                    "The reference is of pairs: the fields with what is wanted and what is not, chosen,rejected, or"
                            + " with what stands before both first, prompt,chosen,rejected. What is to rise is how much likelier"
                            + " the first is than the second.")
    private List<String> pairs = List.of();

    ReferenceOption() {}

    /** Of files without weights. */
    ReferenceOption(List<Path> files) {
        this.files = files;
    }

    void check(CommandSpec command) {
        Usage.check(
                command,
                shares.isEmpty() || shares.size() == files.size(),
                "--reference-shares are " + shares.size() + " for " + files.size()
                        + " names of --reference; allowed is one for each");
        Usage.check(
                command,
                shares.stream().allMatch(share -> share > 0 && share < Double.POSITIVE_INFINITY),
                "--reference-shares are " + shares + "; allowed are numbers above 0");
        Usage.check(
                command,
                pairs.isEmpty() || pairs.size() == 2 || pairs.size() == 3,
                "--preference-fields are " + pairs + "; allowed are two names, or three");
        Usage.check(
                command,
                pairs.isEmpty() || shares.isEmpty(),
                "--reference-shares are of documents, and --preference-fields of pairs; leave one of them out");
    }

    List<Path> files() {
        return files;
    }

    boolean isGiven() {
        return !files.isEmpty();
    }

    /** Whether something of it counts less than nothing, which is a matter of gradients alone. */
    boolean isOfPairs() {
        return !pairs.isEmpty();
    }

    /** How to read what is wanted, for people to look at. */
    JsonlOptions shown(JsonlOptions options) {
        return isOfPairs() ? options.withTextField(pairs.get(pairs.size() - 2)) : options;
    }

    /** Reads it; says how it counts. */
    ReferenceSet<Document> read(JsonlOptions options, ReadListener listener, Taken taken) {
        if (isOfPairs()) {
            taken.use("preference fields", String.join(", ", pairs));
            return pairs(options, listener);
        }
        List<Document> documents = Jsonl.read(files, options, listener);
        if (shares.isEmpty()) {
            return ReferenceSet.of(documents);
        }
        taken.use("reference shares", shares.stream().map(String::valueOf).collect(Collectors.joining(", ")));
        return ReferenceSet.weighted(documents, weights(documents.size(), options));
    }

    /** Reads each file as a reference of its own. */
    List<ReferenceSet<Document>> readEach(JsonlOptions options, Function<Path, ReadListener> listener, Taken taken)
            throws IOException {
        List<ReferenceSet<Document>> each = new ArrayList<>();
        for (Path file : InputFiles.expand(files)) {
            ReferenceOption one = new ReferenceOption(List.of(file));
            one.pairs = pairs;
            each.add(one.read(options, listener.apply(file), taken));
        }
        return each;
    }

    /** Of each part its share over its bytes. */
    private double[] weights(int documents, JsonlOptions options) {
        List<Double> weights = new ArrayList<>();
        for (int part = 0; part < shares.size(); part++) {
            List<Document> read = Jsonl.read(List.of(files.get(part)), options, ReadListener.NONE);
            double bytes = read.stream()
                    .mapToLong(document -> document.text().getBytes(StandardCharsets.UTF_8).length)
                    .sum();
            weights.addAll(Collections.nCopies(read.size(), shares.get(part) / bytes));
        }
        if (weights.size() != documents) {
            throw new InputException("the parts of --reference have " + weights.size() + " documents, and " + documents
                    + " together; with --reference-shares give files that can be read twice, and none in two parts");
        }
        return weights.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** The log-likelihood of what is wanted less that of what is not: in both what stands before them cancels out. */
    private ReferenceSet<Document> pairs(JsonlOptions options, ReadListener listener) {
        List<List<Document>> columns = new ArrayList<>();
        for (String field : pairs) {
            columns.add(
                    Jsonl.read(files, options.withTextField(field), columns.isEmpty() ? listener : ReadListener.NONE));
        }
        int count = columns.get(0).size();
        for (int i = 1; i < columns.size(); i++) {
            if (columns.get(i).size() != count) {
                throw new InputException("the reference has " + count + " records with a text in " + pairs.get(0)
                        + ", and " + columns.get(i).size() + " with one in " + pairs.get(i)
                        + "; give both in every record, in files that can be read twice");
            }
        }
        List<Document> documents = new ArrayList<>();
        double[] weights = new double[2 * count];
        for (int side = 0; side < 2; side++) {
            List<Document> texts = columns.get(columns.size() - 2 + side);
            for (int i = 0; i < count; i++) {
                String before = columns.size() == 3 ? columns.get(0).get(i).text() : "";
                Document text = texts.get(i);
                documents.add(
                        new Document(text.id() + " " + pairs.get(columns.size() - 2 + side), before + text.text()));
                weights[side * count + i] = side == 0 ? 1 : -1;
            }
        }
        return ReferenceSet.weighted(documents, weights);
    }
}
