// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import dev.quad.QuadException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where native libraries are unpacked to and loaded from: a folder to which only this user, and root, can write, so
 * that nobody else can put a library there. The first of these that will do:
 *
 * <ol>
 *   <li>that of the environment variable {@value #SETTING}; where it is set, no other;
 *   <li>{@code quad/native} in the user's cache ({@code XDG_CACHE_HOME}, or {@code .cache} in the home);
 *   <li>a new one in the folder for temporary files, which is removed when the process ends.
 * </ol>
 *
 * <p>Libraries that unpack themselves do so in folders that anybody can make beforehand, such as {@code /tmp/.djl.ai}.
 */
public final class NativeFolder {
    /** The environment variable that names another folder. */
    public static final String SETTING = "QUAD_NATIVE_DIR";

    private static final Object LOCK = new Object();
    private static @Nullable Path chosen;

    private NativeFolder() {}

    /**
     * The folder, which exists.
     *
     * @throws QuadException if there is none that will do; says what is wrong with each
     */
    public static Path get() {
        synchronized (LOCK) {
            if (chosen == null) {
                chosen = choose(Optional.ofNullable(System.getenv(SETTING)).filter(name -> !name.isEmpty()))
                        .toAbsolutePath();
            }
            return chosen;
        }
    }

    static Path choose(Optional<String> setting) {
        List<String> reasons = new ArrayList<>();
        Path result = setting.isPresent()
                ? kept(Path.of(setting.get()), reasons)
                : Optional.ofNullable(inCache(reasons)).orElseGet(() -> temporary(reasons));
        if (result == null) {
            throw new QuadException("native libraries can be unpacked nowhere: " + String.join("; ", reasons)
                    + ". Name a folder that only you can write to, and that is not mounted noexec, in the environment"
                    + " variable " + SETTING);
        }
        return result;
    }

    private static @Nullable Path inCache(List<String> reasons) {
        Path cache = Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                .filter(name -> name.startsWith("/"))
                .map(Path::of)
                .orElseGet(() -> home().resolve(".cache"));
        if (cache.startsWith(home()) && !Files.isDirectory(home())) {
            reasons.add("the home " + home() + " is not there");
            return null;
        }
        return kept(cache.resolve("quad").resolve("native"), reasons);
    }

    private static Path home() {
        return Path.of(System.getProperty("user.home", "")).toAbsolutePath();
    }

    private static @Nullable Path kept(Path folder, List<String> reasons) {
        try {
            if (!Files.isDirectory(folder)) {
                Path parent = folder.toAbsolutePath().getParent();
                if (parent != null) {
                    Files.createDirectories(parent);
                }
                Files.createDirectory(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
        } catch (IOException e) {
            if (!Files.isDirectory(folder)) {
                reasons.add(folder + " cannot be made (" + FileFailure.reason(e) + ")");
                return null;
            }
        }
        return usable(folder, reasons) ? folder : null;
    }

    private static @Nullable Path temporary(List<String> reasons) {
        Path parent = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
        try {
            Path folder = Files.createTempDirectory(parent, "quad-native"); // 0700
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder), "quad-native"));
            return usable(folder, reasons) ? folder : null;
        } catch (IOException e) {
            reasons.add(parent + " cannot be written to (" + FileFailure.reason(e) + ")");
            return null;
        }
    }

    private static boolean usable(Path folder, List<String> reasons) {
        Optional<String> reason = refusal(folder);
        reason.ifPresent(why -> reasons.add(folder + " " + why));
        return reason.isEmpty();
    }

    /** Why libraries are not loaded from an existing folder, if so. */
    public static Optional<String> refusal(Path folder) {
        try {
            Path real = folder.toRealPath();
            Optional<String> others = Ownership.writableByOthers(real);
            if (others.isPresent()) {
                return others;
            }
            if (!Files.isWritable(real)) {
                return Optional.of("may not be written to");
            }
            return Mounts.isNoexec(real)
                    ? Optional.of("is mounted noexec, so that no library can be loaded from it")
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.of("cannot be read (" + FileFailure.reason(e) + ")");
        }
    }

    /**
     * Whether a library's own folder in the home will do, that is, exists or can be made, and is nobody else's.
     *
     * @param name such as {@code .javacpp/cache}
     */
    public static boolean isPrivateInHome(String name) {
        Path folder = home().resolve(name);
        while (!Files.exists(folder) && folder.startsWith(home()) && folder.getParent() != null) {
            folder = folder.getParent();
        }
        return folder.startsWith(home()) && refusal(folder).isEmpty();
    }

    /**
     * Unpacks a library that is a resource, unless the same bytes lie there.
     *
     * @param resource as for {@link Class#getResourceAsStream}
     * @return the file, called as the resource; nothing if there is no such resource
     * @throws QuadException if it cannot be written
     */
    public static Optional<Path> unpack(Class<?> owner, String resource) {
        String name = resource.substring(resource.lastIndexOf('/') + 1);
        Supplier<@Nullable InputStream> open = () -> owner.getResourceAsStream(resource);
        try (InputStream in = open.get()) {
            if (in == null) {
                return Optional.empty();
            }
            Path target = get().resolve(name);
            if (!Files.isRegularFile(target) || !same(in, target)) {
                write(open, target);
            }
            return Optional.of(target);
        } catch (IOException e) {
            throw new QuadException(
                    "the native library " + name + " cannot be unpacked into " + get() + ": " + FileFailure.reason(e)
                            + "; name another folder in the environment variable " + SETTING,
                    e);
        }
    }

    private static boolean same(InputStream in, Path file) throws IOException {
        try (InputStream there = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            for (byte[] block = in.readNBytes(1 << 16); block.length > 0; block = in.readNBytes(1 << 16)) {
                if (!java.util.Arrays.equals(block, there.readNBytes(block.length))) {
                    return false;
                }
            }
            return there.read() < 0;
        }
    }

    /** Another process may load the old file while this one replaces it. */
    private static void write(Supplier<@Nullable InputStream> open, Path target) throws IOException {
        Path made = Files.createTempFile(get(), "new", ".tmp");
        try (InputStream in = java.util.Objects.requireNonNull(open.get())) {
            Files.copy(in, made, StandardCopyOption.REPLACE_EXISTING);
            Files.move(made, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(made);
        }
    }

    private static void remove(Path folder) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                    Files.delete(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException | UncheckedIOException e) {
            // it is private, and the process ends
        }
    }
}
