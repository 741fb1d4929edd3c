// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.article;
import static j2html.TagCreator.blockquote;
import static j2html.TagCreator.details;
import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.h3;
import static j2html.TagCreator.iff;
import static j2html.TagCreator.p;
import static j2html.TagCreator.span;
import static j2html.TagCreator.summary;
import static j2html.TagCreator.tag;
import static j2html.TagCreator.text;

import dev.quad.Clustering;
import dev.quad.cluster.report.TopTerms;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What are the groups like? A card for each cluster, or else for each value of the first field. */
final class Groups {
    static final String QUESTION = "What are the groups like?";

    private static final int CARDS = 60;
    private static final int TERMS = 8;
    private static final int READ_FOR_TERMS = 20;
    private static final int EXEMPLARS = 3;
    private static final int EXCERPT = 220;

    private Groups() {}

    /**
     * A group.
     *
     * @param members those that are known: of a cluster what was drawn from it
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Group(int code, int[] members, long documents, long chosen, long tokens, long chosenTokens) {}

    static DomContent view(Found found) {
        Optional<Field> groups = found.groups();
        if (groups.isEmpty()) {
            return Html.none(
                    "groups",
                    QUESTION,
                    "The run has no clusters, and the records no field with a few values; name one with --field.");
        }
        Field field = groups.get();
        List<Group> all = groups(found, field);
        List<Group> shown = all.stream()
                .sorted(Comparator.comparingLong(Group::chosenTokens)
                        .thenComparingLong(Group::tokens)
                        .reversed())
                .limit(CARDS)
                .toList();
        List<List<String>> terms = terms(found, shown);
        boolean clusters = field.name().equals(Field.CLUSTER);
        long tokens = all.stream().mapToLong(Group::tokens).sum();
        List<DomContent> cards = new ArrayList<>();
        for (int i = 0; i < shown.size(); i++) {
            cards.add(card(found, field, shown.get(i), terms.get(i), tokens));
        }
        return Html.view(
                "groups",
                QUESTION,
                (!found.isRun()
                                ? "Documents that are alike on the map; the largest clusters stand first"
                                : (clusters
                                                ? "Clusters, of which terms and texts are those of what was drawn; "
                                                : "By " + field.name() + "; ")
                                        + "those that most was chosen from stand first")
                        + (all.size() > CARDS ? ", " + CARDS + " of " + all.size() : "") + ".",
                div(each(cards, card -> card)).withClass("cards"));
    }

    private static List<Group> groups(Found found, Field field) {
        Documents documents = found.documents();
        List<List<Integer>> members = new ArrayList<>();
        field.labels().forEach(label -> members.add(new ArrayList<>()));
        documents
                .indices()
                .filter(index -> field.codes()[index] >= 0)
                .forEach(index -> members.get(field.codes()[index]).add(index));
        Map<Integer, Tree> mixture = new HashMap<>();
        if (field.name().equals(Field.CLUSTER)) {
            found.run().report().trees("mixture").forEach(each -> mixture.put((int) each.value("cluster"), each));
        }
        List<Group> groups = new ArrayList<>();
        for (int code = 0; code < members.size(); code++) {
            int[] own = members.get(code).stream().mapToInt(Integer::intValue).toArray();
            if (own.length > 0) {
                groups.add(
                        mixture.containsKey(code) ? group(code, own, mixture.get(code)) : group(code, own, documents));
            }
        }
        return groups;
    }

    private static Group group(int code, int[] members, Documents documents) {
        int[] chosen = Arrays.stream(members).filter(documents::isChosen).toArray();
        return new Group(
                code,
                members,
                members.length,
                chosen.length,
                Arrays.stream(members).mapToLong(documents::tokens).sum(),
                Arrays.stream(chosen).mapToLong(documents::tokens).sum());
    }

    private static Group group(int code, int[] members, Tree cluster) {
        return new Group(
                code,
                members,
                (long) cluster.value("documents"),
                (long) cluster.value("chosenDocuments"),
                (long) cluster.value("tokens"),
                (long) cluster.value("chosenTokens"));
    }

    private static List<List<String>> terms(Found found, List<Group> groups) {
        int[] indices = groups.stream()
                .flatMapToInt(group -> Arrays.stream(group.members()))
                .toArray();
        int[] assignment = new int[indices.length];
        int at = 0;
        for (int g = 0; g < groups.size(); g++) {
            int end = at + groups.get(g).members().length;
            Arrays.fill(assignment, at, end, g);
            at = end;
        }
        return TopTerms.of(
                Clustering.of(assignment, groups.size()),
                place -> found.documents().text(indices[place]),
                READ_FOR_TERMS,
                TERMS);
    }

    private static DomContent card(Found found, Field field, Group group, List<String> terms, long tokens) {
        boolean clusters = field.name().equals(Field.CLUSTER);
        double[] measures = Arrays.stream(group.members())
                .mapToDouble(found::measure)
                .filter(Double::isFinite)
                .toArray();
        List<Integer> ranked = Arrays.stream(group.members())
                .filter(index -> Double.isFinite(found.measure(index)))
                .boxed()
                .sorted(Comparator.comparingDouble(found::measure).reversed())
                .toList();
        String name = (clusters ? "cluster " : "") + field.label(group.code());
        double share = found.isRun()
                ? (double) group.chosenTokens() / Math.max(1, group.tokens())
                : (double) group.tokens() / Math.max(1, tokens);
        return article(
                h3(Html.foreign(name)),
                p(
                        tag("b").with(text(Words.percent(share))),
                        text(
                                found.isRun()
                                        ? " of its tokens chosen · " + Words.whole(group.chosen()) + " of "
                                                + Words.whole(group.documents()) + " documents"
                                                + (clusters
                                                        ? ", " + Words.whole(group.members().length) + " drawn"
                                                        : "")
                                        : " of the tokens · " + Words.whole(group.documents()) + " documents")),
                tag("svg")
                        .attr("class", "bar")
                        .attr("viewBox", "0 0 120 6")
                        .attr("preserveAspectRatio", "none")
                        .attr("aria-hidden", "true")
                        .with(
                                Plot.box(0, 0, 120, 6).attr("class", "fill pool"),
                                Plot.box(0, 0, 120 * share, 6).attr("class", "fill selection")),
                iff(
                        measures.length > 0,
                        p(String.format(
                                        Locale.ROOT,
                                        "%s %s ± %s (mean and deviation of %,d)",
                                        found.measureName(),
                                        Words.number(Bins.mean(measures)),
                                        Words.number(Bins.deviation(measures)),
                                        measures.length))
                                .withClass("small")),
                p(each(terms, term -> span(Html.foreign(term)).withClass("term"))),
                details(
                        summary("exemplars" + (ranked.isEmpty() ? "" : ", best and worst")),
                        each(
                                found.layout().nearest(group.members(), EXEMPLARS),
                                index -> excerpt(found, "exemplar", index)),
                        iff(
                                !ranked.isEmpty(),
                                each(
                                        ranked.subList(0, Math.min(1, ranked.size())),
                                        index -> excerpt(found, "best", index))),
                        iff(
                                ranked.size() > 1,
                                each(
                                        ranked.subList(Math.max(0, ranked.size() - 1), ranked.size()),
                                        index -> excerpt(found, "worst", index)))));
    }

    private static DomContent excerpt(Found found, String what, int index) {
        double measure = found.measure(index);
        return div(
                p(what
                                + (Double.isFinite(measure) ? " · " + Words.number(measure) : "")
                                + (found.documents().isChosen(index) ? " · chosen" : ""))
                        .withClass("small"),
                blockquote(Html.foreign(Readings.start(found.documents().text(index), EXCERPT))));
    }
}
