// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.pipeline.DuplicatePolicy;
import dev.quad.pipeline.QuadPipeline;
import picocli.CommandLine.Option;

/** What is done about documents that repeat others. */
final class DuplicateOptions {
    @Option(
            names = "--duplicates",
            paramLabel = "WHICH",
            converter = ToPolicy.class,
            description = "Which documents are left out because an earlier one says the same: exact, equal texts up to"
                    + " case and white space; near, also texts of which 80 %% is that of an earlier one, which takes"
                    + " several times as long to find; or keep, none. Default: exact.")
    private DuplicatePolicy policy = QuadPipeline.DEFAULT_DUPLICATES;

    DuplicatePolicy policy() {
        return policy;
    }

    /** {@code --duplicates}. */
    static final class ToPolicy extends Word.Choice<DuplicatePolicy> {
        ToPolicy() {
            super(DuplicatePolicy.class);
        }
    }
}
