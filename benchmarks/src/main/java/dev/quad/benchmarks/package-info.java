// SPDX-License-Identifier: Apache-2.0
/** JMH benchmarks; each has a correctness twin in the tests of its own name. Never published. */
@NullMarked
package dev.quad.benchmarks;

import org.jspecify.annotations.NullMarked;
