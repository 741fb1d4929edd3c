// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import java.util.List;

/**
 * A claim, and what is done to see whether it holds.
 *
 * @param name by which it is asked for
 * @param title of its page
 * @param claim the paper's, in a sentence; or how it is read here where its text is not known
 * @param design what is done, and what is to be known to read the table
 * @param rows of the table
 * @param columns measures that the table shows beside the losses
 * @param baseline the row that the others are compared with
 * @param parts what the claim comes to: it holds where all of them hold
 * @param controls without which nothing can be told
 */
record Experiment(
        String name,
        String title,
        String claim,
        String design,
        List<Row> rows,
        List<String> columns,
        String baseline,
        List<Contrast> parts,
        List<Contrast> controls) {
    Experiment {
        List<String> names = rows.stream().map(Row::name).toList();
        if (!names.contains(baseline) || names.stream().distinct().count() != names.size()) {
            throw new IllegalArgumentException("the rows of " + name + " are " + names + ", compared with " + baseline
                    + "; allowed are different ones, with that among them");
        }
        for (List<Contrast> contrasts : List.of(parts, controls)) {
            for (Contrast contrast : contrasts) {
                if (!names.contains(contrast.row())
                        || !(contrast.against().isEmpty() || names.contains(contrast.against()))) {
                    throw new IllegalArgumentException(
                            "\"" + contrast.words() + "\" of " + name + " is of no row; the rows are " + names);
                }
            }
        }
    }
}
