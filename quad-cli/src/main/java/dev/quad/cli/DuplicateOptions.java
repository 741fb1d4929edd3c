// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.pipeline.DuplicatePolicy;
import dev.quad.pipeline.QuadPipeline;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What is done about documents that repeat others. */
final class DuplicateOptions {
    @Option(
            names = "--duplicates",
            paramLabel = "WHICH",
            description = "Which documents are left out because an earlier one says the same: exact, equal texts up to"
                    + " case and white space; near, also texts of which 80 %% is that of an earlier one, which takes"
                    + " several times as long to find; or keep, none. Default: ${DEFAULT-VALUE}.")
    private String which = Word.of(QuadPipeline.DEFAULT_DUPLICATES);

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    DuplicatePolicy policy() {
        return Arrays.stream(DuplicatePolicy.values())
                .filter(policy -> Word.of(policy).equals(which))
                .findFirst()
                .orElseThrow(() -> new ParameterException(
                        Objects.requireNonNull(spec).commandLine(),
                        "--duplicates is " + which + "; allowed are "
                                + Arrays.stream(DuplicatePolicy.values())
                                        .map(Word::of)
                                        .collect(Collectors.joining(", "))));
    }
}
