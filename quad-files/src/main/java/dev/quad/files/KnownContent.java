// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import dev.quad.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a file is by its first bytes, where people take such files for others: downloads that brought something else
 * than was asked for, and formats that are named alike or lie side by side. Whoever expects one of these formats leaves
 * it out of the question.
 *
 * @param form the format
 * @param name what it is, with an article: {@code a Git LFS pointer}
 * @param advice what to do to have what was expected, as the end of a sentence
 */
public record KnownContent(Form form, String name, String advice) {

    /** How many bytes of a file are needed. */
    public static final int HEAD_BYTES = 512;

    /** The formats that are known. */
    public enum Form {
        /** The few lines that stand for a large file in a repository. */
        POINTER,
        /** HTML or XML: the page of an error, or a text that is no record. */
        MARKUP,
        /** gzip, whatever is in it. */
        GZIP,
        /** Zstandard, whatever is in it. */
        ZSTD,
        /** Parquet; columns may be encrypted, which its footer says. */
        PARQUET,
        /** Parquet with a footer that is encrypted. */
        ENCRYPTED_PARQUET,
        /** Arrow in its stream or file form. */
        ARROW,
        /** An array of NumPy. */
        NPY,
        /** safetensors. */
        SAFETENSORS,
        /** Text in UTF-16 or UTF-32. */
        WIDE_TEXT,
        /** Any other that is not text. */
        BINARY
    }

    private static final String DOCUMENTS = "give JSONL, text or Parquet";
    private static final String UNPACK = "unpack it, or pack it with gzip or zstd";
    private static final String CONVERT = "take the text out of it";
    private static final List<String> MARKUP = List.of("<!doctype", "<html", "<head", "<?xml", "<error>", "<body");

    /** What a file holds by its first bytes; empty where it may be text, or is nothing that is known. */
    public static Optional<KnownContent> of(byte[] head) {
        return Optional.ofNullable(find(head));
    }

    /**
     * As the other, of a file.
     *
     * @throws IOException if it cannot be read
     */
    public static Optional<KnownContent> of(Path file) throws IOException {
        return of(head(file));
    }

    private static byte[] head(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(HEAD_BYTES);
        }
    }

    /**
     * Fails if a file that should be something else is one of these.
     *
     * @param path the file, for the message
     * @param head its first bytes, {@value #HEAD_BYTES} if there are as many
     * @param expected the format that is no fault
     * @throws InputException if it is known for another; names both and tells what to do
     */
    public static void refuse(Path path, byte[] head, Form... expected) {
        KnownContent content = find(head);
        if (content != null && !List.of(expected).contains(content.form())) {
            throw new InputException(path + " " + content.words());
        }
    }

    /**
     * As the other, of a file.
     *
     * @throws InputException also if it is a folder, a pipe or a device
     * @throws IOException if it cannot be read
     */
    public static void refuse(Path path, Form... expected) throws IOException {
        RegularFile.require(path);
        refuse(path, head(path), expected);
    }

    /**
     * What to tell of a file that should have been something else, as the rest of a sentence that begins with its name.
     */
    public String words() {
        return "is " + name + ": " + advice;
    }

    private static @Nullable KnownContent find(byte[] head) {
        String start = new String(head, 0, Math.min(64, head.length), StandardCharsets.ISO_8859_1);
        if (start.startsWith("version https://git-lfs") || start.startsWith("version http://git-media")) {
            return new KnownContent(
                    Form.POINTER, "a Git LFS pointer, not the file that it stands for", "run `git lfs pull` there");
        }
        KnownContent binary = binary(head, start);
        return binary != null ? binary : markup(start);
    }

    private static @Nullable KnownContent markup(String start) {
        String text = (start.startsWith("\u00EF\u00BB\u00BF") ? start.substring(3) : start)
                .stripLeading()
                .toLowerCase(Locale.ROOT);
        if (MARKUP.stream().noneMatch(text::startsWith)) {
            return null;
        }
        boolean xml = text.startsWith("<?xml") || text.startsWith("<error>");
        return new KnownContent(
                Form.MARKUP,
                xml ? "XML, such as a store's error message" : "an HTML page, such as a site's error page",
                "look into it, and download the file again");
    }

    private static @Nullable KnownContent binary(byte[] head, String start) {
        if (isSafetensors(head)) { // before others, since it begins with a number, which may look like anything
            return new KnownContent(
                    Form.SAFETENSORS, "safetensors", "give it where embeddings or a model's weights are read");
        }
        if (starts(head, 0x1F, 0x8B)) {
            return new KnownContent(Form.GZIP, "gzip", "unpack it with gunzip");
        }
        if (starts(head, 0x28, 0xB5, 0x2F, 0xFD)
                || (head.length >= 4 && (head[0] & 0xF0) == 0x50 && starts(head, head[0] & 0xFF, 0x2A, 0x4D, 0x18))) {
            return new KnownContent(Form.ZSTD, "zstd", "unpack it with unzstd");
        }
        if (start.startsWith("PAR1")) {
            return new KnownContent(Form.PARQUET, "Parquet", "give it where documents are read");
        }
        if (start.startsWith("PARE")) {
            return new KnownContent(Form.ENCRYPTED_PARQUET, "encrypted Parquet", "write it without encryption");
        }
        boolean stream = starts(head, 0xFF, 0xFF, 0xFF, 0xFF) // then the length of a schema, a few kilobytes
                && head.length >= 8
                && head[7] == 0;
        if (start.startsWith("ARROW1") || start.startsWith("FEA1") || stream) {
            return new KnownContent(
                    Form.ARROW,
                    stream ? "an Arrow stream" : "an Arrow file",
                    "write it as Parquet (in Python: datasets.load_from_disk(…).to_parquet(…), or"
                            + " pyarrow.parquet.write_table)");
        }
        if (starts(head, 0x93, 'N', 'U', 'M', 'P', 'Y')) {
            return new KnownContent(Form.NPY, "an NPY array of NumPy", "give it where embeddings are read");
        }
        if (starts(head, 0xFE, 0xFF) || starts(head, 0xFF, 0xFE)) {
            return new KnownContent(Form.WIDE_TEXT, "UTF-16 text", "write it as UTF-8 (iconv -f UTF-16 -t UTF-8)");
        }
        String[] other = other(head, start);
        return other.length == 0 ? null : new KnownContent(Form.BINARY, other[0], other[1]);
    }

    private static boolean isSafetensors(byte[] head) {
        return head.length > 9
                && head[5] == 0
                && head[6] == 0
                && head[7] == 0
                && head[8] == '{'
                && (head[9] == '"' || head[9] == '}' || head[9] == ' ');
    }

    /** Name and advice, or nothing. */
    private static String[] other(byte[] head, String start) {
        if (starts(head, 'P', 'K', 3, 4) || starts(head, 'P', 'K', 5, 6)) {
            return zip(new String(head, StandardCharsets.ISO_8859_1));
        }
        if (starts(head, 0x80) && head.length > 1 && head[1] >= 2 && head[1] <= 5) {
            return new String[] {
                "a pickle of Python or PyTorch",
                "save it in an open format: weights as safetensors"
                        + " (safetensors.torch.save_file), arrays with numpy.save, records as JSONL"
            };
        }
        if (head.length >= 262 && "ustar".equals(new String(head, 257, 5, StandardCharsets.ISO_8859_1))) {
            return new String[] {"a tar archive", "unpack it, and give the folder"};
        }
        if (starts(head, 0x37, 0x7A, 0xBC, 0xAF) || start.startsWith("Rar!")) {
            return new String[] {start.startsWith("Rar!") ? "a RAR archive" : "a 7z archive", "unpack it"};
        }
        if (start.startsWith("BZh") || starts(head, 0xFD, '7', 'z', 'X', 'Z') || starts(head, 4, 0x22, 0x4D, 0x18)) {
            return new String[] {start.startsWith("BZh") ? "bzip2" : starts(head, 4) ? "LZ4" : "xz", UNPACK};
        }
        if (start.startsWith("%PDF-")) {
            return new String[] {"a PDF", CONVERT + " (pdftotext)"};
        }
        if (starts(head, 0xD0, 0xCF, 0x11, 0xE0) || start.startsWith("{\\rtf")) {
            return new String[] {"a document of a word processor", CONVERT};
        }
        if (starts(head, 0x89, 'P', 'N', 'G')
                || starts(head, 0xFF, 0xD8, 0xFF)
                || start.startsWith("GIF8")
                || (start.startsWith("RIFF") && head.length > 7 && head[7] < ' ')) {
            return new String[] {"a picture or sound", DOCUMENTS};
        }
        if (start.startsWith("GGUF")) {
            return new String[] {"a GGUF model", "get the model as safetensors"};
        }
        if (starts(head, 0x89, 'H', 'D', 'F')) {
            return new String[] {"HDF5", "write it as Parquet, NPY or safetensors"};
        }
        if (start.startsWith("SQLite format 3\0")) {
            return new String[] {"an SQLite database", "write its table as JSONL or Parquet"};
        }
        if (start.startsWith("Obj\u0001") || start.startsWith("ORC")) {
            return head.length > 3 && (head[3] < ' ')
                    ? new String[] {start.startsWith("ORC") ? "ORC" : "Avro", "write it as Parquet"}
                    : new String[0];
        }
        if (starts(head, 0x7F, 'E', 'L', 'F')) {
            return new String[] {"a program", DOCUMENTS};
        }
        return new String[0];
    }

    private static String[] zip(String head) {
        if (head.contains(".npy")) {
            return new String[] {"an NPZ archive of NumPy", "save one array with numpy.save"};
        }
        if (head.contains("data.pkl") || head.contains("data/")) {
            return new String[] {
                "a PyTorch file or a zip archive",
                "save weights as safetensors (safetensors.torch.save_file), or unpack it"
            };
        }
        if (head.contains("[Content_Types]") || head.contains("mimetype")) {
            return new String[] {"an office document or e-book", CONVERT};
        }
        return new String[] {"a zip archive", UNPACK};
    }

    private static boolean starts(byte[] head, int... bytes) {
        if (head.length < bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if ((head[i] & 0xFF) != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
