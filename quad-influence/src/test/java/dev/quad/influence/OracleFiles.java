// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.files.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of the NumPy program: in the folder that the property {@code quad.oracle} names, or the test resources. */
final class OracleFiles {
    private OracleFiles() {}

    static Path path(String network) {
        String file = network + ".safetensors";
        String folder = System.getProperty("quad.oracle");
        return folder != null
                ? Path.of(folder, file)
                : Path.of(URI.create(Objects.requireNonNull(OracleFiles.class.getResource("/oracle/" + file))
                        .toString()));
    }

    /** Whether the folder is another than the one in the test resources. */
    static boolean isReplaced() {
        return System.getProperty("quad.oracle") != null;
    }

    static Safetensors open(String network) {
        try {
            return Safetensors.open(path(network));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A tensor of type I64, which {@link Safetensors} does not read. */
    static int[] integers(String network, String tensor) {
        try {
            ByteBuffer bytes =
                    ByteBuffer.wrap(Files.readAllBytes(path(network))).order(ByteOrder.LITTLE_ENDIAN);
            int header = (int) bytes.getLong(0);
            Matcher entry = Pattern.compile("\"" + Pattern.quote(tensor)
                            + "\":\\s*\\{[^}]*I64[^}]*\"data_offsets\":\\s*\\[(\\d+),\\s*(\\d+)]")
                    .matcher(new String(bytes.array(), 8, header, StandardCharsets.UTF_8));
            if (!entry.find()) {
                throw new IllegalArgumentException(network + " has no I64 tensor " + tensor);
            }
            int from = Integer.parseInt(entry.group(1));
            int[] result = new int[(Integer.parseInt(entry.group(2)) - from) / 8];
            for (int i = 0; i < result.length; i++) {
                result[i] = (int) bytes.getLong(8 + header + from + 8 * i);
            }
            return result;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
