// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.files.Unchecked;
import dev.quad.text.Document;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import opennlp.tools.langdetect.Language;
import opennlp.tools.langdetect.LanguageDetectorME;
import opennlp.tools.langdetect.LanguageDetectorModel;

/**
 * The languages of a pool, as Apache OpenNLP's model of 103 languages tells them by runs of letters, from the first
 * {@value #CHARACTERS} characters of up to {@value #SAMPLE} documents, evenly spaced. Needs {@code opennlp-tools} and
 * {@code opennlp-models-langdetect} on the class path.
 *
 * @param documents how many were looked at
 * @param counts how many of them are in a language, by its ISO 639-3 code, most first; {@value #UNDETERMINED} where it
 *     cannot be told
 */
public record Languages(int documents, Map<String, Integer> counts) {
    /** The code of what cannot be told. */
    public static final String UNDETERMINED = "und";

    private static final int SAMPLE = 1000;
    private static final int CHARACTERS = 1000;
    private static final int MIN_LETTERS = 20;
    /** How much likelier the first language must be than the second; between code and prose, by trial. */
    private static final double MIN_RATIO = 1.1;

    private static final String MODEL = "/langdetect-183.bin";

    /** Checks that all is there. */
    public Languages {
        Objects.requireNonNull(counts, "the counts are null");
    }

    /** Looks at a pool, with the threads of the current fork-join pool, or one a processor. */
    public static Languages of(CandidatePool<Document> pool) {
        Objects.requireNonNull(pool, "the pool is null");
        int threads = Threads.count();
        LanguageDetectorModel model = Unchecked.get(Path.of(MODEL), Languages::model);
        int documents = Math.min(SAMPLE, pool.size());
        String[] found = new String[documents];
        IntStream.range(0, threads).parallel().forEach(thread -> {
            LanguageDetectorME detector = new LanguageDetectorME(model);
            for (int i = thread; i < documents; i += threads) {
                found[i] = language(
                        detector,
                        pool.get((int) ((long) i * pool.size() / documents)).text());
            }
        });
        Map<String, Integer> counts = new TreeMap<>();
        Arrays.stream(found).forEach(code -> counts.merge(code, 1, Integer::sum));
        Map<String, Integer> ordered = new LinkedHashMap<>();
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .forEach(entry -> ordered.put(entry.getKey(), entry.getValue()));
        return new Languages(documents, ordered);
    }

    private static LanguageDetectorModel model() throws IOException {
        try (InputStream in = Languages.class.getResourceAsStream(MODEL)) {
            return new LanguageDetectorModel(Objects.requireNonNull(in, "the jar of the model is on the class path"));
        }
    }

    private static String language(LanguageDetectorME detector, String text) {
        String start = text.substring(0, Math.min(text.length(), CHARACTERS));
        if (start.codePoints().filter(Character::isLetter).count() < MIN_LETTERS) {
            return UNDETERMINED;
        }
        Language[] likely = detector.predictLanguages(start);
        return likely[0].getConfidence() < MIN_RATIO * likely[1].getConfidence() ? UNDETERMINED : likely[0].getLang();
    }

    /** The English name of a language, and its code. */
    public static String name(String code) {
        Objects.requireNonNull(code, "the code of the language is null");
        if (code.equals(UNDETERMINED)) {
            return "not told";
        }
        String name = Map.of("cmn", "Mandarin", "pes", "Persian", "ekk", "Estonian", "lvs", "Latvian")
                .getOrDefault(
                        code,
                        Arrays.stream(Locale.getISOLanguages())
                                .map(Locale::forLanguageTag)
                                .filter(locale -> locale.getISO3Language().equals(code))
                                .map(locale -> locale.getDisplayLanguage(Locale.ENGLISH))
                                .findFirst()
                                .orElse(""));
        return name.isEmpty() ? code : name + " (" + code + ")";
    }
}
