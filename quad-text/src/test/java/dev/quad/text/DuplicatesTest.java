// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.CandidatePool;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DuplicatesTest {

    private static Duplicates find(List<String> texts) {
        List<Document> documents =
                texts.stream().map(text -> new Document("", text)).toList();
        return Duplicates.find(CandidatePool.of(documents, d -> 1, "test"));
    }

    @Test
    void texts_sameAfterNormalisation_areFound() {
        Duplicates found =
                find(List.of("A cat", "a  CAT\n", "\u00A0a\tcat", "a ｃat", "acat", "caf\u00E9", "cafe\u0301", "a cat"));

        assertThat(IntStream.range(0, 8).filter(found.eligible())).containsExactly(0, 4, 5);
        assertThat(found.count()).isEqualTo(5);
        assertThat(found.size()).isEqualTo(8);
    }

    @Test
    void texts_ofOthers_areCounted_andStayFirst() {
        List<Document> pool =
                List.of(new Document("", "A cat"), new Document("", "a dog"), new Document("", "a  CAT\n"));
        List<Document> others = List.of(new Document("r", "a cat "), new Document("r", "a cat"));

        Duplicates found = Duplicates.find(CandidatePool.of(pool, d -> 1, "test"), others);

        assertThat(found.countInOthers()).isEqualTo(2);
        assertThat(IntStream.range(0, 3).filter(found.eligible())).containsExactly(0, 1);
    }

    @Test
    void texts_many_areToldApart() {
        List<String> texts =
                IntStream.range(0, 20_000).mapToObj(i -> "text " + i % 15_000).toList();

        Duplicates found = find(texts);

        assertThat(found.count()).isEqualTo(5000);
        assertThat(found.isFirst(14_999)).isTrue();
        assertThat(found.isFirst(15_000)).isFalse();
    }
}
