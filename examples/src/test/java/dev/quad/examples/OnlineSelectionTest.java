// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.StopReason;
import dev.quad.model.Decoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnlineSelectionTest {
    private final OnlineSelection world = new OnlineSelection(40, 4_000, new Seed(1));

    @Test
    void online_trainsWhatScores_andGoesOnFromItsJournals(@TempDir Path folder) throws IOException {
        try (Decoder start = world.start(3_000);
                Decoder first = start.copy();
                Decoder again = start.copy();
                Decoder frozen = start.copy()) {
            Selection whole = world.online(first, Optional.of(folder));

            assertThat(whole.stopReason()).isEqualTo(StopReason.BUDGET);
            assertThat(world.loss(first)).isLessThan(world.loss(start));
            try (Stream<Path> journals = Files.list(folder)) {
                assertThat(journals.count()).as("stages").isGreaterThan(2);
            }
            assertThat(world.frozen(frozen).choices())
                    .as("scores that go on with the model choose others")
                    .isNotEqualTo(whole.choices());
            Path last = folder.resolve("stage-1.jsonl");
            List<String> lines = Files.readAllLines(last);
            Files.write(last, lines.subList(0, lines.size() - 1));
            try (Stream<Path> later = Files.list(folder)) {
                for (Path journal :
                        later.filter(file -> file.compareTo(last) > 0).toList()) {
                    Files.delete(journal);
                }
            }
            assertThat(world.online(again, Optional.of(folder))).isEqualTo(whole);
            assertThat(again.fingerprint()).isEqualTo(first.fingerprint());
        }
    }
}
