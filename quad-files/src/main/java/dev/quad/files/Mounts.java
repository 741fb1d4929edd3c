// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What Linux says of mounted file systems. */
final class Mounts {
    private static final Path TABLE = Path.of("/proc/self/mountinfo");

    private Mounts() {}

    /** Whether programs and libraries of a file system cannot be run. */
    static boolean isNoexec(Path real) throws IOException {
        return Files.isReadable(TABLE)
                && isNoexec(real.toString(), Files.readAllLines(TABLE, StandardCharsets.ISO_8859_1));
    }

    /** By the last of the longest mount points: later mounts hide earlier ones. */
    static boolean isNoexec(String path, List<String> table) {
        int longest = -1;
        boolean noexec = false;
        for (String line : table) {
            String[] fields = line.split(" ", -1); // id, parent, device, root, mount point, options, …
            if (fields.length < 6) {
                continue;
            }
            String point =
                    fields[4].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
            boolean under = point.equals("/") || path.equals(point) || path.startsWith(point + "/");
            if (under && point.length() >= longest) {
                longest = point.length();
                noexec = Arrays.asList(fields[5].split(",")).contains("noexec");
            }
        }
        return noexec;
    }
}
