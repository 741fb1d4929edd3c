// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import java.util.Locale;

/** Numbers as people read them. */
final class Words {
    private Words() {}

    static String whole(double value) {
        return whole(Math.round(value));
    }

    static String whole(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    /** With three digits that count. */
    static String number(double value) {
        return plain(value).replace("-", "−");
    }

    private static String plain(double value) {
        double size = Math.abs(value);
        if (value == 0 || !Double.isFinite(value)) {
            return value == 0 ? "0" : "–";
        }
        if (size >= 1e6 || size < 1e-4) {
            return String.format(Locale.ROOT, "%.2e", value);
        }
        int digits = size >= 1000 ? 0 : Math.max(0, 2 - (int) Math.floor(Math.log10(size)));
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }

    /** Short, for an axis. */
    static String tick(double value) {
        return shortened(value).replace("-", "−");
    }

    private static String shortened(double value) {
        double size = Math.abs(value);
        if (size >= 1e9) {
            return trimmed(value / 1e9) + "G";
        }
        if (size >= 1e6) {
            return trimmed(value / 1e6) + "M";
        }
        if (size >= 1e4) {
            return trimmed(value / 1e3) + "k";
        }
        return size != 0 && size < 1e-3 ? String.format(Locale.ROOT, "%.0e", value) : trimmed(value);
    }

    private static String trimmed(double value) {
        String text = String.format(Locale.ROOT, "%.4f", value);
        return text.replaceFirst("\\.?0+$", "").replaceFirst("^-0$", "0");
    }

    static String seconds(double value) {
        return value >= 120
                ? String.format(Locale.ROOT, "%d min %02d s", (long) value / 60, (long) value % 60)
                : String.format(Locale.ROOT, value < 10 ? "%.2f s" : "%.1f s", value);
    }

    static String times(double ratio) {
        return !Double.isFinite(ratio) ? "–" : String.format(Locale.ROOT, ratio < 9.95 ? "%.1f×" : "%,.0f×", ratio);
    }
}
