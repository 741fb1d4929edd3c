// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import dev.quad.Precision;
import org.bytedeco.javacpp.Pointer;

/**
 * Native memory for real numbers of either precision, so that an algorithm is written once: {@link Floats} to be fast,
 * {@link Doubles} to be checked. Safe for use by several threads on different elements. Close it once.
 */
public abstract sealed class Reals implements AutoCloseable permits Floats, Doubles {
    /** Elements that are converted at once, in the processor's own cache. */
    private static final int CONVERTED = 1024;

    /** Elements that a task converts. */
    private static final int TASK = 64 * CONVERTED;

    Reals() {}

    /** New memory, all zeros. */
    public static Reals allocate(Precision precision, int length) {
        return precision == Precision.SINGLE ? Floats.allocate(length) : Doubles.allocate(length);
    }

    /**
     * New memory for {@code rows × columns} elements.
     *
     * @throws IllegalArgumentException if there are more than an index counts
     */
    public static Reals allocate(Precision precision, int rows, int columns) {
        long length = (long) rows * columns;
        if (rows < 0 || columns < 0 || length > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "memory for " + rows + " × " + columns + " elements is asked for; allowed are 0 to "
                            + Integer.MAX_VALUE + " of them: take less at a time");
        }
        return allocate(precision, (int) length);
    }

    /**
     * New memory whose content is whatever was there: for what is written whole before it is read, such as the result
     * of {@link Blas#multiply} with a beta of zero. Spares a pass over the memory on one thread.
     */
    public static Reals scratch(Precision precision, int length) {
        return precision == Precision.SINGLE ? Floats.scratch(length) : Doubles.scratch(length);
    }

    /** New memory with a copy of an array, rounded where single. */
    public static Reals of(Precision precision, double... values) {
        Reals result = allocate(precision, values.length);
        result.write(0, values, 0, values.length);
        return result;
    }

    /** The precision. */
    public abstract Precision precision();

    /** The number of elements. */
    public abstract int length();

    /** One element. */
    public abstract double value(int index);

    /** Sets one element, rounded where single. */
    public abstract void set(int index, double value);

    /** Copies {@code count} elements from {@code index} on into an array. */
    public abstract void read(int index, double[] target, int offset, int count);

    /** Copies {@code count} elements of an array to {@code index} and on, rounded where single. */
    public abstract void write(int index, double[] source, int offset, int count);

    /**
     * Copies {@code count} elements of other memory of the same precision, which must not overlap, to {@code index} and
     * on.
     */
    public abstract void copy(int index, Reals source, int sourceIndex, int count);

    /** Adds {@code count} elements from {@code index} on to those of an array. */
    public abstract void addTo(int index, double[] target, int offset, int count);

    /** Sets {@code count} elements from {@code index} on to zero. */
    public abstract void clear(int index, int count);

    /** All elements in new memory of a precision, rounded where that is single; by all threads. */
    public Reals in(Precision wanted) {
        Reals result = scratch(wanted, length());
        Workers.forBlocks(length(), TASK, (first, count) -> {
            double[] values = new double[CONVERTED];
            for (int from = first; from < first + count; from += CONVERTED) {
                int some = Math.min(CONVERTED, first + count - from);
                read(from, values, 0, some);
                result.write(from, values, 0, some);
            }
        });
        return result;
    }

    /** All elements in a new array. */
    public double[] toDoubles() {
        double[] result = new double[length()];
        read(0, result, 0, result.length);
        return result;
    }

    /** The index of the first NaN or infinity, or −1. */
    public int firstNotFinite() {
        for (int i = 0; i < length(); i++) {
            if (!Double.isFinite(value(i))) {
                return i;
            }
        }
        return -1;
    }

    /** Frees the memory; what is used after that is refused. */
    @Override
    public abstract void close();

    /** A pointer to an element; no ownership. */
    abstract Pointer at(int index);
}
