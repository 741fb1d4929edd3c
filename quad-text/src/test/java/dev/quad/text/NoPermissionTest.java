// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that may not be read or written. A superuser may, so it gives up that power first, where setpriv lets it. */
class NoPermissionTest {
    private static final String[] WITHOUT_POWER = {
        "setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"
    };

    @TempDir
    private Path folder;

    private Path locked(Path path, String permissions) throws IOException {
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    @Test
    void whatMayNotBeReadOrWritten_isNamed() throws Exception {
        boolean root = System.getProperty("user.name").equals("root");
        ChildJvm jvm = new ChildJvm();
        if (root) {
            jvm.under(WITHOUT_POWER);
            assumeThat(isStarted(WITHOUT_POWER))
                    .as("root can give up its power")
                    .isTrue();
        }
        Path file = locked(TestFiles.write(folder, "a.jsonl", "{\"text\": \"x\"}"), "-w-------");
        Path unlisted = Files.createDirectory(folder.resolve("unlisted"));
        Path inside = TestFiles.write(unlisted, "b.jsonl", "{\"text\": \"x\"}");
        locked(unlisted, "-wx------");
        Path closed = Files.createDirectory(folder.resolve("closed"));
        Path hidden = TestFiles.write(closed, "c.jsonl", "{\"text\": \"x\"}");
        locked(closed, "rw-------");
        Path full = locked(Files.createDirectory(folder.resolve("fixed")), "r-x------");
        try {
            List<String> said = jvm.run(Attempts.class, file, unlisted, inside, hidden, full.resolve("out.jsonl"))
                    .lines()
                    .toList();

            String denied = " cannot be read: permission denied; allow this user to read it";
            assertThat(said.get(0)).isEqualTo("InputException: " + file + denied);
            assertThat(said.get(1))
                    .isEqualTo("InputException: the folder " + unlisted
                            + " cannot be read: permission denied for " + unlisted
                            + "; allow this user to read it and all folders in it");
            assertThat(said.get(2)).isEqualTo("1 documents");
            assertThat(said.get(3)).isEqualTo("InputException: " + hidden + denied);
            assertThat(said.get(4))
                    .isEqualTo("UncheckedIOException: cannot write " + full.resolve("out.jsonl")
                            + ": permission denied; allow this user to write to its folder, or choose another place");
        } finally {
            for (Path path : List.of(unlisted, closed, full)) {
                locked(path, "rwx------");
            }
        }
    }

    private static boolean isStarted(String... command) throws InterruptedException {
        try {
            List<String> whole = new ArrayList<>(List.of(command));
            whole.add("true");
            return new ProcessBuilder(whole).inheritIO().start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Runs without power: reads all arguments but the last, and writes that. */
    static final class Attempts {
        private Attempts() {}

        public static void main(String[] args) {
            for (int i = 0; i < args.length; i++) {
                Path path = Path.of(args[i]);
                if (i == args.length - 1) {
                    say(() -> {
                        try (RecordWriter writer = RecordWriter.create(path, "quad")) {
                            return "written " + writer.commit();
                        }
                    });
                } else {
                    say(() -> Jsonl.read(List.of(path), JsonlOptions.defaults(), ReadListener.NONE)
                                    .size()
                            + " documents");
                }
            }
        }

        private static void say(Supplier<String> attempt) {
            try {
                System.out.println(attempt.get());
            } catch (RuntimeException e) {
                System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
            }
        }
    }
}
