// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Who can put a file into a folder, by the owners and modes of it and of the folders above. */
final class Ownership {
    private static final int ROOT = 0;
    private static final int OTHERS_WRITE = 022;
    private static final int STICKY = 01000;

    private Ownership() {}

    /**
     * How another user can change what is in a folder, if so: it, or one above, belongs to another than this user or
     * root, or is writable by group or world (one above may be, if it is sticky: what is in it then stays its owner's).
     *
     * @param real without links
     */
    static Optional<String> writableByOthers(Path real) throws IOException {
        if (!real.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return Optional.empty();
        }
        int self = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        for (Path folder = real; folder != null; folder = folder.getParent()) {
            Map<String, Object> is = Files.readAttributes(folder, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
            int owner = (int) Objects.requireNonNull(is.get("uid"));
            int mode = (int) Objects.requireNonNull(is.get("mode"));
            boolean leaf = folder.equals(real);
            String which = leaf ? "" : "lies in " + folder + ", which ";
            if (owner != self && (leaf || owner != ROOT)) {
                return Optional.of(which + "belongs to another user");
            }
            if ((mode & OTHERS_WRITE) != 0 && (leaf || (mode & STICKY) == 0)) {
                return Optional.of(which + "can be written to by other users (chmod go-w)");
            }
        }
        return Optional.empty();
    }
}
