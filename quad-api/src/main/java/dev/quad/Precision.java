// SPDX-License-Identifier: Apache-2.0
package dev.quad;

/** How many bits a number has, in what a model hands over and in what is computed from it. */
public enum Precision {
    /** 32 bits. */
    SINGLE,
    /** 64 bits. */
    DOUBLE
}
