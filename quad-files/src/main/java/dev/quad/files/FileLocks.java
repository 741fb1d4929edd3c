// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.OverlappingFileLockException;

/** Locks by which two writers of a file see each other, in one process or in two. */
public final class FileLocks {
    private FileLocks() {}

    /** Locks a file until it is closed; false if another has it. */
    @SuppressWarnings("resource") // the lock goes with the file
    public static boolean take(RandomAccessFile file) throws IOException {
        try {
            return file.getChannel().tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }
}
