// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.InputException;
import dev.quad.files.FileFailure;
import dev.quad.files.JsonText;
import dev.quad.model.TrainingListener;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;

/**
 * Writes a line of JSON for each step and each loss on the held-out part, and tells of it.
 *
 * <p>A line is in the file before the state of the training knows of its step. The state keeps the length of the file
 * and the checksum of its bytes, so that a resumed training checks these, cuts off what came later, and goes on.
 */
final class TrainingLog implements TrainingListener, AutoCloseable {
    private final Path path;
    private final LongConsumer at;
    private final PipelineListener listener;
    private final String unit;
    private final RandomAccessFile file; // not a file channel, which an interrupted thread would close
    private final CRC32C written = new CRC32C();
    private long length;
    private OptionalDouble heldOut = OptionalDouble.empty();
    private OptionalDouble last = OptionalDouble.empty();

    /** @param at told how many tokens are done */
    TrainingLog(Path path, LongConsumer at, PipelineListener listener, String unit) {
        this.path = path;
        this.at = at;
        this.listener = listener;
        this.unit = unit;
        try {
            this.file = new RandomAccessFile(path.toFile(), "rw");
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }

    @Override
    public void onStep(int step, long tokens, long totalTokens, double loss) {
        at.accept(tokens);
        last = OptionalDouble.of(loss);
        append(step, "tokens", tokens, "loss", loss);
    }

    @Override
    public void onEvaluation(int step, double loss) {
        heldOut = OptionalDouble.of(loss);
        listener.onNote(String.format(Locale.ROOT, "step %,d: %.4f nats a %s on the held-out part", step, loss, unit));
        append(step, "heldOutLoss", loss);
    }

    /** The last loss on the held-out part, or else that of the last step. */
    double result() {
        return heldOut.isPresent() ? heldOut.getAsDouble() : last.orElseThrow();
    }

    @Override
    public String onSave(int step) {
        try {
            file.getFD().sync();
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
        return length + " " + Long.toHexString(written.getValue()) + " " + last.orElseThrow() + " "
                + (heldOut.isPresent() ? heldOut.getAsDouble() : "none");
    }

    @Override
    public void onResume(int step, String kept) {
        String[] words = kept.split(" ", -1);
        length = Long.parseLong(words[0]);
        last = OptionalDouble.of(Double.parseDouble(words[2]));
        heldOut = words[3].equals("none") ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(words[3]));
        try {
            byte[] block = new byte[1 << 16];
            long checked = 0;
            for (int count = 0; checked < length && count >= 0; checked += Math.max(0, count)) {
                count = file.read(block, 0, (int) Math.min(block.length, length - checked));
                written.update(block, 0, Math.max(0, count));
            }
            if (checked < length || !Long.toHexString(written.getValue()).equals(words[1])) {
                throw new InputException(path + " is not what the training wrote up to step " + step
                        + "; put it back as it was, or train again into another folder");
            }
            file.setLength(length); // of a run that was killed after its state
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }

    private void append(int step, Object... fields) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("step", step);
        for (int i = 0; i < fields.length; i += 2) {
            tree.put((String) fields[i], fields[i + 1]);
        }
        byte[] line = JsonText.line(tree).getBytes(StandardCharsets.UTF_8);
        try {
            if (length == 0) {
                requireOwn(line);
                file.setLength(0); // of a run that was killed before its first state
            }
            file.write(line);
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
        written.update(line);
        length += line.length;
    }

    /** A file that is there must begin with the line that the training begins with. */
    private void requireOwn(byte[] line) throws IOException {
        byte[] start = new byte[(int) Math.min(line.length, file.length())];
        file.seek(0);
        file.readFully(start);
        file.seek(0);
        if (!Arrays.equals(start, Arrays.copyOf(line, start.length))) {
            throw new InputException("the file " + path + " is there already, and is not the log of this training;"
                    + " move it away, and go on with the training");
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }
}
