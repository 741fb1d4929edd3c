// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A file with options; {@link ConfigFile} reads it before the line is parsed. */
final class ConfigOption {
    @Option(names = ConfigFile.OPTION, paramLabel = "FILE", description = "YAML file with options.")
    private @Nullable Path file;

    @Nullable
    Path file() {
        return file;
    }
}
