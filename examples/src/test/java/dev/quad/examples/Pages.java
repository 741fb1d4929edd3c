// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The pages of the repository, and the sources that they speak of. */
final class Pages {
    static final Path ROOT = Path.of("..");

    private Pages() {}

    static String read(String page) {
        return read(ROOT.resolve(page));
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the first group of the pattern, or where it has none the whole of it, matches. */
    static List<String> all(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.groupCount() > 0 ? match.group(1) : match.group())
                .toList();
    }

    /** A text without what a formatter may change. */
    static String words(String code) {
        return code.replaceAll("\\s+", " ").strip();
    }

    static List<Path> pages() throws IOException {
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(top, docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    /** The names by which a link leads to a heading. */
    static List<String> anchors(String page) {
        return all("(?m)^#+ (.*)$", page).stream()
                .map(heading -> heading.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    static List<String> modules() {
        return all("<module>(quad-[\\w-]+)</module>", read("pom.xml")).stream()
                .filter(module -> !module.equals("quad-bom"))
                .toList();
    }

    /**
     * Java sources under a folder, by class; those of one name together.
     *
     * @param kind {@code main}, {@code test}, or {@code \w+} for both
     */
    static Map<String, String> sources(String folder, String kind) throws IOException {
        String sources = ".*/src/" + kind + "/java/.*\\w\\.java";
        try (Stream<Path> files = Files.find(
                ROOT.resolve(folder), 14, (file, attributes) -> file.toString().matches(sources))) {
            return files.collect(Collectors.toMap(
                    file -> file.getFileName().toString().replace(".java", ""),
                    Pages::read,
                    (one, two) -> one + two,
                    TreeMap::new));
        }
    }

    /** The public types that stand for themselves, of every module that does not say of itself that it is internal. */
    static Set<String> publicTypes() throws IOException {
        Set<String> types = new TreeSet<>();
        for (String module : modules()) {
            Map<String, String> sources = sources(module, "main");
            boolean internal = sources.getOrDefault("package-info", "").contains("Internal: ");
            if (!internal && !module.equals("quad-testkit")) {
                sources.forEach((type, source) -> {
                    if (Pattern.compile("(?m)^public [\\w ]*(class|interface|record|enum|@interface) " + type + "\\b")
                            .matcher(source)
                            .find()) {
                        types.add(type);
                    }
                });
            }
        }
        return types;
    }
}
