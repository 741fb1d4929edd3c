// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Budget;
import dev.quad.text.JsonlOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Everything a {@code quad select} is asked for. */
record SelectSettings(
        List<Path> pool,
        List<Path> reference,
        Path out,
        Budget budget,
        long seed,
        int clusters,
        Optional<Path> model,
        boolean dryRun,
        boolean resume,
        DuplicatePolicy duplicates,
        PoolEmbedding embedding,
        JsonlOptions input,
        Optional<Path> rejects,
        TempOption temporary,
        String outputFormat,
        long shardBytes,
        long proxyTokens,
        Preset preset,
        ScoreOptions.Settings scores,
        BanditOptions bandit,
        int threads) {}
