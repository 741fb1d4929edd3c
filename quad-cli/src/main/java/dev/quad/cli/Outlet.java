// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.Visible;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A standard stream. Whatever text is printed is made {@link Visible}, but for line feeds, so that no name and no text
 * of an input acts on a terminal; what the stream's encoding cannot express is written by its code. It remembers that
 * it could not be written to.
 */
final class Outlet extends PrintStream {
    private final Sink sink;

    private Outlet(Sink sink) {
        super(sink, true, StandardCharsets.UTF_8);
        this.sink = sink;
    }

    static Outlet over(OutputStream target, Charset charset) {
        return new Outlet(new Sink(target, charset));
    }

    /** Writes what is meant for the terminal itself. */
    void control(String sequence) {
        try {
            raw().write(sequence.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            setError(); // the stream remembers why
        }
    }

    /** Where bytes go as they are: records and other data. */
    OutputStream raw() {
        flush();
        return sink.raw;
    }

    /** Why the stream could not be written to, if that is so. */
    Optional<IOException> failure() {
        flush();
        return Optional.ofNullable(sink.failure);
    }

    /** Takes UTF-8, in pieces that may end anywhere. */
    private static final class Sink extends OutputStream {
        private final OutputStream raw;
        private final Charset charset;
        private final CharsetEncoder encoder;
        private final CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        private byte[] pending = new byte[0];
        private @Nullable IOException failure;

        Sink(OutputStream target, Charset charset) {
            this.charset = charset;
            this.encoder = charset.newEncoder();
            this.raw = new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int from, int length) throws IOException {
                    try {
                        target.write(bytes, from, length);
                    } catch (IOException e) {
                        throw remembered(e);
                    }
                }

                @Override
                public void flush() throws IOException {
                    try {
                        target.flush();
                    } catch (IOException e) {
                        throw remembered(e);
                    }
                }
            };
        }

        private IOException remembered(IOException e) {
            if (failure == null) {
                failure = e;
            }
            return e;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            ByteBuffer in = ByteBuffer.allocate(pending.length + length)
                    .put(pending)
                    .put(bytes, from, length)
                    .flip();
            CharBuffer text = CharBuffer.allocate(in.remaining());
            decoder.reset().decode(in, text, false);
            pending = new byte[in.remaining()];
            in.get(pending);
            StringBuilder shown = new StringBuilder();
            text.flip().codePoints().forEach(c -> {
                if (c == '\n') {
                    shown.append('\n');
                } else if (encoder.canEncode(Character.toString(c))) {
                    Visible.append(shown, c);
                } else {
                    Visible.code(shown, c);
                }
            });
            raw.write(shown.toString().getBytes(charset));
        }

        @Override
        public void flush() throws IOException {
            raw.flush();
        }
    }
}
