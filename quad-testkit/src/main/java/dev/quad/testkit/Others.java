// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.util.Locale;
import java.util.Optional;

/** Values like those of the user. */
final class Others {
    private static final int POWERS = 20;

    private Others() {}

    /** Another value of the class of this one, or the same for 0: of strings and whole numbers. */
    @SuppressWarnings("unchecked") // of the class of the value
    static <T> Optional<T> of(T value, int number) {
        Object other = null;
        if (value instanceof String text) {
            other = switch (number) {
                case 0 -> text;
                case 1 -> sameHash(text);
                case 2 -> otherCase(text);
                case 3 -> text + " ";
                case 4 -> " " + text;
                default -> text + " " + number;
            };
        } else if (value instanceof Integer whole) {
            other = whole + (int) further(number);
        } else if (value instanceof Long whole) {
            other = whole + further(number);
        }
        return Optional.ofNullable((T) other);
    }

    private static String otherCase(String text) {
        String capitals = text.toUpperCase(Locale.ROOT);
        return capitals.equals(text) ? text.toLowerCase(Locale.ROOT) : capitals;
    }

    /** Powers of two, and then any number below a million. */
    private static long further(int number) {
        return number <= POWERS ? 1L << number >> 1 : Numbers.of(number).nextInt(1_000_000);
    }

    /**
     * Another string with the hash code of this one, as "BB" for "Aa"; the same where it has fewer than two letters.
     */
    private static String sameHash(String text) {
        if (text.length() < 2 || text.charAt(1) < 31 || text.charAt(0) == Character.MAX_VALUE) {
            return text;
        }
        return (char) (text.charAt(0) + 1) + String.valueOf((char) (text.charAt(1) - 31)) + text.substring(2);
    }
}
