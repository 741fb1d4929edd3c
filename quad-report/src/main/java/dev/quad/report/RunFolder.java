// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.Budget;
import dev.quad.InputException;
import dev.quad.files.Checksum;
import dev.quad.files.JsonText;
import dev.quad.files.Unchecked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code quad select} left in a folder, checked against its checksums.
 *
 * @param manifest {@code manifest.json}
 * @param report {@code report.json}
 * @param selected the files with the selection, in order
 * @param rounds of a bandit, or the batches of scores of top-k
 */
record RunFolder(Path path, Tree manifest, Tree report, List<Path> selected, Optional<Rounds> rounds) {
    /** Where there is no run. */
    static final RunFolder NONE =
            new RunFolder(Path.of(""), Tree.of(Map.of()), Tree.of(Map.of()), List.of(), Optional.empty());

    static boolean isRun(Path folder) {
        return Files.exists(folder.resolve("report.json")) && Files.exists(folder.resolve("manifest.json"));
    }

    static RunFolder read(Path folder) {
        return Unchecked.get(folder, () -> {
            Path manifest = folder.resolve("manifest.json");
            Path report = folder.resolve("report.json");
            JsonText.checkSealed(manifest);
            JsonText.checkSealed(report);
            Tree tree = Tree.of(JsonText.tree(report));
            Map<String, String> checksums = tree.child("checksums").texts();
            for (Map.Entry<String, String> file : checksums.entrySet()) {
                check(folder.resolve(file.getKey()), file.getValue());
            }
            List<Path> selected = checksums.keySet().stream()
                    .filter(name -> name.startsWith("selected"))
                    .sorted()
                    .map(folder::resolve)
                    .toList();
            Path rounds = folder.resolve("rounds.jsonl");
            return new RunFolder(
                    folder,
                    Tree.of(JsonText.tree(manifest)),
                    tree,
                    selected,
                    checksums.containsKey("rounds.jsonl") ? Optional.of(Rounds.read(rounds)) : Optional.empty());
        });
    }

    private static void check(Path file, String checksum) throws IOException {
        if (!Files.isRegularFile(file) || !Checksum.of(file).equals(checksum)) {
            throw new InputException(file + (Files.exists(file) ? " was damaged or changed" : " was taken away")
                    + " since the run ended; put it back as it was");
        }
    }

    /** What decides the result, by name. */
    Map<String, String> settings() {
        return manifest.child("run").texts();
    }

    /** The files of a purpose, as they were named. */
    List<Path> given(String purpose) {
        return report.child("taken").child(purpose).list("given").stream()
                .map(name -> Path.of(String.valueOf(name)))
                .toList();
    }

    /** Whether it was chosen by what documents add to one another, so that a score is a gain. */
    boolean isByCoverage() {
        return manifest.child("run").text("objective").isPresent();
    }

    Budget budget() {
        String[] words = settings().getOrDefault("budget", "1 tokens").split(" ", 2);
        long limit = Long.parseLong(words[0]);
        return words[1].equals("tokens") ? Budget.tokens(limit) : Budget.documents(limit);
    }

    /** What the run is called in the page. */
    String name() {
        return String.valueOf(path.toAbsolutePath().normalize().getFileName());
    }
}
