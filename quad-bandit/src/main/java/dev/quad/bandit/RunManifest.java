// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.Fingerprint;
import dev.quad.Seed;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The entries that determine a result, by name, in a fixed order. */
final class RunManifest {
    private static final int BLOCK = 1 << 14;

    private RunManifest() {}

    /** Refuses what is no pool, no budget or no seed. */
    static void check(CandidatePool<?> pool, Budget budget, Seed seed) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(budget, "the budget is null");
        Objects.requireNonNull(seed, "the seed is null");
        if (pool.size() < 0) {
            throw new IllegalStateException("the pool " + pool.getClass().getName() + " has " + pool.size()
                    + " documents; allowed is 0 or more");
        }
    }

    /**
     * A fingerprint that is there.
     *
     * @param what names the owner in a message, with its class
     */
    static String fingerprint(String what, Object owner, @Nullable String fingerprint) {
        if (fingerprint == null || fingerprint.isBlank()) {
            throw new IllegalStateException(what + " " + owner.getClass().getName() + " has the fingerprint "
                    + (fingerprint == null ? "null" : "\"" + fingerprint + "\"")
                    + "; give a digest of all that changes it, by which journals tell it from"
                    + " others");
        }
        return fingerprint;
    }

    static Map<String, String> of(String selector, CandidatePool<?> pool, Eligible eligible, Budget budget, Seed seed) {
        Map<String, String> manifest = new LinkedHashMap<>();
        manifest.put("selector", selector);
        manifest.put("seed", Long.toString(seed.value()));
        manifest.put("budget", budget.limit() + " " + budget.unit().name().toLowerCase(Locale.ROOT));
        manifest.put("pool", fingerprint("the pool", pool, pool.fingerprint()));
        manifest.put("documents", Integer.toString(pool.size()));
        manifest.put("eligible", eligible.describe());
        return manifest;
    }

    /** A digest of which documents lie together. */
    static String digest(Clustering clustering) {
        Fingerprint digest = Fingerprint.of("clustering").add(clustering.size()).add(clustering.clusterCount());
        ByteBuffer block = ByteBuffer.allocate(BLOCK * Integer.BYTES);
        for (int from = 0; from < clustering.size(); from += BLOCK) {
            block.clear();
            for (int ordinal = from; ordinal < Math.min(from + BLOCK, clustering.size()); ordinal++) {
                block.putInt(clustering.clusterOf(ordinal));
            }
            digest.add(block.flip());
        }
        return digest.hex();
    }
}
