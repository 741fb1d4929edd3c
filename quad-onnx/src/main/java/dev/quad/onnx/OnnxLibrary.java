// SPDX-License-Identifier: Apache-2.0
package dev.quad.onnx;

import ai.onnxruntime.OrtEnvironment;
import dev.quad.QuadException;
import dev.quad.files.NativeFolder;
import java.nio.file.Path;
import java.util.Optional;

/** Loads ONNX Runtime from a folder of this user's, into which it is unpacked once and not by each process anew. */
final class OnnxLibrary {
    private static final String PLACE = "onnxruntime.native.path";
    private static final String RESOURCES = "/ai/onnxruntime/native/linux-x64/";

    private OnnxLibrary() {}

    /** The one of the process. */
    static synchronized OrtEnvironment environment() {
        boolean given = System.getProperty(PLACE) != null;
        try {
            if (!given) {
                NativeFolder.unpack(OrtEnvironment.class, RESOURCES + "libonnxruntime.so")
                        .flatMap(library ->
                                NativeFolder.unpack(OrtEnvironment.class, RESOURCES + "libonnxruntime4j_jni.so"))
                        .flatMap(library -> Optional.ofNullable(library.getParent()))
                        .map(Path::toString)
                        .ifPresent(folder -> System.setProperty(PLACE, folder));
            }
            return OrtEnvironment.getEnvironment();
        } catch (LinkageError e) {
            throw new QuadException(
                    "ONNX Runtime cannot be loaded: "
                            + Optional.ofNullable(e.getCause()).orElse(e) + "; it is unpacked"
                            + " into " + NativeFolder.get() + " (the environment variable " + NativeFolder.SETTING
                            + " names another folder), and makes a folder among the temporary files, which must be"
                            + " writable (java.io.tmpdir)",
                    e);
        } finally {
            if (!given) {
                System.clearProperty(PLACE);
            }
        }
    }
}
