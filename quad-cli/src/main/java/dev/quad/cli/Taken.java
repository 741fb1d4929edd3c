// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.Visible;
import dev.quad.model.ModelFolder;
import dev.quad.text.BadLine;
import dev.quad.text.Inputs;
import dev.quad.text.ReadListener;
import dev.quad.text.WrittenColumns;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a run takes and what it leaves out, so that nothing is taken or lost in silence: lines on standard error as it
 * is known, and a tree for the report.
 */
final class Taken {
    private static final int SHOWN = 5;

    private final Progress progress;
    private final Map<String, Object> tree = new LinkedHashMap<>();
    private final Map<String, Map<String, Object>> files = new HashMap<>();
    private long skipped;

    Taken(Progress progress) {
        this.progress = progress;
    }

    /** Says that a line is skipped; of many the first few. */
    void skipped(BadLine line) {
        skipped++;
        if (skipped <= SHOWN) {
            progress.say("skipped " + line.message());
        } else if (skipped == SHOWN + 1) {
            progress.say("skipped more, which are counted in the end");
        }
    }

    /** Says which files are read for a purpose, and tells another listener everything. */
    ReadListener listening(String purpose, ReadListener other) {
        return new ReadListener() {
            @Override
            public void onInputs(Inputs inputs) {
                files(purpose, inputs);
                other.onInputs(inputs);
            }

            @Override
            public void onReplaced(List<Inputs.Replaced> fields) {
                replaced(purpose, fields);
                other.onReplaced(fields);
            }

            @Override
            public void onBytesRead(long bytes) {
                other.onBytesRead(bytes);
            }

            @Override
            public void onBadLine(BadLine badLine) {
                other.onBadLine(badLine);
            }
        };
    }

    private void files(String purpose, Inputs inputs) {
        List<String> lines = inputs.lines();
        lines.stream().limit(1L + SHOWN).forEach(line -> say(purpose, line));
        if (lines.size() > 1 + SHOWN) {
            say(purpose, "and " + (lines.size() - 1 - SHOWN) + " more lines of what was left out");
        }
        filesOf(purpose).put("files", inputs.taken());
        filesOf(purpose).put("leftOut", lines.subList(1, lines.size()));
    }

    private Map<String, Object> filesOf(String purpose) {
        return files.computeIfAbsent(purpose, name -> {
            Map<String, Object> one = new LinkedHashMap<>();
            tree.put(name, one);
            return one;
        });
    }

    /** Keeps for the report by what names files were given. */
    void given(String purpose, List<Path> names) {
        filesOf(purpose).put("given", names.stream().map(Path::toString).toList());
    }

    /** Keeps for the report how the command was given. */
    void arguments(List<String> given) {
        tree.put("arguments", given);
    }

    private void replaced(String purpose, List<Inputs.Replaced> fields) {
        List<String> lines = fields.stream().map(Inputs.Replaced::toString).toList();
        lines.stream().limit(SHOWN).forEach(line -> say(purpose, line));
        if (lines.size() > SHOWN) {
            say(purpose, "and " + (lines.size() - SHOWN) + " more fields that were replaced");
        }
        filesOf(purpose).put("replaced", lines);
    }

    /** Says what is used for something: a tokenizer, a model. */
    void use(String purpose, String what) {
        say(purpose, what);
        tree.put(purpose, what);
    }

    /** Says what model is used, and what its configuration has that is not known to matter. */
    void model(ModelFolder model) {
        String purpose = "model";
        for (int number = 2; tree.containsKey(purpose); number++) {
            purpose = "model " + number;
        }
        use(purpose, model.toString());
        List<String> keys = model.unjudged();
        if (!keys.isEmpty()) {
            say(purpose, "config.json has keys that are not known, and are passed over: " + words(keys));
            tree.put("modelKeysPassedOver", keys);
        }
    }

    /** Says what became of the columns of Parquet, if there are any. */
    void columns(WrittenColumns columns) {
        List<String> changes =
                columns.changed().stream().map(WrittenColumns.Change::message).toList();
        if (columns.kept().isEmpty() && changes.isEmpty()) {
            return;
        }
        say("columns", words(columns.kept()) + " kept as they were");
        changes.stream().limit(SHOWN).forEach(change -> say("columns", change));
        if (changes.size() > SHOWN) {
            say("columns", "and " + (changes.size() - SHOWN) + " more that changed");
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("kept", columns.kept());
        all.put("changed", changes);
        tree.put("columns", all);
    }

    /** Says how many records lost a field of their own to the one that is added. */
    void ownField(long replaced) {
        if (replaced > 0) {
            String words = String.format(
                    Locale.ROOT,
                    "%,d chosen %s had a field \"quad\", which the one that is added replaced",
                    replaced,
                    replaced == 1 ? "record" : "records");
            say("field", words);
            tree.put("fieldReplaced", words);
        }
    }

    private static String words(List<String> names) {
        List<String> shown = names.stream().limit(SHOWN).map(Visible::excerpt).toList();
        return names.isEmpty()
                ? "none"
                : String.join(", ", shown) + (names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "");
    }

    private void say(String purpose, String what) {
        progress.say(String.format(Locale.ROOT, "%-28s %s", purpose, what));
    }

    /** For a report. */
    Map<String, Object> tree() {
        return tree;
    }
}
