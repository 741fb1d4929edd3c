// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.util.Ec2Utils;
import dev.quad.QuadException;
import dev.quad.files.NativeFolder;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * Calls DJL so that it neither reports its use, nor fetches GPU builds, nor loads a library from where others can write
 * to: its own switches are set, and it is told where its library lies, which is unpacked here. DJL prefers environment
 * variables to properties, so one that says otherwise is overruled ({@code DJL_OFFLINE=false}).
 */
final class Offline {
    private static final String LIBRARY = "/native/lib/linux-x86_64/cpu/libtokenizers.so";
    private static final String LIBRARY_PLACE = "RUST_LIBRARY_PATH";
    private static final String NO_REPORTS = "OPT_OUT_TRACKING";

    private static boolean asked;
    private static Optional<Path> unpacked = Optional.empty();

    private Offline() {}

    static synchronized <T> T call(Callable<T> action) {
        Map<String, String> settings = new HashMap<>(Map.of("ai.djl.offline", "true", NO_REPORTS, "true"));
        try {
            if (System.getenv(LIBRARY_PLACE) == null && System.getProperty(LIBRARY_PLACE) == null) {
                if (!asked) { // once a process, which loads it once
                    unpacked = NativeFolder.unpack(HuggingFaceTokenizer.class, LIBRARY);
                    asked = true;
                }
                unpacked.ifPresent(place -> settings.put(LIBRARY_PLACE, place.toString()));
            }
            forbidReports();
        } catch (LinkageError e) {
            throw unusable(e);
        }
        Map<String, String> before = new HashMap<>();
        settings.forEach((name, value) -> before.put(name, System.getProperty(name)));
        try {
            settings.forEach(System::setProperty);
            return action.call();
        } catch (QuadException e) {
            throw e;
        } catch (Exception | LinkageError e) {
            throw unusable(e);
        } finally {
            before.forEach((name, value) -> {
                if (value == null) {
                    System.clearProperty(name);
                } else {
                    System.setProperty(name, value);
                }
            });
        }
    }

    private static QuadException unusable(Throwable e) {
        return new QuadException(
                "the native tokenizer library cannot be used: " + e + ". It is unpacked into " + NativeFolder.get()
                        + "; name another folder in the environment variable " + NativeFolder.SETTING,
                e);
    }

    /** Where both variables say that reports are welcome, only DJL's note of when it reported last holds it back. */
    private static void forbidReports() {
        if (System.getenv(NO_REPORTS) == null || Boolean.parseBoolean(System.getenv(NO_REPORTS))) {
            return; // the property counts, or the variable forbids
        }
        try {
            Field last = Ec2Utils.class.getDeclaredField("lastCheckIn");
            last.setAccessible(true);
            last.setLong(null, Long.MAX_VALUE);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new QuadException(
                    "the environment variable " + NO_REPORTS + " is " + System.getenv(NO_REPORTS) + ", which lets the"
                            + " tokenizer library report its use over the network; Quad calls nobody, so unset it",
                    e);
        }
    }
}
