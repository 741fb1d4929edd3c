// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.List;

/** Hears how far the reading of files has come and what was skipped. Called on the reading thread, in order. */
public interface ReadListener {

    /** Hears nothing. */
    ReadListener NONE = new ReadListener() {};

    /** The files are found, and what lies beside them is left out. Called once, before any of them is read. */
    default void onInputs(Inputs inputs) {}

    /**
     * All documents of a pool were read, and some had other values than the folders' in fields that they get from
     * those.
     *
     * @param fields at least one
     */
    default void onReplaced(List<Inputs.Replaced> fields) {}

    /**
     * More of the files was read.
     *
     * @param bytes read since the last call, as they lie on the disk (compressed, where the file is), so that the sum
     *     over a whole read equals the sum of the file sizes
     */
    default void onBytesRead(long bytes) {}

    /** A bad line was skipped. Never called unless {@link JsonlOptions#skipBadLines()}. */
    default void onBadLine(BadLine badLine) {}
}
