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

/** The entries that determine a result, by name, in a fixed order. */
final class RunManifest {
    private static final int BLOCK = 1 << 14;

    private RunManifest() {}

    static Map<String, String> of(String selector, CandidatePool<?> pool, Eligible eligible, Budget budget, Seed seed) {
        Map<String, String> manifest = new LinkedHashMap<>();
        manifest.put("selector", selector);
        manifest.put("seed", Long.toString(seed.value()));
        manifest.put("budget", budget.limit() + " " + budget.unit().name().toLowerCase(Locale.ROOT));
        manifest.put("pool", pool.fingerprint());
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
