// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.model.TrainingListener;
import dev.quad.files.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes a line of JSON for each step and each loss on the held-out part, and shows progress. */
final class TrainingLog implements TrainingListener {
    private static final Pattern STEP = Pattern.compile("\"step\":(\\d+)");

    private final Path file;
    private final Progress progress;
    private final String unit;
    private boolean begun;
    private OptionalDouble heldOut = OptionalDouble.empty();
    private OptionalDouble last = OptionalDouble.empty();

    TrainingLog(Path file, Progress progress, String unit) {
        this.file = file;
        this.progress = progress;
        this.unit = unit;
    }

    @Override
    public void onStep(int step, long tokens, long totalTokens, double loss) {
        if (!begun) {
            keepBefore(step);
            begun = true;
        }
        progress.at(tokens);
        last = OptionalDouble.of(loss);
        append(step, "tokens", tokens, "loss", loss);
    }

    @Override
    public void onEvaluation(int step, double loss) {
        heldOut = OptionalDouble.of(loss);
        progress.say(String.format(
                java.util.Locale.ROOT, "step %,d: %.4f nats a %s on the held-out part", step, loss, unit));
        append(step, "heldOutLoss", loss);
    }

    /** The last loss on the held-out part, or else that of the last step; empty if there was none. */
    OptionalDouble result() {
        return heldOut.isPresent() ? heldOut : last;
    }

    /** Takes out what a killed run wrote after the state that this one goes on from. */
    private void keepBefore(int step) {
        try {
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
            StringBuilder kept = new StringBuilder();
            for (String line : lines) {
                Matcher found = STEP.matcher(line);
                if (line.endsWith("}") && found.find() && Integer.parseInt(found.group(1)) < step) {
                    kept.append(line).append('\n');
                }
            }
            AtomicFile.write(file, kept.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("the log of the training cannot be written to " + file, e);
        }
    }

    private void append(int step, Object... fields) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("step", step);
        for (int i = 0; i < fields.length; i += 2) {
            tree.put((String) fields[i], fields[i + 1]);
        }
        try {
            Files.writeString(file, Json.line(tree), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("the log of the training cannot be written to " + file, e);
        }
    }
}
