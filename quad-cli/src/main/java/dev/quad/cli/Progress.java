// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.JsonText;
import dev.quad.files.Visible;
import dev.quad.pipeline.PipelineListener;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Progress on standard error: one line that is redrawn on a terminal, a plain line every few seconds elsewhere, or an
 * event in JSON a line for other programs. The launcher says in the system property {@code quad.terminal} whether
 * standard error is a terminal.
 */
final class Progress implements PipelineListener {
    private static final long REDRAW = 200_000_000L;
    private static final long EVENT = 1_000_000_000L;
    private static final long PLAIN = 10_000_000_000L;

    /** What this process does, for the message where its memory or the disk runs out. */
    private static volatile String place = "";

    private static volatile Form form = Form.TEXT;

    /** What lines hold. */
    enum Form {
        /** Words for people. */
        TEXT,
        /** An event each, for programs. */
        JSON
    }

    /** {@code --progress}. */
    static final class ToForm extends Word.Choice<Form> {
        ToForm() {
            super(Form.class);
        }
    }

    private final Outlet out;
    private final boolean terminal;
    private final LongSupplier nanos;
    private String name = "";
    private String unit = "";
    private long total;
    private long done;
    private long started;
    private long shown;
    private double threshold = Double.NaN;
    private double score = Double.NaN;

    /** With a clock that counts nanoseconds. */
    Progress(Outlet out, boolean terminal, LongSupplier nanos) {
        this.out = out;
        this.terminal = terminal;
        this.nanos = nanos;
    }

    static Progress standard() {
        Outlet err = System.err instanceof Outlet outlet ? outlet : Outlet.over(System.err, StandardCharsets.UTF_8);
        return new Progress(err, Boolean.getBoolean("quad.terminal"), System::nanoTime);
    }

    /** A command begins. */
    static void reset() {
        place = "";
        form = Form.TEXT;
    }

    /** How it is told from now on. */
    static void tell(Form chosen) {
        form = chosen;
    }

    /** Where the process is, to stand in a sentence; empty if nothing was started. */
    static String place() {
        return place;
    }

    /** Starts a stage; {@code total} 0 where it is not known. */
    void start(String stage, long expected, String counted) {
        name = stage;
        place = " in the stage \"" + stage + "\"";
        unit = counted;
        total = expected;
        done = 0;
        started = nanos.getAsLong();
        shown = started;
        threshold = Double.NaN;
        score = Double.NaN;
        if (form == Form.JSON) {
            event("started", stage());
        } else if (terminal) {
            draw();
        }
    }

    void add(long count) {
        at(done + count);
    }

    void at(long count) {
        done = count;
        long now = nanos.getAsLong();
        if (now - shown >= (form == Form.JSON ? EVENT : terminal ? REDRAW : PLAIN)) {
            shown = now;
            draw();
        }
    }

    /** Ends the stage with one line that stays, and returns its seconds. */
    double finish(String result) {
        double seconds = (nanos.getAsLong() - started) / 1e9;
        place = " after the stage \"" + name + "\"";
        if (form == Form.JSON) {
            Map<String, Object> event = stage();
            event.put("result", result);
            event.put("seconds", seconds);
            event("finished", event);
        } else {
            say(String.format(Locale.ROOT, "%-28s %s (%.1f s)", name, result, seconds));
        }
        return seconds;
    }

    @Override
    public void onStageStarted(String stage, long expected, String counted) {
        start(stage, expected, counted);
    }

    @Override
    public void onStageAt(long count) {
        at(count);
    }

    @Override
    public void onStageFinished(String stage, String result, double seconds) {
        finish(result);
    }

    @Override
    public void onNote(String words) {
        say(words);
    }

    @Override
    public void onRunStarted(RunStarted event) {
        threshold = event.threshold();
    }

    @Override
    public void onThresholdLowered(ThresholdLowered event) {
        threshold = event.after();
    }

    @Override
    public void onRoundFinished(RoundFinished event) {
        score = event.choices().stream()
                .flatMapToDouble(choice -> choice.score().stream())
                .average()
                .orElse(score);
    }

    /** A line of its own. */
    void say(String text) {
        if (form == Form.JSON) {
            event("note", Map.of("text", text));
            return;
        }
        clear();
        out.println(Visible.line(text));
    }

    private void draw() {
        double seconds = (nanos.getAsLong() - started) / 1e9;
        double rate = seconds > 0 ? done / seconds : 0;
        if (form == Form.JSON) {
            Map<String, Object> event = stage();
            event.put("done", done);
            event.put("seconds", seconds);
            put(event, "perSecond", rate);
            put(event, "secondsLeft", total > done && rate > 0 ? (total - done) / rate : Double.NaN);
            put(event, "threshold", threshold);
            put(event, "score", score);
            event("at", event);
            return;
        }
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-28s ", name));
        if (total > 0) {
            line.append(String.format(Locale.ROOT, "%3.0f %%  ", 100.0 * done / total));
        }
        line.append(String.format(Locale.ROOT, "%,d %s", done, unit));
        if (seconds > 0.5) {
            line.append(String.format(Locale.ROOT, ", %,.0f/s", rate));
            if (total > done && rate > 0) {
                line.append(String.format(Locale.ROOT, ", %.0f s left", (total - done) / rate));
            }
        }
        if (!Double.isNaN(score)) {
            line.append(String.format(Locale.ROOT, ", last taken %.3g", score));
        }
        if (Double.isFinite(threshold)) {
            line.append(String.format(Locale.ROOT, ", threshold %.3g", threshold));
        }
        if (terminal) {
            clear();
            out.print(Visible.line(line.toString()));
            out.flush();
        } else {
            out.println(line);
        }
    }

    private Map<String, Object> stage() {
        Map<String, Object> stage = new LinkedHashMap<>();
        stage.put("stage", name);
        stage.put("unit", unit);
        if (total > 0) {
            stage.put("total", total);
        }
        return stage;
    }

    private static void put(Map<String, Object> event, String key, double value) {
        if (Double.isFinite(value)) {
            event.put(key, value);
        }
    }

    private void event(String kind, Map<String, Object> rest) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("event", kind);
        event.putAll(rest);
        out.print(JsonText.line(event));
        out.flush();
    }

    private void clear() {
        if (terminal) {
            out.control("\r\033[K");
        }
    }
}
