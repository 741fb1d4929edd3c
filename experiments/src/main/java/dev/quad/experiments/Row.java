// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.Selection;
import java.util.Map;
import java.util.function.Function;

/**
 * A line of the table of an experiment: something that is done at each point.
 *
 * @param name small letters, digits, {@code .} and {@code -}; the same name is the same measure in all experiments,
 *     which is taken once
 * @param words what it is
 * @param measure finite numbers by name
 */
record Row(String name, String words, Function<Trial, Map<String, Double>> measure) {
    Row {
        if (!name.matches("[a-z0-9][a-z0-9.-]*")) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" is the name of a row; allowed are small letters," + " digits, . and -");
        }
    }

    /** What training on a choice does. */
    static Row chosen(String name, String words, Function<Trial, Selection> choice) {
        return new Row(name, words, trial -> trial.judged(choice.apply(trial)));
    }

    @Override
    public String toString() {
        return name;
    }
}
