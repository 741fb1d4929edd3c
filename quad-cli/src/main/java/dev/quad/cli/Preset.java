// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

/** Where the options of {@code quad select} start from. */
enum Preset {
    /** The defaults. */
    QUAD,
    /** The formulas of the paper. */
    PAPER,
    /** What the paper's public code does, but for its errors in linear algebra. */
    PUBLIC_CODE
}
