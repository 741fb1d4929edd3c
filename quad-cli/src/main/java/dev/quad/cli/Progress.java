// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.Visible;
import dev.quad.pipeline.PipelineListener;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Progress on standard error: one line that is redrawn on a terminal, a plain line every few seconds elsewhere. The
 * launcher says in the system property {@code quad.terminal} whether standard error is a terminal.
 */
final class Progress implements PipelineListener {
    private static final long REDRAW = 200_000_000L;
    private static final long PLAIN = 10_000_000_000L;

    /** What this process does, for the message where its memory or the disk runs out. */
    private static volatile String place = "";

    private final Outlet out;
    private final boolean terminal;
    private final LongSupplier nanos;
    private String name = "";
    private String unit = "";
    private long total;
    private long done;
    private long started;
    private long shown;

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
        if (terminal) {
            draw();
        }
    }

    void add(long count) {
        at(done + count);
    }

    void at(long count) {
        done = count;
        long now = nanos.getAsLong();
        if (now - shown >= (terminal ? REDRAW : PLAIN)) {
            shown = now;
            draw();
        }
    }

    /** Ends the stage with one line that stays, and returns its seconds. */
    double finish(String result) {
        double seconds = (nanos.getAsLong() - started) / 1e9;
        String line = String.format(Locale.ROOT, "%-28s %s (%.1f s)", name, result, seconds);
        place = " after the stage \"" + name + "\"";
        say(line);
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

    /** A line of its own. */
    void say(String text) {
        clear();
        out.println(Visible.line(text));
    }

    private void draw() {
        double seconds = (nanos.getAsLong() - started) / 1e9;
        double rate = seconds > 0 ? done / seconds : 0;
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
        if (terminal) {
            clear();
            out.print(Visible.line(line.toString()));
            out.flush();
        } else {
            out.println(line);
        }
    }

    private void clear() {
        if (terminal) {
            out.control("\r\033[K");
        }
    }
}
