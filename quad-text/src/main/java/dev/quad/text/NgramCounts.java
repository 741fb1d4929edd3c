// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.Arrays;

/**
 * Counts the features of one text at a time: words and pairs of neighbouring words in one half of the buckets, runs of
 * 3 and 4 characters in the other. Letters are lower-cased, digits count as one digit (so that sums look alike whatever
 * the numbers), each other character is a word of its own. For one thread; 2 MiB, made once and used again.
 */
final class NgramCounts {
    static final int BUCKETS = 1 << 19;
    private static final int HALF_BITS = 18;
    private static final int SHORTEST = 3;
    private static final int LONGEST = 4;

    private final int[] counts = new int[BUCKETS];
    private int[] touched = new int[1 << 14];
    private int size;
    private int words;
    private char[] chars = new char[1 << 12];
    private int length;

    /** Replaces the counts by those of the first characters of a text. */
    void count(String text, int maxChars) {
        for (int i = 0; i < size; i++) {
            counts[touched[i]] = 0;
        }
        size = 0;
        normalise(text, maxChars);
        countWords();
        words = size;
        countRuns();
    }

    /** The number of different features. */
    int size() {
        return size;
    }

    /** How many of them, the first ones, are words and pairs of words. */
    int words() {
        return words;
    }

    /** The bucket of a feature, in order of first appearance. */
    int bucket(int feature) {
        return touched[feature];
    }

    /** How often the feature appears, {@code >= 1}. */
    int count(int feature) {
        return counts[touched[feature]];
    }

    private void normalise(String text, int maxChars) {
        int end = Math.min(text.length(), maxChars);
        if (chars.length < end + 2) {
            chars = new char[end + 2];
        }
        length = 0;
        chars[length++] = ' ';
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (Character.isWhitespace(c)) {
                space();
            } else {
                chars[length++] = Character.isDigit(c) ? '0' : Character.toLowerCase(c);
            }
        }
        space();
    }

    private void space() {
        if (chars[length - 1] != ' ') {
            chars[length++] = ' ';
        }
    }

    private void countWords() {
        long before = 0;
        int i = 0;
        while (i < length) {
            if (chars[i] == ' ') {
                i++;
                continue;
            }
            boolean more = Character.isLetterOrDigit(chars[i]);
            long state = Hash64.add(0, chars[i++]);
            while (more && Character.isLetterOrDigit(chars[i])) { // the text ends with a space
                state = Hash64.add(state, chars[i++]);
            }
            long word = Hash64.mix(state);
            add(word, 0);
            if (before != 0) {
                add(Hash64.mix(before * 31 + word), 0);
            }
            before = word;
        }
    }

    private void countRuns() {
        for (int i = 0; i + SHORTEST <= length; i++) {
            long state = 0;
            int end = Math.min(i + LONGEST, length);
            for (int j = i; j < end; j++) {
                state = Hash64.add(state, chars[j]);
                if (j - i + 1 >= SHORTEST) {
                    add(Hash64.mix(state), BUCKETS / 2);
                }
            }
        }
    }

    private void add(long hash, int half) {
        int bucket = half + (int) (hash >>> (Long.SIZE - HALF_BITS));
        if (counts[bucket]++ == 0) {
            if (size == touched.length) {
                touched = Arrays.copyOf(touched, 2 * size);
            }
            touched[size++] = bucket;
        }
    }
}
