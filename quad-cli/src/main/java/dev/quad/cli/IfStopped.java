// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

/** Says how to go on, where Ctrl-C or another signal ends the process during some work. */
final class IfStopped {
    private IfStopped() {}

    /** Work of a command that goes on with {@code --resume} once its folder holds a run. */
    static <T> T resume(Path folder, Callable<T> work) throws Exception {
        return say(
                () -> Files.exists(folder.resolve("manifest.json")),
                "stopped; go on with the same command and --resume",
                work);
    }

    /** Work of a command that goes on by itself. */
    static <T> T again(Callable<T> work) throws Exception {
        return say(() -> true, "stopped; the same command goes on with it", work);
    }

    private static <T> T say(BooleanSupplier begun, String words, Callable<T> work) throws Exception {
        Progress progress = Progress.standard();
        Thread hook = new Thread(
                () -> {
                    if (begun.getAsBoolean()) {
                        progress.say(words);
                    }
                },
                "if stopped");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return work.call();
        } finally {
            remove(hook);
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process ends already, and says so
        }
    }
}
