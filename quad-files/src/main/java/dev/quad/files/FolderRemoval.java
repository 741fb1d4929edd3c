// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Removes folders with all that is in them; links are removed, and not what they lead to. */
final class FolderRemoval {
    private static final int TRIES = 100;

    private FolderRemoval() {}

    /**
     * Removes a folder in which others may still write.
     *
     * @param marker the name of the file by which the folder is known: the last to go, whenever this is cut off
     */
    static void remove(Path folder, String marker) throws IOException {
        for (int i = 0; ; i++) {
            try {
                removeOnce(folder, folder.resolve(marker));
                return;
            } catch (DirectoryNotEmptyException e) {
                if (i == TRIES) {
                    throw e;
                }
            }
        }
    }

    private static void removeOnce(Path folder, Path marker) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!file.equals(marker)) {
                    Files.deleteIfExists(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                if (directory.equals(folder)) {
                    Files.deleteIfExists(marker);
                }
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
