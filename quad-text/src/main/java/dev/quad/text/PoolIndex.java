// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.util.Arrays;

/**
 * Where the documents lie: 20 bytes a document (place, length, checksum, tokens). File and line are kept as runs:
 * within a run the line grows by one with each document, and a run ends at a file's end or where a line was left out.
 */
final class PoolIndex {
    private long[] offsets = new long[1024];
    private int[] lengths = new int[1024];
    private int[] checksums = new int[1024];
    private int[] tokens = new int[1024];
    private int size;

    private int[] runStarts = new int[16];
    private int[] runFiles = new int[16];
    private long[] runLines = new long[16];
    private int runs;

    /** Adds the next document. */
    void add(int file, long line, long offset, int length, int checksum, int tokenCount) {
        if (size == offsets.length) {
            grow();
        }
        if (runs == 0 || runFiles[runs - 1] != file || runLines[runs - 1] + (size - runStarts[runs - 1]) != line) {
            startRun(file, line);
        }
        offsets[size] = offset;
        lengths[size] = length;
        checksums[size] = checksum;
        tokens[size] = tokenCount;
        size++;
    }

    private void grow() {
        if (size == Integer.MAX_VALUE - 8) {
            throw new InputException("the pool has more than " + size + " documents; split it");
        }
        int capacity = (int) Math.min(2L * size, Integer.MAX_VALUE - 8);
        offsets = Arrays.copyOf(offsets, capacity);
        lengths = Arrays.copyOf(lengths, capacity);
        checksums = Arrays.copyOf(checksums, capacity);
        tokens = Arrays.copyOf(tokens, capacity);
    }

    private void startRun(int file, long line) {
        if (runs == runStarts.length) {
            runStarts = Arrays.copyOf(runStarts, 2 * runs);
            runFiles = Arrays.copyOf(runFiles, 2 * runs);
            runLines = Arrays.copyOf(runLines, 2 * runs);
        }
        runStarts[runs] = size;
        runFiles[runs] = file;
        runLines[runs] = line;
        runs++;
    }

    int size() {
        return size;
    }

    long offset(int ordinal) {
        return offsets[ordinal];
    }

    int length(int ordinal) {
        return lengths[ordinal];
    }

    /** That of the line's bytes when they were first read. */
    int checksum(int ordinal) {
        return checksums[ordinal];
    }

    int tokens(int ordinal) {
        return tokens[ordinal];
    }

    int file(int ordinal) {
        return runFiles[run(ordinal)];
    }

    long line(int ordinal) {
        int run = run(ordinal);
        return runLines[run] + (ordinal - runStarts[run]);
    }

    private int run(int ordinal) {
        int found = Arrays.binarySearch(runStarts, 0, runs, ordinal);
        return found >= 0 ? found : -found - 2;
    }
}
