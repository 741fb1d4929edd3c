// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** The parser's settings. */
final class Json {
    /** How many objects and lists may be in one another. */
    static final int MAX_DEPTH = 1000;

    /**
     * Numbers in the shortest form, the same on every JDK; values one after another are kept apart by whoever writes.
     */
    static final JsonFactory WRITER = new JsonFactoryBuilder()
            .rootValueSeparator("")
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER) // Double.toString changed in JDK 19
            .build();

    /**
     * After how many records the names seen so far are forgotten. A record with a name that is new copies the table of
     * all that are known, so a corpus that uses names as data must not make it large.
     */
    private static final int RECORDS_A_TABLE = 256;

    private static final AtomicInteger PARSERS = new AtomicInteger();
    private static volatile JsonFactory factory = factory();

    private Json() {}

    /**
     * Lines are bounded already and fields that are not ours pass through untouched, however long their numbers are,
     * and also where they are what Python writes for numbers that JSON does not have.
     */
    private static JsonFactory factory() {
        return JsonFactory.builder()
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(Integer.MAX_VALUE)
                        .maxNumberLength(Integer.MAX_VALUE)
                        .maxNameLength(Integer.MAX_VALUE)
                        .maxNestingDepth(MAX_DEPTH)
                        .build())
                .build();
    }

    /** A parser of one record. */
    static JsonParser parser(byte[] bytes, int from, int length) throws IOException {
        if (PARSERS.incrementAndGet() % RECORDS_A_TABLE == 0) {
            factory = factory();
        }
        return factory.createParser(bytes, from, length);
    }

    static JsonParser parser(byte[] record) throws IOException {
        return parser(record, 0, record.length);
    }
}
