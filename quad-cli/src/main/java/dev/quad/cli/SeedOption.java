// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Seed;
import picocli.CommandLine.Option;

/** The seed of a command. */
final class SeedOption {
    @Option(names = "--seed", paramLabel = "N", description = "Seed of every random choice. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    Seed seed() {
        return new Seed(seed);
    }
}
