// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** The documents that a command chooses from or embeds. */
@SuppressWarnings("NullAway.Init") // picocli sets the field
final class PoolOption {
    @Option(
            names = "--pool",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Documents, the pool: " + InputOptions.FILES)
    private List<Path> files;

    List<Path> files() {
        return files;
    }
}
