// SPDX-License-Identifier: Apache-2.0
/**
 * How the other modules write and read bytes, and what several of them need besides: words, ranks. Internal: it may
 * change without notice, and nothing of it stands in the signatures of other modules.
 */
@NullMarked
package dev.quad.files;

import org.jspecify.annotations.NullMarked;
