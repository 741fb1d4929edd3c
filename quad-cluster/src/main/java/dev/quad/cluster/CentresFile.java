// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.InputException;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import dev.quad.files.SafetensorsWriter;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Centres on disk: a safetensors file whose tensor {@code embeddings} holds one row a centre, in the coordinates that
 * are clustered; the point that these start from stands in the metadata in hexadecimal, so that it comes back exactly.
 */
record CentresFile(Centres centres, Map<String, String> notes) {

    void save(Path file) {
        Map<String, String> metadata = new TreeMap<>(notes);
        metadata.put("format", "quad-centres-1");
        metadata.put("distance", centres.distance().toString());
        StringBuilder origin = new StringBuilder();
        for (float x : centres.origin()) {
            origin.append(Float.toHexString(x)).append(' ');
        }
        metadata.put("origin", origin.toString().strip());
        new SafetensorsWriter(metadata)
                .add("embeddings", FloatBuffer.wrap(centres.values()), centres.count(), centres.dimension())
                .write(file);
    }

    /** With one note more. */
    CentresFile with(String key, String value) {
        Map<String, String> all = new TreeMap<>(notes);
        all.put(key, value);
        return new CentresFile(centres, all);
    }

    static CentresFile load(Path file) {
        EmbeddingsFile stored = EmbeddingsFile.open(file);
        Map<String, String> metadata = stored.metadata();
        if (!"quad-centres-1".equals(metadata.get("format"))) {
            throw new InputException(file + " has the format entry \"" + metadata.get("format")
                    + "\"; \"quad-centres-1\" is needed: give a file that Centres.save wrote");
        }
        FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(stored.rows(), stored.dimension()));
        stored.read(0, stored.rows(), values);
        String name = metadata.getOrDefault("distance", "");
        float[] origin = origin(file, metadata.getOrDefault("origin", ""), stored.dimension());
        return new CentresFile(new Centres(values.array(), origin, Distance.named(name)), metadata);
    }

    private static float[] origin(Path file, String text, int dimension) {
        String[] parts = text.split(" ", -1);
        float[] result = new float[dimension];
        if (parts.length == dimension) {
            try {
                for (int j = 0; j < dimension; j++) {
                    result[j] = Float.parseFloat(parts[j]);
                }
                return result;
            } catch (NumberFormatException e) {
                throw new InputException(file + " has an origin that is not made of numbers; write it again", e);
            }
        }
        throw new InputException(
                file + " has an origin of " + parts.length + " values; " + dimension + " are needed: write it again");
    }
}
