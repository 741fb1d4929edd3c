// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.text.JsonlOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a reference has its texts. */
final class ReferenceField {
    @Option(
            names = "--reference-text-field",
            paramLabel = "NAME",
            description = "Field or column with the text in the files of --reference. Default: that of --text-field.")
    private @Nullable String name;

    /** What is not given here is as it was in another command. */
    void otherwiseAs(ReferenceField other) {
        name = name == null ? other.name : name;
    }

    /** How the reference is read, where all else is read so. */
    JsonlOptions of(InputOptions input) {
        return name == null ? input.jsonl() : input.jsonl(name);
    }
}
