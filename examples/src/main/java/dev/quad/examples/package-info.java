// SPDX-License-Identifier: Apache-2.0
/** Selections from Java, one idea a file. */
@NullMarked
package dev.quad.examples;

import org.jspecify.annotations.NullMarked;
