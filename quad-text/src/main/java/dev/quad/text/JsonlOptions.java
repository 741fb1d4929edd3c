// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How records are read. Immutable. */
public final class JsonlOptions {

    /** The name that public corpora (C4, Pile, Dolma, FineWeb) use. */
    public static final String DEFAULT_TEXT_FIELD = "text";

    /** The name that public corpora use. */
    public static final String DEFAULT_ID_FIELD = "id";

    /** 64 MiB: above the longest documents of public corpora, and what one damaged file can make a reader hold. */
    public static final int DEFAULT_MAX_LINE_BYTES = 64 << 20;

    /** 250: several times what the most repetitive of real texts reach. */
    public static final int DEFAULT_MAX_EXPANSION = 250;

    private final FieldPath textField;
    private final FieldPath idField;
    private final boolean skipBadLines;
    private final int maxLineBytes;
    private final int maxExpansion;

    private JsonlOptions(Builder builder) {
        this(
                FieldPath.parse(builder.textField),
                FieldPath.parse(builder.idField),
                builder.skipBadLines,
                builder.maxLineBytes,
                builder.maxExpansion);
    }

    private JsonlOptions(
            FieldPath textField, FieldPath idField, boolean skipBadLines, int maxLineBytes, int maxExpansion) {
        this.textField = textField;
        this.idField = idField;
        this.skipBadLines = skipBadLines;
        this.maxLineBytes = maxLineBytes;
        this.maxExpansion = maxExpansion;
    }

    /**
     * The same with the text in another field.
     *
     * @throws IllegalArgumentException as of {@link Builder#build}
     */
    public JsonlOptions withTextField(String path) {
        Objects.requireNonNull(path, "the field with the text is null");
        return new JsonlOptions(FieldPath.parse(path), idField, skipBadLines, maxLineBytes, maxExpansion);
    }

    /** The defaults. */
    public static JsonlOptions defaults() {
        return builder().build();
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Whether bad lines are skipped and reported; otherwise the first one ends the read. */
    public boolean skipBadLines() {
        return skipBadLines;
    }

    FieldPath textField() {
        return textField;
    }

    FieldPath idField() {
        return idField;
    }

    int maxLineBytes() {
        return maxLineBytes;
    }

    int maxExpansion() {
        return maxExpansion;
    }

    private List<Object> values() {
        return List.of(textField, idField, skipBadLines, maxLineBytes, maxExpansion);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JsonlOptions that && values().equals(that.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    @Override
    public String toString() {
        return "textField=" + textField + ", idField=" + idField + ", skipBadLines=" + skipBadLines + ", maxLineBytes="
                + maxLineBytes;
    }

    /** Collects options. */
    public static final class Builder {
        private String textField = DEFAULT_TEXT_FIELD;
        private String idField = DEFAULT_ID_FIELD;
        private boolean skipBadLines;
        private int maxLineBytes = DEFAULT_MAX_LINE_BYTES;
        private int maxExpansion = DEFAULT_MAX_EXPANSION;

        private Builder() {}

        /**
         * The field with the text, {@value #DEFAULT_TEXT_FIELD} by default; {@code data.body} is the field of that
         * name, or else {@code body} in the object {@code data}.
         */
        public Builder textField(String path) {
            this.textField = Objects.requireNonNull(path, "textField is null; leave it out for the default");
            return this;
        }

        /**
         * The field with the id, a string or a number, {@value #DEFAULT_ID_FIELD} by default; {@code meta.id} is the
         * field of that name, or else {@code id} in the object {@code meta}. A document without it gets the id
         * {@code <file name>:<line>}.
         */
        public Builder idField(String path) {
            this.idField = Objects.requireNonNull(path, "idField is null; leave it out for the default");
            return this;
        }

        /** Whether to skip and report bad lines rather than to stop at the first; false by default. */
        public Builder skipBadLines(boolean skip) {
            this.skipBadLines = skip;
            return this;
        }

        /** The longest line, in bytes without its end, in {@code [16, 2^30]}; 64 MiB by default. */
        public Builder maxLineBytes(int bytes) {
            if (bytes < 16 || bytes > 1 << 30) {
                throw new IllegalArgumentException("the longest line (--max-line-bytes) is to have " + bytes
                        + " bytes; allowed is 16 to " + (1 << 30));
            }
            this.maxLineBytes = bytes;
            return this;
        }

        /**
         * How many bytes of text a byte of a packed file may hold on the whole, {@code >= 1};
         * {@value #DEFAULT_MAX_EXPANSION} by default. Looked at once there is 1 MiB of text, or 256 MiB of Parquet.
         */
        public Builder maxExpansion(int ratio) {
            if (ratio < 1) {
                throw new IllegalArgumentException("a byte of a packed file is to hold at most " + ratio
                        + " bytes of text (--max-expansion); allowed is 1 or more");
            }
            this.maxExpansion = ratio;
            return this;
        }

        /**
         * The finished options.
         *
         * @throws IllegalArgumentException if a field path is blank, or has more than 60 dots
         */
        public JsonlOptions build() {
            return new JsonlOptions(this);
        }
    }
}
