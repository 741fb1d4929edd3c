// SPDX-License-Identifier: Apache-2.0
/** What one would use instead of Quad, to compare it with. */
@NullMarked
package dev.quad.baselines;

import org.jspecify.annotations.NullMarked;
