// SPDX-License-Identifier: Apache-2.0
/**
 * The claims of the paper (Zhang et al., ICLR 2025) as experiments: what each would show, measured at a small size,
 * with an interval, a control and a verdict.
 */
@NullMarked
package dev.quad.experiments;

import org.jspecify.annotations.NullMarked;
