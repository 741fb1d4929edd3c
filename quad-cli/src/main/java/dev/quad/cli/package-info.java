// SPDX-License-Identifier: Apache-2.0
/** The {@code quad} command: the only module that prints, draws progress or binds a log back end. */
@NullMarked
package dev.quad.cli;

import org.jspecify.annotations.NullMarked;
