// SPDX-License-Identifier: Apache-2.0
/**
 * What a run chose, in one HTML file for people: {@link SelectionReport}. The views stand in the order of a reader's
 * questions, each in a class of its own ({@code Verdict}, {@code Shares}, {@code ScoreViews}, {@code Choosing},
 * {@code MapView}, {@code Groups}, {@code Readings}, {@code Repeat}, {@code Arena}), and are put together by
 * {@code Page}.
 */
@NullMarked
package dev.quad.report;

import org.jspecify.annotations.NullMarked;
