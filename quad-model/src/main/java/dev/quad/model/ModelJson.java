// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.quad.InputException;
import dev.quad.files.KnownContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON object in a file of a model folder: strings, numbers and truth values as their text, lists and objects as
 * such, null as null. Files of more than {@value #MOST_BYTES} bytes or {@value #DEPTH} levels are none that belongs to
 * a model.
 */
final class ModelJson {
    private static final long MOST_BYTES = 256L << 20;
    private static final int DEPTH = 32;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // as Python writes infinity
            .build();

    private final Path file;
    private final JsonParser json;

    private ModelJson(Path file, JsonParser json) {
        this.file = file;
        this.json = json;
    }

    static Map<String, @Nullable Object> read(Path file) throws IOException {
        KnownContent.refuse(file);
        if (Files.size(file) > MOST_BYTES) {
            throw new InputException(
                    file + " has " + Files.size(file) + " bytes; a JSON file of a model has at most " + MOST_BYTES);
        }
        try (JsonParser json = FACTORY.createParser(file.toFile())) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new InputException(file + " is not a JSON object; get a whole copy of the file");
            }
            Map<String, @Nullable Object> result = new ModelJson(file, json).object(1);
            if (json.nextToken() != null) {
                throw new InputException(
                        file + " is not JSON: something follows the object" + place(json) + "; get a whole copy");
            }
            return result;
        } catch (StreamConstraintsException e) {
            throw new InputException(
                    file + " has a number or a name that is far too long" + place(e)
                            + "; no file of a model has such a one, so get a whole copy",
                    e);
        } catch (JsonProcessingException e) {
            throw new InputException(
                    file
                            + (e.getOriginalMessage().startsWith("Duplicate field")
                                    ? " has a name twice" + place(e) + ": keep one of the two"
                                    : " is not JSON" + place(e) + "; get a whole copy of the file"),
                    e);
        }
    }

    private Map<String, @Nullable Object> object(int depth) throws IOException {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            result.put(name, value(depth));
        }
        return result;
    }

    private @Nullable Object value(int depth) throws IOException {
        if (depth > DEPTH) {
            throw new InputException(file + " is nested more than " + DEPTH + " levels deep" + place(json)
                    + "; no file of a model is, so get a whole copy");
        }
        if (json.currentToken() == JsonToken.START_OBJECT) {
            return object(depth + 1);
        }
        if (json.currentToken() == JsonToken.START_ARRAY) {
            List<@Nullable Object> list = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                list.add(value(depth + 1));
            }
            return list;
        }
        return json.currentToken() == JsonToken.VALUE_NULL ? null : json.getText();
    }

    private static String place(JsonParser json) {
        return " (line " + json.currentLocation().getLineNr() + ", column "
                + json.currentLocation().getColumnNr() + ")";
    }

    private static String place(JsonProcessingException e) {
        return e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
    }
}
