// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import dev.quad.InfluenceScores;
import java.io.ByteArrayOutputStream;
import java.io.CharConversionException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a round journal, UTF-8 JSON without line breaks, fields in this order:
 *
 * <pre>
 * {"format":"quad-rounds","version":2,"manifest":{"selector":"quad","seed":"7",…},"crc":"0a1b2c3d"}
 * {"round":0,"pulls":[{"arm":-1,"drawn":[…],"scores":[…],"flagged":[],"accepted":[]}],"tokens":900,"crc":…}   the pilot
 * {"round":1,"pulls":[{"arm":3,"drawn":[8,2],"scores":[0.25,null],"flagged":["empty"],"accepted":[8]}],"tokens":64,"crc":…}
 * </pre>
 *
 * <p>Scores belong to the first documents drawn; {@code null} stands for a document that could not be scored, and
 * {@code flagged} gives the reasons in the same order. Where other documents were scored than the first drawn,
 * {@code probes} after {@code drawn} has their ordinals. The field {@code crc} is that of {@link Checksum}. Doubles are
 * the shortest decimals that give them back, on every JDK.
 */
final class JournalFormat {
    static final String NAME = "quad-rounds";
    static final int VERSION = 2;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .build();

    private JournalFormat() {}

    /** The first line of a file. */
    record Head(String format, int version, Map<String, String> manifest) {

        /** @throws IOException if it is another format or version */
        void check() throws IOException {
            if (!format.equals(NAME) || version != VERSION) {
                throw new IOException("the file is " + format + " version " + version + "; this library reads " + NAME
                        + " version " + VERSION);
            }
        }
    }

    static byte[] write(Map<String, String> manifest) {
        return line(json -> {
            json.writeStringField("format", NAME);
            json.writeNumberField("version", VERSION);
            json.writeObjectFieldStart("manifest");
            for (Map.Entry<String, String> entry : manifest.entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
        });
    }

    static byte[] write(RoundRecord round) {
        return line(json -> {
            json.writeNumberField("round", round.round());
            json.writeArrayFieldStart("pulls");
            for (RoundRecord.Pull pull : round.pulls()) {
                write(json, pull);
            }
            json.writeEndArray();
            json.writeNumberField("tokens", round.tokens());
        });
    }

    private static void write(JsonGenerator json, RoundRecord.Pull pull) throws IOException {
        InfluenceScores scores = pull.scores();
        json.writeStartObject();
        json.writeNumberField("arm", pull.arm());
        json.writeFieldName("drawn");
        json.writeArray(pull.drawn(), 0, pull.drawn().length);
        if (!pull.scoresTheBlock()) {
            json.writeFieldName("probes");
            json.writeArray(pull.probes(), 0, pull.probes().length);
        }
        json.writeArrayFieldStart("scores");
        for (int i = 0; i < scores.size(); i++) {
            if (scores.isScored(i)) {
                json.writeNumber(scores.value(i));
            } else {
                json.writeNull();
            }
        }
        json.writeEndArray();
        json.writeArrayFieldStart("flagged");
        for (int i = 0; i < scores.size(); i++) {
            if (!scores.isScored(i)) {
                json.writeString(scores.reason(i).orElseThrow());
            }
        }
        json.writeEndArray();
        json.writeFieldName("accepted");
        json.writeArray(pull.accepted(), 0, pull.accepted().length);
        json.writeEndObject();
    }

    /** What is wrong with a line that cannot be read, in words for whoever has the file. */
    static String fault(Exception e) {
        if (e instanceof InputCoercionException) {
            return "it has a number that is too large";
        }
        if (e instanceof JsonProcessingException || e instanceof CharConversionException) {
            return "it is not one whole object of JSON";
        }
        return String.valueOf(e.getMessage());
    }

    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    private static byte[] line(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        bytes.write('\n');
        return bytes.toByteArray();
    }

    /** @throws IOException if the line is not a head of any version */
    static Head readHead(byte[] line) throws IOException {
        try (JsonParser json = JSON.createParser(line)) {
            expect(json, JsonToken.START_OBJECT);
            field(json, "format", JsonToken.VALUE_STRING);
            String format = json.getText();
            field(json, "version", JsonToken.VALUE_NUMBER_INT);
            int version = json.getIntValue();
            if (!format.equals(NAME) || version != VERSION) {
                return new Head(format, version, Map.of());
            }
            field(json, "manifest", JsonToken.START_OBJECT);
            Map<String, String> manifest = texts(json);
            end(json);
            return new Head(format, version, manifest);
        }
    }

    /** @throws IOException if the line is not a complete round */
    static RoundRecord readRound(byte[] line) throws IOException {
        try (JsonParser json = JSON.createParser(line)) {
            expect(json, JsonToken.START_OBJECT);
            field(json, "round", JsonToken.VALUE_NUMBER_INT);
            int round = json.getIntValue();
            field(json, "pulls", JsonToken.START_ARRAY);
            List<RoundRecord.Pull> pulls = new ArrayList<>();
            while (json.nextToken() == JsonToken.START_OBJECT) {
                pulls.add(readPull(json));
            }
            require(json, JsonToken.END_ARRAY);
            field(json, "tokens", JsonToken.VALUE_NUMBER_INT);
            long tokens = json.getLongValue();
            if (tokens < 0) {
                throw new IOException("\"tokens\" is " + tokens + ", where 0 or more belongs");
            }
            end(json);
            return new RoundRecord(round, pulls, tokens);
        }
    }

    private static RoundRecord.Pull readPull(JsonParser json) throws IOException {
        field(json, "arm", JsonToken.VALUE_NUMBER_INT);
        int arm = json.getIntValue();
        field(json, "drawn", JsonToken.START_ARRAY);
        int[] drawn = integers(json);
        expect(json, JsonToken.FIELD_NAME);
        int @Nullable [] probes = null;
        if (json.currentName().equals("probes")) {
            expect(json, JsonToken.START_ARRAY);
            probes = integers(json);
            expect(json, JsonToken.FIELD_NAME);
        }
        if (!json.currentName().equals("scores")) {
            throw new IOException("\"" + json.currentName() + "\" stands where \"scores\" belongs");
        }
        expect(json, JsonToken.START_ARRAY);
        List<@Nullable Double> values = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            boolean flagged = json.currentToken() == JsonToken.VALUE_NULL;
            values.add(flagged ? null : score(json));
        }
        field(json, "flagged", JsonToken.START_ARRAY);
        InfluenceScores.Builder scores = InfluenceScores.builder();
        for (Double value : values) {
            if (value != null) {
                scores.add(value);
            } else {
                expect(json, JsonToken.VALUE_STRING);
                scores.flag(json.getText());
            }
        }
        expect(json, JsonToken.END_ARRAY);
        field(json, "accepted", JsonToken.START_ARRAY);
        int[] accepted = integers(json);
        expect(json, JsonToken.END_OBJECT);
        InfluenceScores found = scores.build();
        int[] scored = probes == null ? Arrays.copyOf(drawn, Math.min(drawn.length, found.size())) : probes;
        return new RoundRecord.Pull(arm, drawn, scored, found, accepted);
    }

    private static double score(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            require(json, JsonToken.VALUE_NUMBER_FLOAT);
        }
        return json.getDoubleValue();
    }

    private static int[] integers(JsonParser json) throws IOException {
        int[] values = new int[16];
        int n = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (n == values.length) {
                values = Arrays.copyOf(values, 2 * n);
            }
            require(json, JsonToken.VALUE_NUMBER_INT);
            values[n++] = json.getIntValue();
        }
        return Arrays.copyOf(values, n);
    }

    private static Map<String, String> texts(JsonParser json) throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            expect(json, JsonToken.VALUE_STRING);
            texts.put(name, json.getText());
        }
        require(json, JsonToken.END_OBJECT);
        return texts;
    }

    private static void field(JsonParser json, String name, JsonToken value) throws IOException {
        expect(json, JsonToken.FIELD_NAME);
        if (!json.currentName().equals(name)) {
            throw new IOException("\"" + json.currentName() + "\" stands where \"" + name + "\" belongs");
        }
        expect(json, value);
    }

    private static void end(JsonParser json) throws IOException {
        expect(json, JsonToken.END_OBJECT);
        if (json.nextToken() != null) {
            throw new IOException("the line goes on after its end");
        }
    }

    private static void expect(JsonParser json, JsonToken token) throws IOException {
        json.nextToken();
        require(json, token);
    }

    private static void require(JsonParser json, JsonToken token) throws IOException {
        if (json.currentToken() != token) {
            throw new IOException(words(json.currentToken()) + " stands where " + words(token) + " belongs");
        }
    }

    private static String words(@Nullable JsonToken token) {
        if (token == null) {
            return "the end of the line";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            case END_OBJECT -> "the end of an object";
            case END_ARRAY -> "the end of a list";
            case FIELD_NAME -> "a name";
            case VALUE_STRING -> "a text";
            case VALUE_NUMBER_INT -> "a whole number";
            case VALUE_NUMBER_FLOAT -> "a number";
            default -> "another value";
        };
    }
}
