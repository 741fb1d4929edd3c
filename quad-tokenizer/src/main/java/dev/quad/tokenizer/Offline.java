// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import dev.quad.QuadException;
import java.util.concurrent.Callable;

/** Calls DJL with its switch for offline use on, without which it reports its use and fetches GPU builds. */
final class Offline {
    private static final String SWITCH = "ai.djl.offline";

    private Offline() {}

    static synchronized <T> T call(Callable<T> action) {
        String before = System.getProperty(SWITCH);
        System.setProperty(SWITCH, "true");
        try {
            return action.call();
        } catch (QuadException e) {
            throw e;
        } catch (Exception | LinkageError e) {
            throw new QuadException(
                    "the native tokenizer library cannot be used: " + e
                            + ". It is unpacked into ~/.djl.ai: make that writable, or name another folder in the"
                            + " environment variable DJL_CACHE_DIR",
                    e);
        } finally {
            if (before == null) {
                System.clearProperty(SWITCH);
            } else {
                System.setProperty(SWITCH, before);
            }
        }
    }
}
