// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.files.TemporaryFolder;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a command unpacks what it reads, and libraries unpack what they load. */
final class TempOption {
    static final String NAME = "--temp";
    /** The property that holds the place once Java's own says where libraries unpack. */
    static final String PLACE = "quad.temp";

    private static final String JAVA_DEFAULT = "/tmp";

    @Option(
            names = NAME,
            paramLabel = "DIR",
            description = "Folder for temporary files, such as the unpacked text of the input; they are removed at the"
                    + " end. Default: TMPDIR in the environment, or else /tmp.")
    private @Nullable Path place;

    /** A folder of this run's own, to be closed. */
    TemporaryFolder open() {
        Path given = place;
        return open(given == null ? standard() : given);
    }

    /** Where temporary files go if nothing else is said. */
    static Path standard() {
        String known = System.getProperty(PLACE);
        String java = System.getProperty("java.io.tmpdir", JAVA_DEFAULT);
        String environment = System.getenv("TMPDIR");
        boolean asked = !java.equals(JAVA_DEFAULT) || environment == null || environment.isEmpty();
        return Path.of(known != null ? known : asked ? java : environment);
    }

    /** A folder in a place. */
    static TemporaryFolder open(Path place) {
        try {
            return TemporaryFolder.in(place);
        } catch (UncheckedIOException e) {
            throw new InputException(
                    e.getMessage() + "; name another place with " + NAME + " DIR, or by TMPDIR in the environment", e);
        }
    }
}
