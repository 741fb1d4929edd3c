// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What a command asks of its options beyond their types. */
final class Usage {
    private Usage() {}

    /** Ends the command with exit code 2 and its usage, unless the condition holds. */
    static void check(CommandSpec command, boolean holds, String message) {
        if (!holds) {
            throw new ParameterException(command.commandLine(), message);
        }
    }
}
