// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.quad.InputException;
import dev.quad.influence.MappedTensor;
import dev.quad.influence.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The tensors of a folder: in {@code model.safetensors}, or in the files that its index names. */
final class TensorFiles {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    private final Path path;
    private final Map<String, Safetensors> files;

    private TensorFiles(Path path, Map<String, Safetensors> files) {
        this.path = path;
        this.files = files;
    }

    /**
     * Opens all files.
     *
     * @throws InputException if one is missing or damaged, or if the index and the files do not agree; lists all
     */
    static TensorFiles open(Path folder) throws IOException {
        Path single = folder.resolve(SINGLE);
        Path index = folder.resolve(INDEX);
        if (Files.exists(single) || !Files.exists(index)) {
            Safetensors file = Safetensors.open(HuggingFaceConfig.existing(single));
            Map<String, Safetensors> files = new LinkedHashMap<>();
            file.names().forEach(name -> files.put(name, file));
            return new TensorFiles(single, files);
        }
        return sharded(folder, index);
    }

    private static TensorFiles sharded(Path folder, Path index) throws IOException {
        Map<String, List<String>> byFile = new TreeMap<>();
        for (Map.Entry<String, String> entry : weightMap(index).entrySet()) {
            byFile.computeIfAbsent(entry.getValue(), name -> new ArrayList<>()).add(entry.getKey());
        }
        List<String> problems = new ArrayList<>();
        Map<String, Safetensors> files = new LinkedHashMap<>();
        for (Map.Entry<String, List<String>> entry : byFile.entrySet()) {
            String name = entry.getKey();
            if (name.contains("/") || name.contains("\\") || !Files.isReadable(folder.resolve(name))) {
                problems.add("the file " + name + " cannot be read, with "
                        + entry.getValue().size() + " tensors, among them "
                        + entry.getValue().get(0));
                continue;
            }
            Safetensors file = Safetensors.open(folder.resolve(name));
            for (String tensor : entry.getValue()) {
                if (file.names().contains(tensor)) {
                    files.put(tensor, file);
                } else {
                    problems.add(tensor + " is not in " + name);
                }
            }
            for (String tensor : file.names()) {
                if (!entry.getValue().contains(tensor)) {
                    problems.add(tensor + " in " + name + " is not in the index");
                }
            }
        }
        if (!problems.isEmpty()) {
            throw new InputException(
                    index + " does not fit the files: " + String.join("; ", problems) + "; fetch the folder again");
        }
        return new TensorFiles(index, files);
    }

    private static Map<String, String> weightMap(Path index) throws IOException {
        Map<String, String> result = new LinkedHashMap<>();
        try (JsonParser json = new JsonFactory()
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .createParser(index.toFile())) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean map = json.currentName().equals("weight_map");
                if (json.nextToken() != JsonToken.START_OBJECT || !map) {
                    json.skipChildren();
                    continue;
                }
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String tensor = json.currentName();
                    json.nextToken();
                    result.put(tensor, json.getText());
                }
            }
        } catch (JsonProcessingException e) {
            throw new InputException(index + " is not JSON: " + e.getMessage(), e);
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
