// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The sets of kernels that OpenBLAS has for x86-64 processors, by the widest instructions that they use, and what the
 * environment makes of them.
 *
 * <p>{@link #VARIABLE} has OpenBLAS take one set whatever the processor is. Some machines set it for all programs.
 * Kernels older than the processor are slower and round differently, so that results differ in their last bits from
 * those without.
 */
public final class Kernels {
    /** The environment variable that chooses the kernels. */
    public static final String VARIABLE = "OPENBLAS_CORETYPE";

    /** The widest instructions of processors and kernels, oldest first. */
    enum Instructions {
        SSE("SSE", ""),
        AVX("AVX", "avx"),
        AVX2("AVX2", "avx avx2 fma"),
        AVX512("AVX-512", "avx avx2 fma avx512f avx512dq avx512bw avx512vl");

        final String label;
        /** As {@code /proc/cpuinfo} has them. */
        private final String needed;

        Instructions(String label, String needed) {
            this.label = label;
            this.needed = needed;
        }

        /** What a processor with these flags of {@code /proc/cpuinfo} has. */
        static Instructions of(Set<String> flags) {
            return Arrays.stream(values())
                    .filter(each -> each.needed.isEmpty() || flags.containsAll(List.of(each.needed.split(" ", -1))))
                    .reduce((older, newer) -> newer)
                    .orElseThrow();
        }
    }

    private static final Map<String, Instructions> CORES = cores();

    private Kernels() {}

    private static Map<String, Instructions> cores() {
        Map<String, Instructions> result = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String core : List.of("PRESCOTT", "CORE2", "NEHALEM", "BARCELONA")) {
            result.put(core, Instructions.SSE);
        }
        for (String core : List.of("SANDYBRIDGE", "BULLDOZER", "PILEDRIVER", "STEAMROLLER")) {
            result.put(core, Instructions.AVX);
        }
        for (String core : List.of("HASWELL", "ZEN", "EXCAVATOR")) {
            result.put(core, Instructions.AVX2);
        }
        for (String core : List.of("SKYLAKEX", "COOPERLAKE", "SAPPHIRERAPIDS")) {
            result.put(core, Instructions.AVX512);
        }
        return result;
    }

    /** All sets of kernels for x86-64. */
    static Set<String> names() {
        return CORES.keySet();
    }

    /** Whether the environment chooses the kernels. */
    static boolean areChosen() {
        return isSet(System.getenv(VARIABLE));
    }

    private static boolean isSet(@Nullable String value) {
        return value != null && !value.isBlank();
    }

    /**
     * A sentence that says so if the environment forces kernels older than this processor, for who runs a program;
     * empty if it does not, or the processor cannot be told. Loads OpenBLAS only where the variable is set.
     */
    public static Optional<String> olderThanProcessor() {
        String value = System.getenv(VARIABLE);
        return isSet(value)
                ? olderThanProcessor(value, Blas.core(), flags(Path.of("/proc/cpuinfo")))
                : Optional.empty();
    }

    /**
     * The same of a machine.
     *
     * @param value of the variable, null where it is not set
     * @param core the kernels that OpenBLAS took
     * @param flags of the processor, empty where they cannot be told
     */
    static Optional<String> olderThanProcessor(@Nullable String value, String core, Set<String> flags) {
        Instructions taken = CORES.get(core);
        Instructions there = Instructions.of(flags);
        if (!isSet(value) || taken == null || taken.compareTo(there) >= 0) {
            return Optional.empty();
        }
        return Optional.of(
                "the environment variable " + VARIABLE + "=" + value + " forces kernels for " + taken.label + " ("
                        + core + ") on a processor that has " + there.label
                        + ": the work takes longer, and results differ in their last bits from those without it; unset "
                        + VARIABLE
                        + ", unless you want the bits of older processors");
    }

    /** The flags of the first processor in a file of the form of {@code /proc/cpuinfo}; empty where there is none. */
    static Set<String> flags(Path cpuinfo) {
        try (Stream<String> lines = Files.lines(cpuinfo)) {
            return lines.filter(line -> line.matches("flags\\s*:.*"))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .map(flags -> Arrays.stream(flags.split("\\s+")).collect(Collectors.toUnmodifiableSet()))
                    .orElse(Set.of());
        } catch (IOException e) {
            return Set.of();
        }
    }
}
