// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.text.ScoreColumn;
import dev.quad.text.TableWriter;
import dev.quad.text.TableWriter.Column;
import dev.quad.text.TableWriter.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * The k best documents for each reference document, best first: one pass over the spool with k documents in memory for
 * each. Equal scores are in the order of the pool.
 */
record BestOfEach(Path target, ScoreSpool spool, List<String> references, int k) {
    /** That of the file, which holds no score of each document. */
    static final String FORMAT = "quad.best-documents.1";

    private record Scored(int place, String id, double score) {}

    private static final Comparator<Scored> WORST_FIRST = Comparator.comparingDouble(Scored::score)
            .thenComparing(Comparator.comparingInt(Scored::place).reversed());

    void write(Map<String, String> metadata) {
        List<Column> columns = List.of(
                new Column("reference", Kind.TEXT),
                new Column("rank", Kind.WHOLE),
                new Column("id", Kind.TEXT),
                new Column(ScoreColumn.FIELD, Kind.NUMBER));
        List<PriorityQueue<Scored>> best = best();
        try (TableWriter writer = TableWriter.create(target, columns, metadata)) {
            for (int r = 0; r < best.size(); r++) {
                String reference = references.get(r);
                List<Scored> ranked =
                        best.get(r).stream().sorted(WORST_FIRST.reversed()).toList();
                for (int i = 0; i < ranked.size(); i++) {
                    Scored document = ranked.get(i);
                    int rank = i + 1;
                    writer.write(row -> row.put("reference", reference)
                            .put("rank", rank)
                            .put("id", document.id())
                            .put(ScoreColumn.FIELD, document.score()));
                }
            }
            writer.commit();
        }
    }

    private List<PriorityQueue<Scored>> best() {
        List<PriorityQueue<Scored>> best = new ArrayList<>();
        references.forEach(each -> best.add(new PriorityQueue<>(WORST_FIRST)));
        try (ScoreSpool.Reader documents = spool.reader()) {
            for (int place = 0; documents.hasNext(); place++) {
                ScoredDocument document = documents.next();
                for (int r = 0; document.isScored() && r < best.size(); r++) {
                    PriorityQueue<Scored> kept = best.get(r);
                    double score = document.values()[r];
                    if (kept.size() < k || score > kept.element().score()) {
                        kept.add(new Scored(place, document.id(), score));
                    }
                    if (kept.size() > k) {
                        kept.remove();
                    }
                }
            }
        }
        return best;
    }
}
