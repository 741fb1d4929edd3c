// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.TokenSequence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SequenceFileTest {
    @TempDir
    private Path folder;

    private static List<TokenSequence> sequences(int vocabulary) {
        List<TokenSequence> all = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            int[] ids = new int[1 + i % 7];
            for (int t = 0; t < ids.length; t++) {
                ids[t] = (int) ((i * 31L + t * 977L) % vocabulary);
            }
            ids[0] = vocabulary - 1;
            all.add(TokenSequence.of(ids));
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {257, 1 << 16, (1 << 16) + 1, 250_000, Integer.MAX_VALUE})
    void sequences_writtenAndRead_areTheSameInAnyOrder(int vocabulary) throws IOException {
        List<TokenSequence> all = sequences(vocabulary);
        Path path = folder.resolve("ids");
        Files.writeString(path, "of an earlier run");
        try (SequenceFile file = SequenceFile.create(path, vocabulary)) {
            assertThat(file).isEmpty();
            file.append(all.subList(0, 2_000));
            file.append(all.subList(2_000, 3_000));
            String digest = file.complete();

            assertThat(file).isEqualTo(all);
            assertThat(file.get(2_999)).isEqualTo(all.get(2_999));
            assertThat(file.get(0)).isEqualTo(all.get(0));
            assertThat(file.tokens())
                    .isEqualTo(all.stream().mapToLong(one -> one.length() - 1L).sum());
            assertThat(Files.size(path)).isEqualTo((file.tokens() + 3_000) * (vocabulary <= 1 << 16 ? 2 : 4));
            assertThatThrownBy(() -> file.get(3_000)).isInstanceOf(IndexOutOfBoundsException.class);
            try (SequenceFile other = SequenceFile.create(folder.resolve("other"), 1 << 20)) {
                other.append(all);
                assertThat(other.complete()).as("whatever the width").isEqualTo(digest);
            }
        }
    }

    @Test
    void sequences_cutElsewhere_haveAnotherDigest() {
        try (SequenceFile one = SequenceFile.create(folder.resolve("one"), 10);
                SequenceFile two = SequenceFile.create(folder.resolve("two"), 10)) {
            one.append(List.of(TokenSequence.of(1, 2, 3), TokenSequence.of(4)));
            two.append(List.of(TokenSequence.of(1, 2), TokenSequence.of(3, 4)));
            assertThat(one.complete()).isNotEqualTo(two.complete());
        }
    }

    @Test
    void file_thatCannotBeWritten_isNamed() {
        Path path = folder.resolve("none").resolve("ids");
        assertThatThrownBy(() -> SequenceFile.create(path, 10)).hasMessageStartingWith("cannot write " + path);
    }
}
