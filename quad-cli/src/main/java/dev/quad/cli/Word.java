// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.Words;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The value of an option that is a word, or a number, or a word with a number such as {@code retry:2}.
 *
 * @param name the word; empty if there is only a number
 * @param text of the number; empty if there is only a word
 */
record Word(String name, String text) {

    /**
     * Makes something of a value.
     *
     * @param allowed what may be given, for messages
     * @param maker throws an IllegalArgumentException where the value is none
     */
    static <V> V parse(String value, String allowed, Function<Word, V> maker) {
        int colon = value.indexOf(':');
        boolean number = colon < 0 && !value.isEmpty() && !Character.isLetter(value.charAt(0));
        Word word = number
                ? new Word("", value)
                : colon < 0 ? new Word(value, "") : new Word(value.substring(0, colon), value.substring(colon + 1));
        try {
            return maker.apply(word);
        } catch (NumberFormatException e) {
            throw new TypeConversionException(
                    "'" + value + "' is not one of these: " + allowed + ", with a number of yours");
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage() + "; given is '" + value + "', allowed are " + allowed);
        }
    }

    /** The number. */
    double number() {
        return Double.parseDouble(text);
    }

    /** The number, which must be whole. */
    int count() {
        return Integer.parseInt(text);
    }

    /** A word that is not known, or has a number too many. */
    NumberFormatException unknown() {
        return new NumberFormatException();
    }

    /** Constants by {@linkplain Words their words}. */
    abstract static class Choice<E extends Enum<E>> implements ITypeConverter<E> {
        private final Class<E> type;

        Choice(Class<E> type) {
            this.type = type;
        }

        @Override
        public E convert(String value) {
            return find(value)
                    .orElseThrow(() -> new TypeConversionException("'" + value + "' is not one of " + allowed()));
        }

        /** The constant of a word. */
        Optional<E> find(String value) {
            return Arrays.stream(type.getEnumConstants())
                    .filter(constant -> Words.of(constant).equals(value))
                    .findAny();
        }

        /** The words, for messages. */
        String allowed() {
            return Arrays.stream(type.getEnumConstants()).map(Words::of).collect(Collectors.joining(", "));
        }
    }
}
