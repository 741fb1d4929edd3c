// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import com.sun.management.OperatingSystemMXBean;
import dev.quad.QuadException;
import dev.quad.files.Unchecked;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Int8;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Workers;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * What work is done with here: processor, kernels, threads, memory, native libraries and versions; and what of it makes
 * work slow or impossible.
 *
 * @param facts by name, in the order in which they are told
 * @param slow what makes work slower than it could be, and what to do
 * @param broken what keeps work from being done, and what to do
 */
public record Machine(Map<String, String> facts, List<String> slow, List<String> broken) {
    private static final int SIDE = 768;
    private static final long ENOUGH_HEAP = 1L << 30;
    private static final long ENOUGH_SPACE = 4L << 30;

    /** Copies them. */
    public Machine {
        facts = Collections.unmodifiableMap(new LinkedHashMap<>(Objects.requireNonNull(facts, "the facts are null")));
        slow = List.copyOf(Objects.requireNonNull(slow, "what is slow is null; allowed is nothing"));
        broken = List.copyOf(Objects.requireNonNull(broken, "what is broken is null; allowed is nothing"));
    }

    /**
     * Looks, and multiplies matrices for about half a second, on the current fork-join pool.
     *
     * @param temporary where a run would keep its temporary files
     */
    public static Machine examine(Path temporary) {
        Objects.requireNonNull(temporary, "the folder for temporary files is null");
        Examination examination = new Examination();
        examination.java();
        examination.memory(
                Runtime.getRuntime().maxMemory(),
                ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize());
        examination.algebra();
        examination.space(temporary);
        return new Machine(examination.facts, examination.slow, examination.broken);
    }

    /** What is found. */
    static final class Examination {
        final Map<String, String> facts = new LinkedHashMap<>();
        final List<String> slow = new ArrayList<>();
        final List<String> broken = new ArrayList<>();

        private void java() {
            facts.put("Quad", WorkFolder.version());
            facts.put("Java", System.getProperty("java.runtime.version") + ", " + System.getProperty("java.vm.name"));
            facts.put("system", System.getProperty("os.name") + " on " + System.getProperty("os.arch"));
            facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        }

        void memory(long heap, long all) {
            facts.put("heap", bytes(heap) + " at most");
            facts.put("memory", bytes(all));
            if (heap < ENOUGH_HEAP && heap < all / 8) {
                slow.add("Java may take " + bytes(heap) + " of " + bytes(all)
                        + " for its heap; give more by QUAD_JAVA_OPTS=-Xmx" + Math.max(1, all >> 32) + "g");
            }
        }

        private void algebra() {
            try {
                facts.put("kernels of OpenBLAS", Blas.core());
            } catch (QuadException e) {
                broken.add(String.valueOf(e.getMessage()));
                return;
            }
            double alone = gigaflops(1);
            int threads = Workers.parallelism();
            facts.put(
                    "products of matrices",
                    String.format(
                            Locale.ROOT,
                            "%.0f GFLOP/s by one thread, %.0f by %d",
                            alone,
                            threads == 1 ? alone : gigaflops(threads),
                            threads));
            facts.put("eight-bit products", Int8.isFast() ? "by oneDNN" : "by single precision");
            if (!Int8.isFast()) {
                slow.add("embeddings are clustered without eight-bit products: the processor has no AVX-512 VNNI, or"
                        + " org.bytedeco:dnnl is not on the class path");
            }
            QuadPipeline.advice().ifPresent(slow::add);
        }

        void space(Path temporary) {
            facts.put("temporary files", temporary.toString());
            if (!Files.isDirectory(temporary) || !Files.isWritable(temporary)) {
                broken.add(temporary + " is no folder that can be written to, and temporary files go there; name"
                        + " another with --temp DIR, or by TMPDIR in the environment");
                return;
            }
            FileStore store = Unchecked.get(temporary, () -> Files.getFileStore(temporary));
            long free = Unchecked.get(temporary, store::getUsableSpace);
            facts.put("temporary files", temporary + ", " + bytes(free) + " free, on " + store.type());
            if (free < ENOUGH_SPACE) {
                slow.add(temporary + " has " + bytes(free) + " free, and packed input is unpacked there; name another"
                        + " folder with --temp DIR");
            }
        }

        /** Products of as many pairs of matrices at once, the best of some tries. */
        private static double gigaflops(int tasks) {
            Matrix[] matrices = new Matrix[3 * tasks];
            List<Floats> memory = new ArrayList<>();
            try {
                for (int i = 0; i < matrices.length; i++) {
                    Floats own = Floats.allocate(SIDE * SIDE);
                    memory.add(own);
                    for (int at = 0; at < own.length(); at++) {
                        own.set(at, (float) (at % 13 - 6));
                    }
                    matrices[i] = Matrix.of(own, SIDE, SIDE);
                }
                double best = Double.POSITIVE_INFINITY;
                for (int times = 0; times < 5; times++) {
                    long start = System.nanoTime();
                    Workers.forEach(
                            tasks,
                            task -> Blas.multiply(
                                    1, matrices[3 * task], matrices[3 * task + 1], 0, matrices[3 * task + 2]));
                    best = Math.min(best, (System.nanoTime() - start) / 1e9);
                }
                return 2.0 * SIDE * SIDE * SIDE * tasks / best / 1e9;
            } finally {
                memory.forEach(Floats::close);
            }
        }

        private static String bytes(long count) {
            return String.format(Locale.ROOT, "%.1f GiB", count / (double) (1L << 30));
        }
    }
}
