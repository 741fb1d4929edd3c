// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.text.JsonlOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Everything a {@code quad select} is asked for. */
record SelectSettings(
        List<Path> pool,
        List<Path> reference,
        Path out,
        long budgetTokens,
        long seed,
        int clusters,
        Optional<Path> model,
        boolean dryRun,
        boolean resume,
        DuplicatePolicy duplicates,
        PoolEmbedding embedding,
        JsonlOptions input,
        Optional<Path> rejects,
        String outputFormat,
        long shardBytes,
        long proxyTokens,
        long factorTokens,
        long referenceTokens,
        int chunksPerDocument,
        double damping,
        OptionalDouble threshold,
        double alpha,
        boolean wholeBlocks,
        int threads) {}
