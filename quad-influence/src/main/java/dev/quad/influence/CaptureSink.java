// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

/** Receives what the layers saw, one layer at a time. */
@FunctionalInterface
public interface CaptureSink {

    /** Takes one layer of one batch; the capture's buffers are reused after this returns. Called by one thread. */
    void accept(LayerCapture capture);
}
