// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.cluster.embeddings.AssignmentFile;
import dev.quad.files.MarkedFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a {@link HierarchicalKMeans}: each k-means in a folder of its own under {@code levels}, and at the end
 * centres and assignment in their stead.
 *
 * @param run everything that determines the result
 */
record TwoLevelFolder(Path path, String run) {

    KMeans in(KMeans kMeans, String name) {
        MarkedFolder.make(levels());
        return kMeans.in(levels().resolve(name), "[" + run + "] ");
    }

    /** The centres of a run that is done, or nothing; fails if the folder holds another. */
    @Nullable
    Centres centres() {
        @Nullable CentresFile saved = KMeans.saved(path, run);
        if (saved == null || !Files.exists(path.resolve(KMeans.ASSIGNMENT))) {
            return null;
        }
        MarkedFolder.remove(levels());
        return saved.centres();
    }

    Path assignmentFile() {
        return path.resolve(KMeans.ASSIGNMENT);
    }

    int[] assignment() {
        return KMeans.assignment(path, KMeans.saved(path, run));
    }

    void write(Centres centres, int[] assignment) {
        try (AssignmentFile out = AssignmentFile.open(
                path.resolve(KMeans.ASSIGNMENT),
                assignment.length,
                run,
                checksum -> new CentresFile(centres, Map.of("run", run, KMeans.ASSIGNMENT, checksum))
                        .save(path.resolve(KMeans.CENTRES)))) {
            out.write(assignment, out.rowsDone(), assignment.length - out.rowsDone());
        }
        MarkedFolder.remove(levels());
    }

    private Path levels() {
        return path.resolve("levels");
    }
}
