// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.InputException;
import dev.quad.files.AtomicFile;
import dev.quad.files.JsonText;
import dev.quad.files.Unchecked;
import dev.quad.files.Visible;
import dev.quad.text.Document;
import dev.quad.text.WordScores;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the words of some texts add to their scores, by the ordinals of documents; kept in the folder of the run, since
 * only while it runs its model is at hand with all that scores are made of.
 *
 * @param words in the order in which the texts are shown
 */
record Shading(Map<Integer, WordScores> words) {
    static final Shading NONE = new Shading(Map.of());

    private static final String FORMAT = "quad.words.1";
    private static final int MOST = 100;

    /**
     * That of a folder, or else a new one, which it keeps.
     *
     * @param shown the ordinals of texts to shade
     */
    static Shading of(
            Path folder,
            List<Integer> shown,
            Function<Integer, Document> start,
            Function<List<Document>, Optional<List<WordScores>>> words) {
        Path file = folder.resolve("words.json");
        if (Files.exists(file)) {
            return read(file);
        }
        Optional<List<WordScores>> found = words.apply(shown.stream().map(start).toList());
        if (shown.isEmpty() || found.isEmpty()) {
            return NONE;
        }
        Map<Integer, WordScores> byOrdinal = new LinkedHashMap<>();
        for (int i = 0; i < shown.size(); i++) {
            byOrdinal.put(shown.get(i), found.get().get(i));
        }
        Shading shading = new Shading(byOrdinal);
        AtomicFile.replace(file, JsonText.sealed(shading.tree()));
        return shading;
    }

    private static Shading read(Path file) {
        Tree tree = Unchecked.get(file, () -> {
            JsonText.checkSealed(file);
            return Tree.of(JsonText.tree(file));
        });
        if (!tree.text("format").orElse("").equals(FORMAT)) {
            throw new InputException("the file " + file + " has the format "
                    + tree.text("format").orElse("none") + ", and " + FORMAT + " is needed; move it away");
        }
        Map<Integer, WordScores> words = new LinkedHashMap<>();
        for (Tree text : tree.trees("texts")) {
            words.put(
                    (int) text.value("ordinal"),
                    new WordScores(
                            text.list("ends").stream()
                                    .map(end -> ((Number) end).intValue())
                                    .toList(),
                            text.list("scores").stream()
                                    .map(score -> ((Number) score).doubleValue())
                                    .toList()));
        }
        return new Shading(words);
    }

    private Map<String, Object> tree() {
        List<Object> texts = new ArrayList<>();
        words.forEach((ordinal, own) -> {
            Map<String, Object> text = new LinkedHashMap<>();
            text.put("ordinal", ordinal);
            text.put("ends", own.ends());
            text.put("scores", own.scores());
            texts.add(text);
        });
        return Map.of("format", FORMAT, "texts", texts);
    }

    /**
     * For the script of the page: how long each word is as it is shown, and its shade from −100 to 100, which the word
     * that counts most of all texts has.
     *
     * @param start of the text, as it was scored or longer
     */
    Map<String, Object> of(int ordinal, String start) {
        WordScores own = words.get(ordinal);
        Map<String, Object> tree = new LinkedHashMap<>();
        if (own == null) {
            return tree;
        }
        double most = words.values().stream()
                .flatMap(each -> each.scores().stream())
                .mapToDouble(Math::abs)
                .max()
                .orElse(0);
        List<Integer> lengths = new ArrayList<>();
        List<Integer> shades = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < own.ends().size() && own.ends().get(i) <= start.length(); i++) {
            int end = own.ends().get(i);
            lengths.add(Visible.block(start.substring(from, end)).length());
            shades.add(most > 0 ? (int) Math.round(MOST * own.scores().get(i) / most) : 0);
            from = end;
        }
        tree.put("words", lengths);
        tree.put("shades", shades);
        return tree;
    }
}
