// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.InputException;
import dev.quad.text.JsonlPool;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One HTML file about a pool, for people, before anything is chosen: its tokens by field, file and language, lengths, a
 * map of documents that are alike, and clusters of them with terms and exemplars. Of the form of
 * {@link SelectionReport}, with its bounds and costs; clusters are those of k-means on the rows of the map.
 */
public final class PoolReport {
    private PoolReport() {}

    /**
     * Starts from the defaults.
     *
     * @param pool open; it stays open
     */
    public static Builder builder(JsonlPool pool) {
        return new Builder(pool);
    }

    /** Collects what a report is made of. For one thread. */
    public static final class Builder {
        private final JsonlPool pool;
        private String name = "pool";
        private List<String> fields = List.of();
        private Map<String, Integer> languages = Map.of();

        private Builder(JsonlPool pool) {
            this.pool = Objects.requireNonNull(pool, "the pool is null");
        }

        /** What the pool is called in the page. */
        public Builder name(String value) {
            name = Objects.requireNonNull(value, "the name is null; leave it out");
            return this;
        }

        /** Fields of the records to tell of; unless set the first three that have few values, and the files. */
        public Builder fields(String... names) {
            fields = List.of(Objects.requireNonNull(names, "the names of the fields are null"));
            return this;
        }

        /**
         * How many documents are in a language, of the pool or a sample of it.
         *
         * @param counts by the name of the language, in the order in which they are shown
         */
        public Builder languages(Map<String, Integer> counts) {
            languages = new LinkedHashMap<>(Objects.requireNonNull(counts, "the languages are null; leave them out"));
            return this;
        }

        /**
         * Writes the file, which appears when it is whole, and replaces a report of its name.
         *
         * @throws InputException if there is a file of that name that is no report, or no record has a field that was
         *     asked for
         * @throws java.io.UncheckedIOException if a file cannot be read or written
         */
        public void write(Path target) {
            Objects.requireNonNull(target, "the file is null");
            Page.write(target, this::html);
        }

        private String html() {
            Found found = Found.of(pool, fields);
            List<Page.View> views = List.of(
                    new Page.View("got", "Content", PoolShares.view(found, languages)),
                    new Page.View("map", "Map", MapView.view(found)),
                    new Page.View("groups", "Groups", Groups.view(found)));
            return Page.of(name, "What is there to choose from", views, Packed.of(found, new Readings(found)));
        }
    }
}
