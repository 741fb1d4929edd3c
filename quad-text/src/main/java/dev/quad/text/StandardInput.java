// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The standard input of this process, which can be had once. */
final class StandardInput {
    private static final AtomicReference<@Nullable InputStream> TAKEN = new AtomicReference<>();

    private StandardInput() {}

    @SuppressWarnings("ReferenceEquality") // this very stream
    static InputStream take() {
        InputStream in = System.in;
        if (TAKEN.getAndSet(in) == in) {
            throw new InputException(
                    "- (the standard input) is named twice; it can be read once only: write it to a file first");
        }
        return in;
    }
}
