// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.InputException;
import dev.quad.files.MappedTensor;
import dev.quad.files.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The tensors of a folder: in {@code model.safetensors}, or in the files that its index names. */
final class TensorFiles {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    /** Names of files, not of folders, and none that leads elsewhere. */
    private static final Pattern PLAIN_NAME = Pattern.compile("(?!\\.\\.?$)[^/\\\\\\p{Cntrl}]+");

    private final Path path;
    private final Map<String, Safetensors> files;
    private final List<Path> paths;

    private TensorFiles(Path path, Map<String, Safetensors> files, List<Path> paths) {
        this.path = path;
        this.files = files;
        this.paths = paths;
    }

    /**
     * Opens all files.
     *
     * @throws InputException if one is missing or damaged, or if the index and the files do not agree
     */
    static TensorFiles open(Path folder) throws IOException {
        Path single = folder.resolve(SINGLE);
        Path index = folder.resolve(INDEX);
        if (!Files.exists(index) || (Files.exists(single) && isAll(single, index))) {
            Safetensors file = Safetensors.open(HuggingFaceConfig.existing(single));
            Map<String, Safetensors> files = new LinkedHashMap<>();
            file.names().forEach(name -> files.put(name, file));
            return new TensorFiles(single, files, List.of(single));
        }
        return sharded(folder, index);
    }

    /** Whether the index speaks of the single file alone; two sets of weights are one too many. */
    private static boolean isAll(Path single, Path index) throws IOException {
        Set<String> named = new TreeSet<>(weightMap(index).values());
        named.remove(SINGLE);
        if (!named.isEmpty()) {
            throw new InputException(single + " lies beside " + INDEX + ", which names other files, such as "
                    + named.iterator().next() + "; take away the one that is not meant");
        }
        return true;
    }

    private static TensorFiles sharded(Path folder, Path index) throws IOException {
        Map<String, Set<String>> byFile = new TreeMap<>();
        for (Map.Entry<String, String> entry : weightMap(index).entrySet()) {
            byFile.computeIfAbsent(entry.getValue(), name -> new LinkedHashSet<>())
                    .add(entry.getKey());
        }
        List<String> problems = new ArrayList<>();
        Map<String, Safetensors> files = new LinkedHashMap<>();
        for (Map.Entry<String, Set<String>> entry : byFile.entrySet()) {
            String name = entry.getKey();
            Set<String> tensors = entry.getValue();
            if (!PLAIN_NAME.matcher(name).matches()) {
                problems.add("\"" + name + "\" is not the name of a file beside it (allowed is such as"
                        + " model-00001-of-00002.safetensors), with " + named(tensors));
                continue;
            }
            Path path = folder.resolve(name);
            if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
                problems.add("the file " + name + " cannot be read, with " + named(tensors));
                continue;
            }
            Safetensors file = Safetensors.open(path);
            for (String tensor : tensors) {
                if (file.names().contains(tensor)) {
                    files.put(tensor, file);
                } else {
                    problems.add(tensor + " is not in " + name);
                }
            }
            for (String tensor : file.names()) {
                if (!tensors.contains(tensor)) {
                    problems.add(tensor + " in " + name + " is not in the index");
                }
            }
        }
        if (!problems.isEmpty()) {
            throw new InputException(
                    index + " does not fit the files: " + Problems.joined(problems) + "; fetch the folder again");
        }
        return new TensorFiles(
                index, files, byFile.keySet().stream().map(folder::resolve).toList());
    }

    private static String named(Set<String> tensors) {
        String first = tensors.iterator().next();
        return tensors.size() == 1 ? "the tensor " + first : tensors.size() + " tensors, among them " + first;
    }

    private static Map<String, String> weightMap(Path index) throws IOException {
        Map<String, String> result = new LinkedHashMap<>();
        if (ModelJson.read(index).get("weight_map") instanceof Map<?, ?> map) {
            map.forEach((tensor, file) -> {
                if (!(file instanceof String text)) {
                    throw new InputException(
                            index + " names no file for the tensor \"" + tensor + "\"; fetch it again");
                }
                result.put(String.valueOf(tensor), text);
            });
        }
        if (result.isEmpty()) {
            throw new InputException(
                    index + " has no \"weight_map\" that tells the file of each tensor; fetch it again");
        }
        return result;
    }

    /** The file with the weights, or the index. */
    Path path() {
        return path;
    }

    /** The files that hold tensors. */
    List<Path> paths() {
        return paths;
    }

    /** Compares the bytes of files that carry a checksum with it. */
    void verify() throws IOException {
        for (Safetensors file : new LinkedHashSet<>(files.values())) {
            file.verified();
        }
    }

    Set<String> names() {
        return files.keySet();
    }

    int[] shape(String name) {
        return file(name).shape(name);
    }

    String type(String name) {
        return file(name).type(name);
    }

    MappedTensor map(String name) throws IOException {
        return file(name).mapped(name);
    }

    private Safetensors file(String name) {
        Safetensors file = files.get(name);
        if (file == null) {
            throw new IllegalArgumentException(name);
        }
        return file;
    }
}
