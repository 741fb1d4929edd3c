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

    /** Why the run that the folder holds ended; empty while it has not, or all that it selected was taken away. */
    Optional<StopReason> ended() throws IOException {
        if (!Files.exists(report())) {
            return Optional.empty();
        }
        String reason = stopReason();
        if (ownSelected().stream().noneMatch(Files::exists)) {
            return Optional.empty();
        }
        for (Map.Entry<String, String> file :
                JsonText.texts(report(), CHECKSUMS).entrySet()) {
            Path each = folder.path().resolve(file.getKey());
            if (!Files.isRegularFile(each) || !Checksum.of(each).equals(file.getValue())) {
                throw new InputException(each + (Files.exists(each) ? " was damaged or changed" : " was taken away")
                        + " since the run ended; put it back as it was, or remove it and " + report()
                        + " and go on with --resume, which writes the results again");
            }
        }
        return Optional.of(StopReason.valueOf(reason));
    }

    private String stopReason() throws IOException {
        try {
            String reason = JsonText.text(report(), "stopReason");
            JsonText.checkSealed(report());
            return reason;
        } catch (InputException e) {
            // without its cause, whose remedy is another
            throw new InputException(report() + " is not the report of this run, or was damaged since it was written;"
                    + " move it away and go on with --resume, which writes it again");
        }
    }

    /** The selection of the run that the report is of, in one file or several, in order. */
    List<Path> ownSelected() throws IOException {
        Pattern name = Pattern.compile("selected(-\\d+-of-\\d+)?\\." + Pattern.quote(format));
        return JsonText.texts(report(), CHECKSUMS).keySet().stream()
                .filter(file -> name.matcher(file).matches())
                .sorted()
                .map(folder.path()::resolve)
                .toList();
    }

    /** Of those files of a run that are there, by their names in its folder; to be known again by {@link #ended}. */
    Map<String, String> checksums(List<Path> files) throws IOException {
        Map<String, String> result = new TreeMap<>();
        for (Path file : files) {
            if (Files.isRegularFile(file)) {
                result.put(folder.path().relativize(file).toString(), Checksum.of(file));
            }
        }
        return result;
    }
}
