// SPDX-License-Identifier: Apache-2.0
package dev.quad.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.quad.InputException;
import dev.quad.files.FileFailure;
import dev.quad.files.KnownContent;
import dev.quad.files.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A model as it was read: its bytes, and the files beside it that hold tensors, none of them outside of its folder.
 *
 * @param name stands for it in messages
 * @param path where it is a file
 * @param data the files beside it, by what the model calls them
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record OnnxModel(String name, byte[] bytes, Optional<Path> path, Map<String, Path> data) {

    /** Reads a file, and finds the files beside it. */
    static OnnxModel read(Path path) {
        RegularFile.require(path);
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(path);
        } catch (IOException | OutOfMemoryError e) {
            String reason = e instanceof IOException io ? FileFailure.reason(io) : "the memory ran out";
            throw new InputException(
                    path + " cannot be read: " + reason + " (a model above 2 GiB has its weights in a file beside it)",
                    e);
        }
        Map<String, Path> data = new TreeMap<>();
        try {
            for (ExternalTensor tensor : tensors(bytes, path.toString())) {
                tensor.file(path, folders(path)).ifPresent(file -> data.put(tensor.location(), file));
            }
        } catch (IOException e) {
            throw new InputException("the files beside " + path + " cannot be read: " + FileFailure.reason(e), e);
        }
        return new OnnxModel(path.toString(), bytes, Optional.of(path.toAbsolutePath()), data);
    }

    /** A model that has all in its bytes. */
    static OnnxModel of(byte[] bytes, String name) {
        return new OnnxModel(name, bytes, Optional.empty(), Map.of());
    }

    private static List<ExternalTensor> tensors(byte[] bytes, String name) {
        KnownContent.of(Arrays.copyOf(bytes, Math.min(bytes.length, KnownContent.HEAD_BYTES)))
                .ifPresent(content -> {
                    throw new InputException(name + " " + content.words());
                });
        try {
            return ExternalTensors.of(bytes);
        } catch (ExternalTensors.DamagedModelException e) {
            throw new InputException(
                    name + " is not a model that ONNX Runtime takes: " + e.getMessage() + "; get a whole copy, or"
                            + " export the model again",
                    e);
        }
    }

    /** The folder, and that of the file behind a link: caches of downloads link each file to one folder of all. */
    private static Set<Path> folders(Path path) throws IOException {
        Path folder = path.toAbsolutePath().resolveSibling(".").toRealPath();
        Path behind = path.toRealPath().resolveSibling(".").toRealPath();
        return folder.equals(behind) ? Set.of(folder) : Set.of(folder, behind);
    }

    /** Opens it in ONNX Runtime, by path where it has files beside it, which are then looked for in its folder. */
    OrtSession open(OrtEnvironment environment, OrtSession.SessionOptions options) throws OrtException {
        return data.isEmpty()
                ? environment.createSession(bytes, options)
                : environment.createSession(path.orElseThrow().toString(), options);
    }

    /** Of all bytes that the rows depend on. */
    String digest() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes);
            for (Path file : data.values()) {
                try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                    in.transferTo(OutputStream.nullOutputStream());
                }
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (IOException e) {
            throw new InputException("the files beside " + name + " cannot be read: " + FileFailure.reason(e), e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
