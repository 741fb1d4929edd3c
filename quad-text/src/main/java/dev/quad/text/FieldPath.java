// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.ArrayList;
import java.util.List;

/**
 * Names a field of a JSON object, or one inside nested objects: {@code meta.id}. A dot may also be part of a name: at
 * each object the whole rest of the path is tried as a name first, then what stands before its last dot, and so on, so
 * that {@code data.text} is the field {@code "data.text"} where there is one, else {@code "text"} of {@code "data"}.
 *
 * <p>A place on the way is where in the path the rest of it starts. A way is a number with a bit for each dot that
 * parted two names, the first dot's highest; the least way is the one that is meant.
 */
record FieldPath(String path) {
    /** There is no way on. */
    static final int OFF = -1;

    /** No way leads to the field. */
    static final long NO_WAY = Long.MAX_VALUE;

    private static final int MAX_DOTS = 60;

    static FieldPath parse(String path) {
        if (path.isBlank()) {
            throw new IllegalArgumentException(
                    "the name of a field is blank; allowed is a name such as \"text\", or names joined by dots");
        }
        if (path.chars().filter(c -> c == '.').count() > MAX_DOTS) {
            throw new IllegalArgumentException(
                    "the field path " + Excerpt.of(path) + " has more than " + MAX_DOTS + " dots, which are allowed");
        }
        return new FieldPath(path);
    }

    /** The place after a name that stands at a place; {@link #OFF} if it does not. */
    int after(int place, String name) {
        if (place == OFF || !path.startsWith(name, place)) {
            return OFF;
        }
        int end = place + name.length();
        return end == path.length() || path.charAt(end) == '.' ? end + 1 : OFF;
    }

    /** Whether a place is that of the field itself. */
    boolean isEnd(int place) {
        return place == path.length() + 1;
    }

    /** Whether there may be another object on the way. */
    boolean goesOn(int place) {
        return place != OFF && !isEnd(place);
    }

    /** A way, gone on to a place. */
    long way(long way, int place) {
        if (!goesOn(place)) {
            return way;
        }
        long dots = path.substring(0, place).chars().filter(c -> c == '.').count();
        return way | 1L << (MAX_DOTS - dots);
    }

    /** The names, each of an object but the last, where no name has a dot. */
    List<String> names() {
        return List.of(path.split("\\.", -1));
    }

    /** The names on a way. */
    List<String> names(long way) {
        List<String> names = new ArrayList<>();
        StringBuilder name = new StringBuilder();
        int dots = 0;
        for (String part : names()) {
            name.append(part);
            dots++;
            if ((way & 1L << (MAX_DOTS - dots)) != 0) {
                names.add(name.toString());
                name.setLength(0);
            } else {
                name.append('.');
            }
        }
        names.add(name.substring(0, name.length() - 1));
        return names;
    }

    @Override
    public String toString() {
        return path;
    }
}
