// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;

/** A text as one line of JSON: {@code {"id": name, "text": text}}, with the names of the fields that are read. */
final class WholeText {
    private WholeText() {}

    static InputStream asLine(InputStream text, String name, JsonlOptions options) throws IOException {
        List<String> path = options.textField().names();
        StringBuilder before = new StringBuilder("{");
        if (options.idField().names().size() == 1) {
            before.append(quoted(options.idField().toString()))
                    .append(": ")
                    .append(quoted(name))
                    .append(", ");
        }
        before.append(quoted(path.get(0))).append(": ");
        path.subList(1, path.size())
                .forEach(part -> before.append('{').append(quoted(part)).append(": "));
        before.append('"');
        String after = "\"" + "}".repeat(path.size());
        return new SequenceInputStream(Collections.enumeration(
                List.of(bytes(before.toString()), new Escaped(withoutMark(text)), bytes(after))));
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String quoted(String text) {
        byte[] object = JsonFields.object(fields -> fields.put("s", text));
        return new String(object, 5, object.length - 6, StandardCharsets.UTF_8);
    }

    private static InputStream withoutMark(InputStream text) throws IOException {
        PushbackInputStream in = new PushbackInputStream(text, 3);
        byte[] head = in.readNBytes(3);
        boolean mark = head.length == 3 && head[0] == (byte) 0xEF && head[1] == (byte) 0xBB && head[2] == (byte) 0xBF;
        if (!mark) {
            in.unread(head);
        }
        return in;
    }

    /** Writes as a JSON string has to: quotes, backslashes and control characters escaped, all else as it is. */
    private static final class Escaped extends BlockStream {
        private final InputStream in;
        private static final byte[][] CONTROL = new byte[' '][];

        static {
            for (int c = 0; c < ' '; c++) {
                String code = c == '\n' ? "\\n" : c == '\t' ? "\\t" : c == '\r' ? "\\r" : String.format("\\u%04x", c);
                CONTROL[c] = code.getBytes(StandardCharsets.US_ASCII);
            }
        }

        private final byte[] plain = new byte[1 << 13];
        private final byte[] escaped = new byte[6 * plain.length];
        private int from;
        private int to;

        Escaped(InputStream in) {
            this.in = in;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (from == to) {
                int count = in.read(plain, 0, plain.length);
                if (count <= 0) {
                    return count;
                }
                from = 0;
                to = 0;
                for (int i = 0; i < count; i++) {
                    escape(plain[i]);
                }
            }
            int count = Math.min(length, to - from);
            System.arraycopy(escaped, from, target, offset, count);
            from += count;
            return count;
        }

        private void escape(byte b) {
            if (b == '"' || b == '\\') {
                escaped[to++] = '\\';
                escaped[to++] = b;
            } else if (b >= 0 && b < ' ') {
                byte[] code = CONTROL[b];
                System.arraycopy(code, 0, escaped, to, code.length);
                to += code.length;
            } else {
                escaped[to++] = b;
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
