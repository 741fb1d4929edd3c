// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The OpenBLAS in this process: which kernels it chose, and how many threads a call may take.
 *
 * <p>The presets do not map the functions that tell; but the library exports the variables behind them. The number of
 * threads is {@code blas_cpu_number}; the kernels are {@code gotoblas}, which points to the table of one processor
 * family. Where a build lacks them, the number of threads is set to 1 for good and the kernels stay unknown.
 */
final class OpenBlas {
    private static final Logger LOG = LoggerFactory.getLogger(OpenBlas.class);
    private static final List<String> CORES = Stream.concat(
                    Kernels.names().stream(), Stream.of("ARMV8", "NEOVERSEN1", "NEOVERSEN2", "NEOVERSEV1", "VORTEX"))
            .toList();
    private static final List<String> OLD = List.of("PRESCOTT", "CORE2", "NEHALEM");

    private static final @Nullable IntPointer THREADS;
    static final String CORE;

    static {
        Natives.load();
        Pointer threads = Loader.addressof("blas_cpu_number");
        THREADS = threads == null ? null : new IntPointer(threads);
        if (THREADS == null) {
            openblas.blas_set_num_threads(1);
        }
        CORE = core();
        LOG.info(
                "OpenBLAS runs its {} kernels; Quad runs up to {} tasks at once with one thread each, other callers in"
                        + " this process have {} threads a call",
                CORE,
                Workers.parallelism(),
                threads());
        if (OLD.contains(CORE) && !Kernels.areChosen()) {
            LOG.warn(
                    "OpenBLAS took this processor for a {}, which can cost four fifths of its speed; use"
                            + " org.bytedeco:openblas 0.3.31-1.5.13 or later, or set the environment variable"
                            + " OPENBLAS_CORETYPE (SKYLAKEX with AVX-512, HASWELL with AVX2)",
                    CORE);
        }
    }

    private OpenBlas() {}

    /** Sets how many threads a call may take, and returns what it was. */
    static int threads(int count) {
        if (THREADS == null) {
            return 1;
        }
        int before = THREADS.get();
        THREADS.put(count);
        return before;
    }

    /** How many threads a call may take now. */
    static int threads() {
        return THREADS == null ? 1 : THREADS.get();
    }

    private static String core() {
        Pointer chosen = Loader.addressof("gotoblas");
        if (chosen != null) {
            long table = new LongPointer(chosen).get();
            for (String core : CORES) {
                Pointer candidate = Loader.addressof("gotoblas_" + core);
                if (candidate != null && candidate.address() == table) {
                    return core;
                }
            }
        }
        return "unknown";
    }
}
