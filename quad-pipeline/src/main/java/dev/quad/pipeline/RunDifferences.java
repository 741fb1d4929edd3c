// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.files.Words;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How a run differs from the one that a folder holds, in words for whoever gave the options. */
final class RunDifferences {
    /** What is known by its digest alone. */
    private static final Map<String, String> CONTENTS = Map.of(
            "pool", "documents in the pool",
            "reference", "documents in the reference",
            "data", "documents to train on",
            "heldOut", "documents held out",
            "start", "weights to start from");

    private static final String SELECTOR = "selector";

    /** What is not said of a run unless it is something else. */
    private static final Map<String, String> DEFAULTS = Map.of(
            SELECTOR,
            "quad",
            "passes",
            Words.of(ScoreSettings.DEFAULT_PASSES),
            "gradient",
            Words.of(GradientRule.SGD),
            "shortDocuments",
            ShortDocuments.UNSCORED.toString(),
            "optimizer",
            "not kept");

    /** What selectors without rounds have nothing of. */
    private static final Set<String> OF_ROUNDS = Set.of("clusters", "embeddings");

    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{16,}");

    /** One of the settings that some values are made of, as in {@code chunks(length=256, minTokens=8)}. */
    private static final Pattern SETTING = Pattern.compile("(\\w+)=(.*?)(?=,? \\w+=|[)\\]]?$)");

    private RunDifferences() {}

    /** All of them, in the order of their names. */
    static List<String> of(Map<String, String> before, Map<String, String> now) {
        return differing(before, now)
                .flatMap(name -> said(words(name), name, value(before, name), value(now, name)))
                .toList();
    }

    private static Stream<String> differing(Map<String, String> before, Map<String, String> now) {
        Set<String> names = new TreeSet<>(before.keySet());
        names.addAll(now.keySet());
        boolean otherSelector = !value(before, SELECTOR).equals(value(now, SELECTOR));
        return names.stream()
                .filter(name -> !value(before, name).equals(value(now, name)))
                .filter(name -> !otherSelector || !isOfOne(name, before, now));
    }

    /** Whether only one of two selectors has such a setting. */
    private static boolean isOfOne(String name, Map<String, String> before, Map<String, String> now) {
        boolean both = before.containsKey(name) && now.containsKey(name);
        return OF_ROUNDS.contains(name) || (!both && !DEFAULTS.containsKey(name));
    }

    private static String value(Map<String, String> entries, String name) {
        return entries.getOrDefault(name, DEFAULTS.getOrDefault(name, "absent"));
    }

    private static Stream<String> said(String words, String name, String before, String now) {
        if (DIGEST.matcher(before).matches() && DIGEST.matcher(now).matches()) {
            return Stream.of("other " + CONTENTS.getOrDefault(name, words));
        }
        Map<String, String> settings = settings(before);
        Map<String, String> others = settings(now);
        if (name.equals("damping")) {
            return Stream.of(words + " was " + damping(before) + " and is " + damping(now));
        }
        if (settings.size() < 2 || !settings.keySet().equals(others.keySet()) || settings.equals(others)) {
            return Stream.of(words + " was " + before + " and is " + now);
        }
        return differing(settings, others)
                .map(setting -> words(setting) + " of " + words + " was " + settings.get(setting) + " and is "
                        + others.get(setting));
    }

    /** As the command takes it: {@code 0.1} of {@code Relative[factor=0.1]}. */
    private static String damping(String value) {
        return value.replaceAll("^Relative\\[factor=([^\\]]*)\\]$", "$1")
                .replaceAll("^Absolute\\[lambda=([^\\]]*)\\]$", "absolute:$1")
                .replaceAll("^Factored\\[lambda=Relative\\[factor=([^\\]]*)\\]\\]$", "factored:$1");
    }

    private static Map<String, String> settings(String value) {
        Map<String, String> settings = new HashMap<>();
        Matcher found = SETTING.matcher(value);
        while (found.find()) {
            settings.put(found.group(1), found.group(2));
        }
        return settings;
    }

    /** A name such as {@code batchTokens} as people write it. */
    private static String words(String name) {
        return name.replaceAll("([a-z])([A-Z])", "$1 $2").toLowerCase(Locale.ROOT);
    }
}
