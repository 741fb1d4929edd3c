// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.quad.QuadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFolderTest {
    private static final String HOME = "user.home";
    private static final String TEMPORARY = "java.io.tmpdir";

    @TempDir
    private Path folder;

    private final String home = System.getProperty(HOME);
    private final String temporary = System.getProperty(TEMPORARY);

    @BeforeEach
    void aHomeThatIsNotThere() throws IOException {
        assumeThat(System.getenv("XDG_CACHE_HOME")).isNull();
        System.setProperty(HOME, folder.resolve("nobody").toString());
        System.setProperty(TEMPORARY, made("tmp", "rwxrwxrwx").toString());
        sticky(folder.resolve("tmp"));
    }

    @AfterEach
    void asBefore() {
        System.setProperty(HOME, home);
        System.setProperty(TEMPORARY, temporary);
    }

    private Path made(String name, String mode) throws IOException {
        Path made = Files.createDirectories(folder.resolve(name));
        return Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(mode));
    }

    private static void sticky(Path path) throws IOException {
        Files.setAttribute(path, "unix:mode", 01777);
    }

    @Test
    void home_hasItInItsCache_whereOthersCannotWrite() throws IOException {
        System.setProperty(HOME, made("me", "rwxr-xr-x").toString());

        Path chosen = NativeFolder.choose(Optional.empty());

        assertThat(chosen).isEqualTo(folder.resolve("me/.cache/quad/native"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(chosen)))
                .isEqualTo("rwx------");
        assertThat(NativeFolder.isPrivateInHome(".javacpp/cache")).isTrue();
    }

    @Test
    void noHome_takesANewFolderAmongTheTemporaryFiles() throws IOException {
        Path planted = made("tmp/quad-native", "rwxrwxrwx");

        Path chosen = NativeFolder.choose(Optional.empty());

        assertThat(chosen.getParent()).isEqualTo(folder.resolve("tmp"));
        assertThat(chosen).isNotEqualTo(planted).isEmptyDirectory();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(chosen)))
                .isEqualTo("rwx------");
        assertThat(NativeFolder.isPrivateInHome(".javacpp/cache")).isFalse();
    }

    @Test
    void homeThatOthersCanWriteTo_isPassedOver() throws IOException {
        for (String mode : List.of("rwxrwxr-x", "rwxr-xrwx")) {
            System.setProperty(HOME, made("me", mode).toString());

            assertThat(NativeFolder.choose(Optional.empty()).getParent()).isEqualTo(folder.resolve("tmp"));
            assertThat(NativeFolder.isPrivateInHome(".javacpp/cache")).isFalse();
        }
        System.setProperty(HOME, made("me", "rwxr-xr-x").toString());
        made("me/.cache/quad/native", "rwxrwxrwx");
        assertThat(NativeFolder.choose(Optional.empty()).getParent()).isEqualTo(folder.resolve("tmp"));
    }

    @Test
    void linkToAFolderOfOthers_isSeenThrough() throws IOException {
        System.setProperty(HOME, made("me", "rwxr-xr-x").toString());
        Files.createDirectories(folder.resolve("me/.cache/quad"));
        Files.createSymbolicLink(folder.resolve("me/.cache/quad/native"), made("tmp/evil", "rwxrwxrwx"));

        assertThat(NativeFolder.choose(Optional.empty()).getParent()).isEqualTo(folder.resolve("tmp"));
    }

    @Test
    void temporaryFilesThatAnybodyCanMove_areRefused_andAllReasonsSaid() throws IOException {
        made("tmp", "rwxrwxrwx"); // not sticky

        assertThatThrownBy(() -> NativeFolder.choose(Optional.empty()))
                .isInstanceOf(QuadException.class)
                .hasMessageContaining("the home " + folder.resolve("nobody") + " is not there")
                .hasMessageContaining("lies in " + folder.resolve("tmp") + ", which can be written to by other users")
                .hasMessageContaining("QUAD_NATIVE_DIR")
                .hasMessageNotContaining("\n");
    }

    @Test
    void setting_isTakenOrRefused_andNothingElseIs() throws IOException {
        Path own = made("own", "rwx------");
        assertThat(NativeFolder.choose(Optional.of(own.toString()))).isEqualTo(own);

        Path open = made("open", "rwxrwxrwx");
        assertThatThrownBy(() -> NativeFolder.choose(Optional.of(open.toString())))
                .isInstanceOf(QuadException.class)
                .hasMessageContaining(open + " can be written to by other users (chmod go-w)");
    }

    @Test
    void folderOfAnotherUser_isRefused() throws IOException {
        assumeThat(Files.getAttribute(Path.of("/proc/self"), "unix:uid")).isEqualTo(0);
        Path theirs = made("theirs", "rwx------");
        Files.setAttribute(theirs, "unix:uid", 65534);
        Path below = Files.createDirectories(theirs.resolve("mine"));

        assertThat(NativeFolder.refusal(theirs)).contains("belongs to another user");
        assertThat(NativeFolder.refusal(below)).contains("lies in " + theirs + ", which belongs to another user");
        Files.setAttribute(theirs, "unix:uid", 0);
    }

    @Test
    void unpacked_isTheResource_whateverLayThere() throws IOException {
        String name = "/dev/quad/files/NativeFolder.class";
        Path first = NativeFolder.unpack(NativeFolder.class, name).orElseThrow();
        byte[] bytes = Files.readAllBytes(first);
        Files.write(first, new byte[] {1, 2, 3});

        assertThat(NativeFolder.unpack(NativeFolder.class, name)).contains(first);
        assertThat(first).hasBinaryContent(bytes);
        assertThat(NativeFolder.unpack(NativeFolder.class, "/none.so")).isEmpty();
        Files.delete(first);
    }

    @Test
    void noexec_isThatOfTheMountThatHoldsThePath() {
        List<String> table = List.of(
                "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
                "22 21 0:30 / /tmp rw,nosuid,noexec - tmpfs tmpfs rw",
                "23 22 0:31 / /tmp/a\\040b rw - tmpfs tmpfs rw",
                "24 21 0:32 / /opt rw,noexec - tmpfs tmpfs rw",
                "25 21 0:33 / /opt rw - tmpfs tmpfs rw");

        assertThat(Mounts.isNoexec("/tmp", table)).isTrue();
        assertThat(Mounts.isNoexec("/tmp/x", table)).isTrue();
        for (String other : Set.of("/", "/tmpx", "/home/a", "/tmp/a b/c", "/opt/x")) {
            assertThat(Mounts.isNoexec(other, table)).as(other).isFalse();
        }
    }
}
