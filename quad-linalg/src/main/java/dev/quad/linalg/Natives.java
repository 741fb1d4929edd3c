// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import dev.quad.QuadException;
import dev.quad.files.NativeFolder;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;

/**
 * Loads the native libraries before anything of theirs is used. JavaCPP unpacks them into {@code .javacpp} in the home,
 * or, where that cannot be written to, into a folder of a known name among the temporary files, which others may have
 * filled beforehand; it is given a {@link NativeFolder} instead.
 */
final class Natives {
    private static final String PLACE = "org.bytedeco.javacpp.cachedir";

    /** Why they cannot be loaded; empty if they are. */
    private static final String FAILURE = attempt();

    private Natives() {}

    /**
     * Loads them, once.
     *
     * @throws QuadException if they cannot be, each time
     */
    static void load() {
        if (!FAILURE.isEmpty()) {
            throw new QuadException(FAILURE);
        }
    }

    private static String attempt() {
        boolean given = System.getProperty(PLACE) != null || NativeFolder.isPrivateInHome(".javacpp/cache");
        try {
            if (!given) {
                System.setProperty(PLACE, NativeFolder.get().resolve("javacpp").toString());
            }
            Loader.load(Pointer.class);
            Loader.load(openblas.class);
            return "";
        } catch (QuadException e) {
            return String.valueOf(e.getMessage());
        } catch (LinkageError | RuntimeException e) {
            return "the native libraries for linear algebra cannot be loaded: " + e + ". They are unpacked into "
                    + System.getProperty(PLACE, ".javacpp/cache in the home") + "; name another folder in"
                    + " the environment variable " + NativeFolder.SETTING;
        } finally {
            if (!given) {
                System.clearProperty(PLACE); // JavaCPP has read it for good
            }
        }
    }
}
