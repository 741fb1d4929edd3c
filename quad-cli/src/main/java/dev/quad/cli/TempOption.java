// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a command unpacks what it reads. */
final class TempOption {
    static final String NAME = "--temp";

    @Option(
            names = NAME,
            paramLabel = "DIR",
            description = "Folder for temporary files, such as the unpacked text of the input; they are removed at the"
                    + " end. Default: TMPDIR in the environment, or else /tmp.")
    private @Nullable Path place;
}
