// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import java.math.BigDecimal;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** Numbers of options, as people write them. */
final class Numbers {
    private static final Pattern GROUPED = Pattern.compile("-?\\d{1,3}(,\\d{3})+");
    private static final int MOST_CHARACTERS = 40;

    private Numbers() {}

    /** Lets a command take such numbers. */
    static CommandLine register(CommandLine line) {
        return line.registerConverter(Long.class, Numbers::whole)
                .registerConverter(long.class, Numbers::whole)
                .registerConverter(Integer.class, Numbers::small)
                .registerConverter(int.class, Numbers::small)
                .registerConverter(Double.class, Numbers::real)
                .registerConverter(double.class, Numbers::real);
    }

    /** 8000, 8,000, 8k, 8M or 8e3. */
    static long whole(String value) {
        String plain = GROUPED.matcher(value).matches() ? value.replace(",", "") : value;
        int zeros = plain.endsWith("k") ? 3 : plain.endsWith("M") ? 6 : 0;
        try {
            if (plain.length() > MOST_CHARACTERS) {
                throw new NumberFormatException();
            }
            return new BigDecimal(zeros == 0 ? plain : plain.substring(0, plain.length() - 1))
                    .scaleByPowerOfTen(zeros)
                    .longValueExact();
        } catch (ArithmeticException | NumberFormatException e) {
            throw new TypeConversionException(
                    "'" + value + "' is not a whole number; allowed are such as 8000, 8,000, 8k, 2M and 1e6");
        }
    }

    private static int small(String value) {
        long number = whole(value);
        if (number != (int) number) {
            throw new TypeConversionException("'" + value + "' is too large; allowed is up to " + Integer.MAX_VALUE);
        }
        return (int) number;
    }

    private static double real(String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + value + "' is not a number; allowed are such as 2, 0.5 and 1e-4");
        }
    }
}
