// SPDX-License-Identifier: Apache-2.0
/**
 * The only module that knows native code: owned memory, the few BLAS and LAPACK calls that Quad needs, products of
 * eight-bit integers, and a way of running work in parallel whose results do not depend on the number of threads.
 * Internal: it may change without notice.
 */
@NullMarked
package dev.quad.linalg;

import org.jspecify.annotations.NullMarked;
