// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Products of matrices of signed eight-bit integers, by oneDNN where it is on the class path ({@code org.bytedeco:dnnl}
 * with {@code org.bytedeco:opencl}, both with the classifier of the platform, and {@code net.java.dev.jna:jna}) and the
 * processor has instructions for them (AVX-512 VNNI): there four times as fast as single precision. Elsewhere plain
 * Java gives the same results, slowly; ask {@link #isFast}. Safe for use by several threads at once; each call runs on
 * the thread that makes it.
 */
public final class Int8 {
    private static final Logger LOG = LoggerFactory.getLogger(Int8.class);
    /** Set to false, it keeps oneDNN unused. */
    private static final String SWITCH = "quad.int8";

    /** 1.5·2²³: at this float the bit pattern counts units, so that integers added to it are read as a float. */
    public static final float ZERO = 0x1.8p23f;
    /** Sums of products must be smaller in magnitude. */
    public static final int LIMIT = 1 << 22;

    private Int8() {}

    /** Whether oneDNN is used. */
    public static boolean isFast() {
        return Fast.IN_USE;
    }

    /**
     * {@code C = ZERO + A·Bᵀ}, row-major, {@code A} of {@code m × k} and {@code B} of {@code n × k} integers, {@code C}
     * of {@code m × n} floats: subtract {@link #ZERO}, and it is exact, without a conversion of its own.
     * {@code 2·m·n·k} operations.
     *
     * <p>All sums must be below {@link #LIMIT} in magnitude, which is not checked: it suffices that the norms of a row
     * of A and a row of B multiply to less.
     *
     * @param aStride elements from one row to the next; {@code bStride} and {@code cStride} likewise
     */
    public static void gemm(
            int m,
            int n,
            int k,
            Bytes a,
            int aAt,
            int aStride,
            Bytes b,
            int bAt,
            int bStride,
            Floats c,
            int cAt,
            int cStride) {
        requireFit("A", a.length(), aAt, m, k, aStride);
        requireFit("B", b.length(), bAt, n, k, bStride);
        requireFit("C", c.length(), cAt, m, n, cStride);
        if (m == 0 || n == 0) {
            return;
        }
        if (Fast.IN_USE) {
            Fast.gemm(m, n, k, a.at(aAt), aStride, b.at(bAt), bStride, c.at(cAt), cStride);
        } else {
            plain(m, n, k, a, aAt, aStride, b, bAt, bStride, c, cAt, cStride);
        }
    }

    private static void requireFit(String name, int length, int at, int rows, int columns, int stride) {
        if (!Blas.fits(length, at, rows, columns, stride)) {
            throw new IllegalArgumentException(name + ", " + rows + " × " + columns + " with " + stride
                    + " elements from row to row, does not lie in " + length + " elements from index " + at + " on");
        }
    }

    /** As {@link #gemm}. */
    static void plain(
            int m,
            int n,
            int k,
            Bytes a,
            int aAt,
            int aStride,
            Bytes b,
            int bAt,
            int bStride,
            Floats c,
            int cAt,
            int cStride) {
        byte[] left = new byte[k];
        byte[] right = new byte[k];
        for (int i = 0; i < m; i++) {
            a.get(aAt + i * aStride, left, 0, k);
            for (int j = 0; j < n; j++) {
                b.get(bAt + j * bStride, right, 0, k);
                int sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += left[l] * right[l];
                }
                c.set(cAt + i * cStride + j, ZERO + sum);
            }
        }
    }

    /** By oneDNN; loaded when first asked for. */
    private static final class Fast {
        static final boolean IN_USE;
        private static final @Nullable IntPointer BITS_OF_ZERO;

        static {
            String reason = reasonAgainst();
            IN_USE = reason == null;
            BITS_OF_ZERO = IN_USE ? new IntPointer(1L).put(Float.floatToRawIntBits(ZERO)) : null;
            LOG.info("oneDNN multiplies eight-bit integers: {}", reason == null ? "yes" : "no, " + reason);
        }

        /** Null if there is none. */
        private static @Nullable String reasonAgainst() {
            if (!Boolean.parseBoolean(System.getProperty(SWITCH, "true"))) {
                return SWITCH + " is set to false";
            }
            try {
                Natives.load();
                if (!hasInstructions()) {
                    return "the processor has no AVX-512 VNNI";
                }
                Threads.bind();
                return null;
            } catch (LinkageError e) {
                return "it is not on the class path, or not for this platform: " + e;
            }
        }

        private static boolean hasInstructions() {
            int needed = dnnl.dnnl_cpu_isa_avx512_core_vnni;
            return (dnnl.dnnl_get_effective_cpu_isa() & needed) == needed;
        }

        static void gemm(
                int m,
                int n,
                int k,
                BytePointer a,
                int aStride,
                BytePointer b,
                int bStride,
                FloatPointer c,
                int cStride) {
            byte none = 0;
            int before = Threads.omp_get_max_threads();
            Threads.omp_set_num_threads(1);
            int status;
            try {
                status = dnnl.dnnl_gemm_s8s8s32(
                        (byte) 'N',
                        (byte) 'T',
                        (byte) 'F',
                        m,
                        n,
                        k,
                        1,
                        a,
                        aStride,
                        none,
                        b,
                        bStride,
                        none,
                        0,
                        new Bits(c),
                        cStride,
                        BITS_OF_ZERO);
            } finally {
                Threads.omp_set_num_threads(before);
            }
            if (status != dnnl.dnnl_success) {
                throw new IllegalStateException(
                        "oneDNN ended a product of " + m + " × " + n + " × " + k + " with status " + status);
            }
        }

        /** The same memory as integers. */
        private static final class Bits extends IntPointer {
            @SuppressWarnings("unused")
            private final FloatPointer owner;

            Bits(FloatPointer owner) {
                super((Pointer) null);
                this.owner = owner;
                this.address = owner.address();
            }
        }
    }

    /** The number of threads that OpenMP takes for what the calling thread begins. */
    private static final class Threads {
        private Threads() {}

        static void bind() {
            Loader.load(dnnl.class);
            String library = Loader.getLoadedLibraries().entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith("jnidnnl"))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElseThrow(() -> new UnsatisfiedLinkError("JavaCPP does not tell where it loaded jnidnnl from"));
            Native.register(Threads.class, NativeLibrary.getInstance(library)); // looks in what it is linked to
        }

        static native int omp_get_max_threads();

        static native void omp_set_num_threads(int count);
    }
}
