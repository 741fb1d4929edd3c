// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.code;
import static j2html.TagCreator.each;
import static j2html.TagCreator.figcaption;
import static j2html.TagCreator.figure;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.iff;
import static j2html.TagCreator.p;
import static j2html.TagCreator.section;
import static j2html.TagCreator.span;
import static j2html.TagCreator.tag;
import static j2html.TagCreator.text;

import dev.quad.files.Visible;
import j2html.tags.ContainerTag;
import j2html.tags.DomContent;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** Pieces that the views are made of. Texts are escaped by the library, and made visible here. */
final class Html {
    private Html() {}

    /** A view: its question, what it says in a sentence, and what is to be seen; null for what is left out. */
    static DomContent view(String name, String question, String words, DomContent... contents) {
        return section(
                        h2(question),
                        iff(!words.isEmpty(), p(words).withClass("lead")),
                        each(Arrays.stream(contents).filter(Objects::nonNull)))
                .withId(name);
    }

    /** A view that there is nothing for. */
    static DomContent none(String name, String question, String why) {
        return section(h2(question), p(why).withClass("none")).withId(name);
    }

    static DomContent plot(String title, ContainerTag<?> svg, String... series) {
        return figure(
                figcaption(tag("b").with(text(title)), each(List.of(series), name -> {
                    String[] words = name.split("=", 2);
                    return span(tag("i").attr("class", "key " + words[0]), text(words[1]))
                            .withClass("legend");
                })),
                svg);
    }

    /** A text of one line, from a file. */
    static DomContent foreign(String words) {
        return tag("bdi").with(text(Visible.line(words)));
    }

    /** Markdown of one line, as far as pages of ours use it: code, and links and stress without either. */
    static DomContent markdown(String words) {
        String[] parts = Visible.line(words)
                .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
                .replaceAll("\\*+([^*]+)\\*+", "$1")
                .split("`", -1);
        return span(each(
                IntStream.range(0, parts.length).boxed().toList(), i -> i % 2 == 0 ? text(parts[i]) : code(parts[i])));
    }

    static ContainerTag<?> number(String words) {
        return tag("td").attr("class", "n").with(text(words));
    }
}
