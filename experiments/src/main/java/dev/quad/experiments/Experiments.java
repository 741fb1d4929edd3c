// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The experiments that there are. */
public final class Experiments {
    private Experiments() {}

    /** Their names and claims, in the order of the paper's figures and tables. */
    public static Map<String, String> claims() {
        Map<String, String> claims = new LinkedHashMap<>();
        all().forEach(experiment -> claims.put(experiment.name(), experiment.claim()));
        return claims;
    }

    static List<Experiment> all() {
        return List.of(
                RoundClaims.bandit(),
                ScoreClaims.layers(),
                ScoreClaims.clusterScores(),
                RoundClaims.threshold(),
                ClusterClaims.clusterers(),
                ClusterClaims.clusterCounts(),
                CleanData.tokens(),
                OutcomeClaims.mathematics(),
                RoundClaims.annotation(),
                OutcomeClaims.methods(),
                RoundClaims.pulls(),
                RoundClaims.costs(),
                OutcomeClaims.kinds(),
                ScoreClaims.code(),
                RoundClaims.alpha());
    }

    static Experiment named(String name) {
        return all().stream()
                .filter(one -> one.name().equals(name))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("\"" + name + "\" is no experiment; there are "
                        + all().stream().map(Experiment::name).collect(Collectors.joining(", "))));
    }
}
