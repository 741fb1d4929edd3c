// SPDX-License-Identifier: Apache-2.0
/**
 * The only module that knows native code: owned float memory, the few BLAS and LAPACK calls that Quad needs, and a
 * way of running work in parallel whose results do not depend on the number of threads.
 */
@NullMarked
package dev.quad.linalg;

import org.jspecify.annotations.NullMarked;
