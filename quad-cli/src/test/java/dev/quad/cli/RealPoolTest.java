// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quad.files.JsonText;
import dev.quad.text.JsonlPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Selections from real documents, where the machine has them: {@code shared/data/mixed} beside a folder above. The
 * system property {@code quad.seeds} names the seeds; without it nothing is run, since each takes minutes.
 * {@code quad.domains} leaves out the others of math and wiki.
 */
class RealPoolTest {
    private static final Path DATA = Path.of("shared", "data", "mixed");
    private static final Set<String> NOISE = Set.of("noise-shuffled", "noise-repeat");

    @TempDir
    private Path folder;

    private static Path data() {
        Optional<Path> found = Stream.iterate(Path.of("").toAbsolutePath(), above -> above != null, Path::getParent)
                .map(above -> above.resolve(DATA))
                .filter(Files::exists)
                .findFirst();
        assumeTrue(found.isPresent(), "the documents are not on this machine");
        return found.orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"math, 3.0, gsm8k, pile-dm-mathematics", "wiki, 2.5, wikitext, pile-wikipedia-en"})
    void selection_ofAReference_isOfItsDomain(String domain, double ratio, String source, String other)
            throws IOException {
        Path data = data();
        String seeds = System.getProperty("quad.seeds", "");
        assumeTrue(!seeds.isEmpty(), "-Dquad.seeds=1,2,3 runs this, two minutes for each seed and domain");
        assumeTrue(System.getProperty("quad.domains", domain).contains(domain), "-Dquad.domains leaves this one out");
        Path pool = data.resolve("pool.jsonl.gz");
        for (String seed : seeds.split(",", -1)) {
            Path out = folder.resolve(domain + seed);
            long started = System.nanoTime();
            Outcome outcome = Outcome.of(
                    "select",
                    "--pool",
                    pool,
                    "--reference",
                    data.resolve("reference-" + domain + ".jsonl"),
                    "--out",
                    out,
                    "--budget-tokens",
                    400_000,
                    "--preset",
                    "quad",
                    "--seed",
                    seed);

            assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
            Path selected = out.resolve(ResultFiles.SELECTED);
            double wanted = share(selected, Set.of(source, other)) / share(pool, Set.of(source, other));
            double noise = share(selected, NOISE) / share(pool, NOISE);
            Map<String, String> seconds = JsonText.texts(out.resolve("report.json"), "seconds");
            double bandit = Double.parseDouble(seconds.get("roundsBandit"));
            double total = Double.parseDouble(seconds.get("total"));
            System.out.printf(
                    Locale.ROOT,
                    "%s, seed %s: %.2f times the share in the pool, noise %.2f times, %.0f s, of which bandit %.2f s"
                            + " (%.2f %%)%n",
                    domain,
                    seed,
                    wanted,
                    noise,
                    (System.nanoTime() - started) / 1e9,
                    bandit,
                    100 * bandit / total);
            assertThat(wanted).as("%s, seed %s", domain, seed).isGreaterThanOrEqualTo(ratio);
            assertThat(noise).as("noise with %s, seed %s", domain, seed).isLessThanOrEqualTo(0.5);
        }
    }

    /** The share of the bytes of text that is of some sources. */
    private double share(Path file, Set<String> sources) {
        try (JsonlPool documents =
                JsonlPool.builder().cacheFolder(folder.resolve("cache")).open(List.of(file))) {
            long wanted = 0;
            long all = 0;
            for (int i = 0; i < documents.size(); i++) {
                all += documents.tokens(i);
                if (sources.contains(documents.field(i, "source").orElseThrow())) {
                    wanted += documents.tokens(i);
                }
            }
            return (double) wanted / all;
        }
    }
}
