// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The classes of every module that others may use. */
final class PublicTypes {
    /** Internal, for tests, the command; and what Spark alone can load. */
    private static final List<String> OTHERS =
            List.of("quad-files", "quad-linalg", "quad-testkit", "quad-cli", "quad-spark");

    private PublicTypes() {}

    /** Those that are in no other. */
    static List<Class<?>> all() throws IOException, ClassNotFoundException {
        List<Class<?>> types = new ArrayList<>();
        for (String module : Pages.modules()) {
            if (!OTHERS.contains(module)) {
                for (String name : names(Pages.ROOT.resolve(module).resolve("src/main/java"))) {
                    types.add(Class.forName(name, false, PublicTypes.class.getClassLoader()));
                }
            }
        }
        types.removeIf(type -> !Modifier.isPublic(type.getModifiers()));
        return types;
    }

    /** Those too that are in others. */
    static List<Class<?>> withInner() throws IOException, ClassNotFoundException {
        List<Class<?>> types = all();
        for (int i = 0; i < types.size(); i++) {
            types.addAll(Stream.of(types.get(i).getDeclaredClasses())
                    .filter(inner -> Modifier.isPublic(inner.getModifiers()))
                    .toList());
        }
        return types;
    }

    private static List<String> names(Path sources) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            return files.map(file -> sources.relativize(file).toString())
                    .filter(file -> file.endsWith(".java") && !file.endsWith("-info.java"))
                    .map(file -> file.replace(".java", "").replace('/', '.'))
                    .sorted()
                    .toList();
        }
    }
}
