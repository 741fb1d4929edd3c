// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.github.luben.zstd.util.Native;
import com.github.luben.zstd.util.ZstdVersion;
import dev.quad.files.NativeFolder;
import java.nio.file.Path;

/** Loads the library of Zstandard from a folder of this user's, unless told where it lies. */
final class ZstdLibrary {
    private static final String PLACE = "ZstdNativePath";

    private ZstdLibrary() {}

    static synchronized void load() {
        if (Native.isLoaded()) {
            return;
        }
        boolean given = System.getProperty(PLACE) != null || System.getProperty("ZstdTempFolder") != null;
        try {
            if (!given) {
                NativeFolder.unpack(Native.class, "/linux/amd64/libzstd-jni-" + ZstdVersion.VERSION + ".so")
                        .map(Path::toString)
                        .ifPresent(library -> System.setProperty(PLACE, library));
            }
            Native.load();
        } finally {
            if (!given) {
                System.clearProperty(PLACE);
            }
        }
    }
}
