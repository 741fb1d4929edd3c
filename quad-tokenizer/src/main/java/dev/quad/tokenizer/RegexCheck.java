// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Reads a pattern in Oniguruma's syntax as far as tokenizers need it. What is not known is refused, since the engine is
 * native code; so is what takes time without an end on texts that are not made for it: back references, and what
 * repeats a group that repeats or chooses. How long a pattern takes on a text is for {@link Guard}.
 */
final class RegexCheck {
    private static final int MOST_REPEATS = 1000;
    private static final int MOST_CHOICES = 16;
    private static final int MOST_DEPTH = 20;
    private static final String CLASSES = "dDwWsS";
    private static final String ANCHORS = "bBAZz";
    private static final String LETTERS = "nrtfvae";

    private final String pattern;
    private final StringBuilder java = new StringBuilder();
    private int at;

    /** A piece of a pattern: the least bytes that it matches, and how often it chooses how to go on. */
    private record Piece(int least, int choices) {}

    private final Piece whole;

    private RegexCheck(String pattern) {
        this.pattern = pattern;
        this.whole = alternatives(0);
        if (at < pattern.length()) {
            throw wrong("has a ) without a (");
        }
    }

    /** @throws IllegalArgumentException if it cannot be taken; says why */
    static RegexCheck of(String pattern) {
        return new RegexCheck(pattern);
    }

    /** The least bytes of a match. */
    int least() {
        return whole.least();
    }

    /** The same for Java. */
    Pattern translated() {
        try {
            return Pattern.compile(java.toString(), Pattern.UNICODE_CHARACTER_CLASS | Pattern.MULTILINE);
        } catch (PatternSyntaxException e) {
            throw wrong("is not known here as a pattern (" + e.getDescription() + ")");
        }
    }

    private Piece alternatives(int depth) {
        if (depth > MOST_DEPTH) {
            throw wrong("has groups more than " + MOST_DEPTH + " deep");
        }
        Piece first = sequence(depth);
        int least = first.least();
        int choices = first.choices();
        while (more() && pattern.charAt(at) == '|') {
            take();
            Piece next = sequence(depth);
            least = Math.min(least, next.least());
            choices = Math.max(choices, next.choices()) + (depth > 0 ? 1 : 0);
        }
        return new Piece(least, choices);
    }

    private Piece sequence(int depth) {
        int least = 0;
        int choices = 0;
        while (more() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
            Piece next = repeated(depth);
            least = Math.min(1 << 20, least + next.least());
            choices += next.choices();
            if (choices > MOST_CHOICES) {
                throw wrong("can be tried in too many ways");
            }
        }
        return new Piece(least, choices);
    }

    private Piece repeated(int depth) {
        Piece piece = atom(depth);
        if (!more()) {
            return piece;
        }
        int least;
        int most;
        boolean interval = false;
        switch (pattern.charAt(at)) {
            case '*' -> {
                least = 0;
                most = Integer.MAX_VALUE;
            }
            case '+' -> {
                least = 1;
                most = Integer.MAX_VALUE;
            }
            case '?' -> {
                least = 0;
                most = 1;
            }
            case '{' -> {
                int end = pattern.indexOf('}', at);
                String inside = end < 0 ? "" : pattern.substring(at + 1, end);
                if (!inside.matches("\\d{1,4}|\\d{1,4},\\d{0,4}|,\\d{1,4}")) {
                    throw wrong("has a { that gives no number");
                }
                int comma = inside.indexOf(',');
                String from = comma < 0 ? inside : inside.substring(0, comma);
                String to = comma < 0 ? inside : inside.substring(comma + 1);
                least = from.isEmpty() ? 0 : Integer.parseInt(from);
                most = to.isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(to);
                if (least > MOST_REPEATS || (most > MOST_REPEATS && most < Integer.MAX_VALUE) || least > most) {
                    throw wrong("repeats by {" + inside + "}; allowed is up to " + MOST_REPEATS);
                }
                java.append('{')
                        .append(least)
                        .append(least == most ? "" : most == Integer.MAX_VALUE ? "," : "," + most);
                java.append('}');
                at = end + 1;
                interval = true;
            }
            default -> {
                return piece;
            }
        }
        if (!interval) {
            take();
        }
        boolean possessive = false;
        if (more() && pattern.charAt(at) == '?') {
            take();
        } else if (more() && pattern.charAt(at) == '+' && !interval) {
            possessive = true;
            take();
        }
        if (more() && "*+?{".indexOf(pattern.charAt(at)) >= 0) {
            throw wrong("repeats a repetition");
        }
        if (most > 1 && piece.choices() > 0) {
            throw wrong("repeats what itself repeats or chooses, which can take without an end");
        }
        int choices = piece.choices() + (least == most || possessive ? 0 : 1);
        return new Piece((int) Math.min(1 << 20, (long) least * piece.least()), choices);
    }

    private Piece atom(int depth) {
        char c = pattern.charAt(at);
        switch (c) {
            case '(' -> {
                return group(depth);
            }
            case '[' -> {
                characters(0);
                return new Piece(1, 0);
            }
            case '\\' -> {
                return escape(false);
            }
            case '^', '$' -> {
                take();
                return new Piece(0, 0);
            }
            case '*', '+', '?', '{' -> throw wrong("has a " + c + " with nothing before it");
            case '}', ']' -> {
                java.append('\\');
                take();
                return new Piece(1, 0);
            }
            default -> {
                int length = Character.charCount(pattern.codePointAt(at));
                if (c == '#') {
                    java.append('\\');
                }
                take(length);
                return new Piece(1, 0);
            }
        }
    }

    private Piece group(int depth) {
        boolean look = false;
        if (pattern.startsWith("(?", at)) {
            String rest = pattern.substring(at + 2);
            if (rest.startsWith(":") || rest.startsWith(">")) {
                take(3);
            } else if (rest.startsWith("=") || rest.startsWith("!")) {
                look = true;
                take(3);
            } else if (rest.startsWith("<=") || rest.startsWith("<!")) {
                look = true;
                take(4);
            } else if (rest.matches("(?s)<[A-Za-z][A-Za-z0-9]*>.*")) {
                take(3 + rest.indexOf('>'));
            } else if (rest.matches("(?s)(i|-i|m|im):.*")) {
                java.append(rest.startsWith("i") ? "(?iu:" : "(?:");
                at += 3 + rest.indexOf(':');
            } else if (rest.matches("(?s)i\\).*")) {
                java.append("(?iu)");
                at += 4;
                return new Piece(0, 0);
            } else {
                throw wrong("has a group that is not known, (?" + rest.substring(0, Math.min(3, rest.length())));
            }
        } else if (pattern.startsWith("(*", at)) {
            throw wrong("has a group that is not known, (*");
        } else {
            take();
        }
        Piece inner = alternatives(depth + 1);
        if (!more()) {
            throw wrong("has a ( without a )");
        }
        take();
        return look ? new Piece(0, inner.choices()) : inner;
    }

    /** From [ to its ]. */
    private void characters(int depth) {
        if (depth > MOST_DEPTH) {
            throw wrong("has sets more than " + MOST_DEPTH + " deep");
        }
        take();
        if (more() && pattern.charAt(at) == '^') {
            take();
        }
        if (more() && pattern.charAt(at) == ']') {
            throw wrong("has an empty set");
        }
        while (true) {
            if (!more()) {
                throw wrong("has a [ without a ]");
            }
            char c = pattern.charAt(at);
            if (c == ']') {
                take();
                return;
            } else if (pattern.startsWith("[:", at)) {
                throw wrong("has a set by name, such as [[:alpha:]]; write \\p{Alpha}");
            } else if (c == '[') {
                characters(depth + 1);
            } else if (c == '\\') {
                escape(true);
            } else {
                if (c == '#' || (c == '&' && !pattern.startsWith("&&", at) && !pattern.startsWith("&&", at - 1))) {
                    java.append('\\');
                }
                take(Character.charCount(pattern.codePointAt(at)));
            }
        }
    }

    private Piece escape(boolean inSet) {
        if (at + 1 >= pattern.length()) {
            throw wrong("ends with a \\");
        }
        char c = pattern.charAt(at + 1);
        if (c == 'p' || c == 'P') {
            int end = pattern.indexOf('}', at);
            if (!pattern.startsWith("{", at + 2) || end < 0) {
                throw wrong("has a \\" + c + " without a name in braces");
            }
            property(c, pattern.substring(at + 3, end));
            at = end + 1;
            return new Piece(1, 0);
        }
        if (c == 'x' || c == 'u') {
            return number(c);
        }
        if (c == 'h' || c == 'H') {
            java.append(c == 'h' ? "[0-9a-fA-F]" : "[^0-9a-fA-F]");
            at += 2;
            return new Piece(1, 0);
        }
        boolean anchor = !inSet && ANCHORS.indexOf(c) >= 0;
        boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter && !anchor && CLASSES.indexOf(c) < 0 && LETTERS.indexOf(c) < 0) {
            throw wrong("has \\" + c + ", which is not known here");
        }
        if (c == 'v') {
            java.append("\\x0B");
            at += 2;
        } else {
            if (!letter) {
                java.append('\\');
                at++;
                take(Character.charCount(pattern.codePointAt(at)));
                return new Piece(1, 0);
            }
            take(2);
        }
        return new Piece(anchor ? 0 : 1, 0);
    }

    private Piece number(char kind) {
        String rest = pattern.substring(at + 2);
        int braces = rest.startsWith("{") ? rest.indexOf('}') : -1;
        String digits = braces > 0
                ? rest.substring(1, braces)
                : rest.substring(0, Math.min(kind == 'x' ? 2 : 4, rest.length()));
        if (!digits.matches(braces > 0 ? "[0-9a-fA-F]{1,6}" : kind == 'x' ? "[0-7][0-9a-fA-F]" : "[0-9a-fA-F]{4}")
                || Integer.parseInt(digits, 16) > Character.MAX_CODE_POINT) {
            throw wrong("has \\" + kind + " without the number of a character");
        }
        java.append("\\x{").append(digits).append('}');
        at += 2 + (braces > 0 ? braces + 1 : digits.length());
        return new Piece(1, 0);
    }

    private void property(char kind, String given) {
        boolean not = given.startsWith("^") != (kind == 'P');
        String name = given.startsWith("^") ? given.substring(1) : given;
        if (!name.matches("[A-Za-z][A-Za-z_]{0,40}")) {
            throw wrong("has the property {" + given + "}, which is not known here");
        }
        for (String form : new String[] {name, "Is" + name, "In" + name}) {
            try {
                String text = (not ? "\\P{" : "\\p{") + form + "}";
                Pattern unused = Pattern.compile(text, Pattern.UNICODE_CHARACTER_CLASS);
                java.append(text);
                return;
            } catch (PatternSyntaxException e) {
                // the next form of the name
            }
        }
        throw wrong("has the property {" + given + "}, which is not known here");
    }

    private boolean more() {
        return at < pattern.length();
    }

    private void take() {
        take(1);
    }

    private void take(int count) {
        java.append(pattern, at, at + count);
        at += count;
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException(what);
    }
}
