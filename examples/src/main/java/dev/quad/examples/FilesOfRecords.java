// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.Budget;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.bandit.RandomSelector;
import dev.quad.text.Document;
import dev.quad.text.Duplicates;
import dev.quad.text.JsonlPool;
import dev.quad.text.RecordWriter;
import java.nio.file.Path;
import java.util.List;

/** Records from files, without those that say the same, some of them chosen, and written again as they were. */
public final class FilesOfRecords {
    private FilesOfRecords() {}

    /** Chooses at random; returns the files written. */
    public static List<Path> choose(List<Path> files, Path cache, long tokens, Path target) {
        // tag::files[]
        try (JsonlPool pool = JsonlPool.builder().cacheFolder(cache).open(files);
                RecordWriter writer = RecordWriter.create(target, "chosen")) {
            Duplicates duplicates = Duplicates.find(pool);
            Selection selection = RandomSelector.<Document>among(duplicates.eligible())
                    .select(pool, Budget.tokens(tokens), new Seed(1));
            for (Selection.Choice choice : selection.choices()) {
                writer.write(pool.rawRecord(choice.ordinal()), fields -> fields.put("place", choice.ordinal()));
            }
            return writer.commit();
        }
        // end::files[]
    }
}
