// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MarkedFolderTest {
    @TempDir
    private Path place;

    private Path work;

    @BeforeEach
    void name() {
        work = place.resolve("work");
    }

    private List<Path> left() throws IOException {
        try (Stream<Path> entries = Files.list(place)) {
            return entries.toList();
        }
    }

    @Test
    void made_isRemovedWithAllThatIsInIt_butNotWhatLinksLeadTo() throws IOException {
        MarkedFolder.make(work);
        MarkedFolder.make(work);
        Path kept = Files.createDirectories(place.resolve("kept"));
        Files.createFile(kept.resolve("file"));
        Files.createSymbolicLink(Files.createDirectories(work.resolve("a/b")).resolve("link"), kept);

        MarkedFolder.remove(work);

        assertThat(left()).containsExactly(kept);
        assertThat(kept.resolve("file")).exists();
    }

    @Test
    void users_isNeitherTakenNorRemoved() throws IOException {
        Path file =
                Files.createFile(Files.createDirectories(work.resolve("deep")).resolve("file"));

        assertThatThrownBy(() -> MarkedFolder.make(work))
                .isInstanceOf(InputException.class)
                .hasMessage(work + " was not made by quad, and is not touched; give another folder");
        MarkedFolder.remove(work);

        assertThat(file).exists();
    }

    @Test
    void link_toAMarkedFolder_isNotOne() throws IOException {
        Path real = place.resolve("real");
        MarkedFolder.make(real);
        Files.createSymbolicLink(work, real);

        assertThat(MarkedFolder.isMarked(work)).isFalse();
        MarkedFolder.remove(work);
        assertThatThrownBy(() -> MarkedFolder.make(work)).isInstanceOf(InputException.class);

        assertThat(left()).containsExactlyInAnyOrder(work, real);
    }

    @Test
    void killed_whileMadeOrRemoved_isFinishedByTheNext() throws IOException {
        Path unfinished = Files.createDirectory(place.resolve(".work.quad"));
        MarkedFolder.make(work);
        assertThat(left()).containsExactly(work);

        Files.createFile(work.resolve("rest"));
        Files.move(work, unfinished);
        MarkedFolder.remove(work);
        assertThat(left()).isEmpty();

        MarkedFolder.make(work);
        Files.createFile(work.resolve("rest"));
        Files.move(work, unfinished);
        MarkedFolder.make(work);
        assertThat(left()).containsExactly(work);
        assertThat(work.resolve("rest")).doesNotExist();
    }
}
