// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.StopReason;
import dev.quad.files.Checksum;
import dev.quad.files.JsonText;
import dev.quad.pipeline.WorkFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files with the results of {@code quad select}, beside what the run keeps in its folder. */
final class ResultFiles {
    static final String SELECTED = "selected." + OutputOptions.DEFAULT_FORMAT;

    static final String CHECKSUMS = "checksums";

    private final WorkFolder folder;
    private final String format;

    ResultFiles(WorkFolder folder, String format) {
        this.folder = folder;
        this.format = format;
    }

    Path report() {
        return folder.path().resolve("report.json");
    }

    Path selected() {
        return folder.path().resolve("selected." + format);
    }

    /** The selection that a folder holds, in one file or several, in order. */
    static List<Path> selectedFiles(Path folder, String format) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(file -> file.getFileName()
                            .toString()
                            .matches("selected(-\\d+-of-\\d+)?\\." + Pattern.quote(format)))
                    .sorted()
                    .toList();
        }
    }

    /** Why the run that the folder holds ended; empty while it has not. */
    Optional<StopReason> ended() throws IOException {
        if (!Files.exists(report()) || selectedFiles(folder.path(), format).isEmpty()) {
            return Optional.empty();
        }
        String reason = JsonText.text(report(), "stopReason");
        JsonText.checkSealed(report());
        for (Map.Entry<String, String> file :
                JsonText.texts(report(), CHECKSUMS).entrySet()) {
            Path each = folder.path().resolve(file.getKey());
            if (!Files.isRegularFile(each) || !Checksum.of(each).equals(file.getValue())) {
                throw new InputException(each + (Files.exists(each) ? " was damaged or changed" : " was taken away")
                        + " since the run ended; put it back as it was, or remove " + report()
                        + " and go on with --resume, which writes the results again");
            }
        }
        return Optional.of(StopReason.valueOf(reason));
    }

    /** Of each file that is there, by its name in the folder; to be known again by {@link #ended}. */
    Map<String, String> checksums() throws IOException {
        Map<String, String> result = new TreeMap<>();
        try (Stream<Path> entries = Files.walk(folder.path())) {
            for (Path file : entries.filter(Files::isRegularFile).toList()) {
                boolean kept = !file.startsWith(folder.work())
                        && !file.equals(report())
                        && !String.valueOf(file.getFileName()).startsWith(".");
                if (kept) {
                    result.put(folder.path().relativize(file).toString(), Checksum.of(file));
                }
            }
        }
        return result;
    }
}
