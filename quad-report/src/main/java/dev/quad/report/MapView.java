// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.button;
import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.input;
import static j2html.TagCreator.label;
import static j2html.TagCreator.noscript;
import static j2html.TagCreator.ol;
import static j2html.TagCreator.option;
import static j2html.TagCreator.output;
import static j2html.TagCreator.p;
import static j2html.TagCreator.select;
import static j2html.TagCreator.tag;
import static j2html.TagCreator.text;

import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Where is it? A map of documents that are alike, drawn by the script of the page. */
final class MapView {
    static final String QUESTION = "Where is it?";

    private MapView() {}

    static DomContent view(Found found) {
        Documents documents = found.documents();
        List<DomContent> colours = new ArrayList<>();
        if (found.isRun()) {
            colours.add(option("chosen").withValue("chosen"));
            colours.add(option(found.measureName()).withValue("score"));
        }
        found.groups()
                .filter(field -> field.name().equals(Field.CLUSTER))
                .ifPresent(field -> colours.add(option("cluster").withValue("cluster")));
        for (int i = 0; i < found.fields().size(); i++) {
            colours.add(option(found.fields().get(i).name()).withValue("field" + i));
        }
        return Html.view(
                "map",
                QUESTION,
                String.format(
                        Locale.ROOT,
                        "%,d documents%s; those that share words and runs of characters lie near each other" + " (%s).",
                        documents.size(),
                        documents.isWhole()
                                ? ""
                                : " of " + Words.whole(documents.pool().size()),
                        found.layout().words()),
                div(
                                label(
                                        text("colour "),
                                        select(each(colours, colour -> colour)).withId("colour")),
                                label(input().withType("checkbox").withId("only"), text(" only what was chosen"))
                                        .withCondHidden(!found.isRun()),
                                label(
                                        text("drag to "),
                                        select(
                                                        option("move").withValue("move"),
                                                        option("lasso").withValue("lasso"),
                                                        option("box").withValue("box"))
                                                .withId("tool")),
                                button("+").withType("button").withId("in").attr("aria-label", "zoom in"),
                                button("−").withType("button").withId("out").attr("aria-label", "zoom out"),
                                button("whole map").withType("button").withId("whole"),
                                button("list what is in view")
                                        .withType("button")
                                        .withId("view"))
                        .withClass("controls"),
                div(
                                tag("canvas")
                                        .attr("id", "points")
                                        .attr("tabindex", "0")
                                        .attr("role", "img")
                                        .attr(
                                                "aria-label",
                                                "Map of the documents; arrow keys move it, + and − zoom, Enter lists what is"
                                                        + " in view"),
                                div().withId("near"))
                        .withClass("map"),
                div().withId("key").withClass("keys"),
                output().withId("picked").attr("aria-live", "polite"),
                ol().withId("listed").withClass("listed"),
                noscript(p("The map is drawn by the script of this page.")));
    }
}
