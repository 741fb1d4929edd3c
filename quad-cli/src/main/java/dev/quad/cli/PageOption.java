// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import picocli.CommandLine.Option;

/** Whether a page for people is written beside the results. */
final class PageOption {
    /** Its name in the folder of a run. */
    static final String FILE = "report.html";

    @Option(names = "--no-report", description = "Do not write the HTML page for people, which quad report makes.")
    private boolean none;

    boolean isWanted() {
        return !none;
    }
}
