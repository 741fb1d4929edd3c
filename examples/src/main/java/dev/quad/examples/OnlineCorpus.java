// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Texts of eight kinds, made by rules that a small model can learn; references are of three of them. */
final class OnlineCorpus {
    private static final String[] NUMBERS = {
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"
    };
    private static final String[] BOATS = {"sloop", "ferry", "canoe", "trawler", "brig", "raft"};
    private static final String[] PLACES = {"cape", "harbour", "island", "lighthouse", "reef", "strait"};
    private static final String[] FOODS = {"flour", "butter", "sugar", "rice", "beans", "onions"};
    private static final String[] MONTHS = {"January", "March", "April", "June", "August", "October"};
    private static final int[] WANTED = {0, 1, 2};
    private static final int KINDS = 8;

    private final List<String> pool = new ArrayList<>();
    private final List<String> reference;
    private final List<String> heldOut;

    /** @param texts of each kind in the pool */
    OnlineCorpus(int texts, Seed seed) {
        RandomGenerator random = seed.stream("examples.online");
        for (int i = 0; i < KINDS * texts; i++) {
            pool.add(text(i % KINDS, random));
        }
        reference = wanted(30, random);
        heldOut = wanted(120, random);
    }

    private static List<String> wanted(int count, RandomGenerator random) {
        return IntStream.range(0, count)
                .mapToObj(i -> text(WANTED[i % WANTED.length], random))
                .toList();
    }

    /** What there is to choose from. */
    List<String> pool() {
        return pool;
    }

    /** What is wanted. */
    List<String> reference() {
        return reference;
    }

    /** As the reference, and never shown to a selector. */
    List<String> heldOut() {
        return heldOut;
    }

    private static String text(int kind, RandomGenerator random) {
        int a = random.nextInt(6);
        int b = random.nextInt(6);
        return switch (kind) {
            case 0 ->
                NUMBERS[a] + " plus " + NUMBERS[b] + " is " + NUMBERS[a + b + 1] + ", not " + pick(NUMBERS, random);
            case 1 ->
                "on " + (1 + random.nextInt(28)) + " " + pick(MONTHS, random) + " " + (1900 + random.nextInt(99))
                        + " the court heard case " + (100 + random.nextInt(900));
            case 2 ->
                "stir " + NUMBERS[a] + " cups of " + pick(FOODS, random) + " into " + NUMBERS[b] + " cups of "
                        + pick(FOODS, random) + " and bake";
            case 3 ->
                "the " + pick(BOATS, random) + " sailed past the " + pick(PLACES, random) + " with a crew of "
                        + NUMBERS[a];
            case 4 ->
                NUMBERS[a] + " plus " + NUMBERS[b] + " is " + pick(NUMBERS, random) + ", not " + NUMBERS[a + b + 1];
            case 5 -> letters(random, "abcdefghijklmnopqrstuvwxyz     ");
            case 6 -> letters(random, "{}[]();=+x0 ");
            default ->
                "please click " + pick(FOODS, random) + " here to subscribe and win " + NUMBERS[b] + " prizes!!!";
        };
    }

    private static String pick(String[] words, RandomGenerator random) {
        return words[random.nextInt(words.length)];
    }

    private static String letters(RandomGenerator random, String alphabet) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
