// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import dev.quad.InputException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The header of an NPY file, versions 1 to 3 (NumPy enhancement proposal 1). */
public final class Npy {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int LONGEST_HEADER = 1 << 16;
    private static final Pattern DESCR = Pattern.compile("['\"]descr['\"]\\s*:\\s*['\"]([^'\"]*)['\"]");
    private static final Pattern ORDER = Pattern.compile("['\"]fortran_order['\"]\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("['\"]shape['\"]\\s*:\\s*\\(\\s*([0-9L,\\s]*)\\)");

    private Npy() {}

    /**
     * A matrix that is stored by rows.
     *
     * @param type as NumPy writes it, such as {@code <f4}
     * @param dataStart where the first row begins, in bytes from the start of the file
     */
    public record Matrix(String type, long rows, long columns, long dataStart) {}

    private record Header(String descr, List<String> shape, long dataStart) {}

    /** Whether an open file begins as NPY files do; leaves it after that. */
    public static boolean begins(RandomAccessFile in) throws IOException {
        byte[] start = new byte[MAGIC.length];
        in.seek(0);
        in.readFully(start);
        return Arrays.equals(start, MAGIC);
    }

    /** Reads the header of a matrix in an open file that {@link #begins} so. */
    public static Matrix matrix(Path file, RandomAccessFile in) throws IOException {
        Header header = header(file, in);
        List<String> shape = header.shape();
        if (shape.size() != 2) {
            throw new InputException(file + " has the shape (" + String.join(", ", shape)
                    + "); embeddings have two sizes, rows × dimension");
        }
        return new Matrix(header.descr(), number(file, shape.get(0)), number(file, shape.get(1)), header.dataStart());
    }

    /** Reads the header of a vector in an open file that {@link #begins} so; returns its length. */
    public static int vector(Path file, RandomAccessFile in, String descr) throws IOException {
        Header header = header(file, in);
        long length = header.shape().size() == 1 ? number(file, header.shape().get(0)) : -1;
        if (!header.descr().equals(descr) || length < 0 || length > Integer.MAX_VALUE) {
            throw new InputException(file + " has type " + header.descr() + " and shape ("
                    + String.join(", ", header.shape()) + "); a vector of type " + descr + " is needed");
        }
        return (int) length;
    }

    private static Header header(Path file, RandomAccessFile in) throws IOException {
        in.seek(MAGIC.length);
        int version = in.readUnsignedByte();
        in.readUnsignedByte();
        byte[] size = new byte[version == 1 ? 2 : 4];
        in.readFully(size);
        int length = version == 1
                ? Byte.toUnsignedInt(size[0]) | (Byte.toUnsignedInt(size[1]) << 8)
                : ByteBuffer.wrap(size).order(ByteOrder.LITTLE_ENDIAN).getInt();
        if (version < 1 || version > 3 || length < 0 || length > LONGEST_HEADER) {
            throw unsound(file, "version " + version + " and a header of " + length + " bytes");
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        String header = new String(bytes, StandardCharsets.UTF_8);
        if (find(file, ORDER, header).equals("True")) {
            throw new InputException(file + " is stored by columns (fortran_order is True); save it by rows, with"
                    + " np.save(file, np.ascontiguousarray(x))");
        }
        String[] shape = find(file, SHAPE, header).replace("L", "").trim().split("\\s*,\\s*", 0);
        return new Header(find(file, DESCR, header), List.of(shape), in.getFilePointer());
    }

    private static long number(Path file, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new InputException(file + " has the size \"" + text + "\" in its shape; a number is needed", e);
        }
    }

    private static String find(Path file, Pattern pattern, String header) {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw unsound(file, "the header " + header.strip());
        }
        return matcher.group(1);
    }

    private static InputException unsound(Path file, String found) {
        return new InputException(file + " is not a sound NPY file: it has " + found + "; write it again");
    }

    /** The header of a matrix. */
    public static byte[] header(String descr, int rows, int columns) {
        return header(descr, rows + ", " + columns);
    }

    /** The header of a vector. */
    public static byte[] header(String descr, int length) {
        return header(descr, length + ",");
    }

    /** A header, a multiple of 64 bytes long as NumPy makes it. */
    private static byte[] header(String descr, String shape) {
        String dictionary = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }";
        int start = MAGIC.length + 4;
        int length = (start + dictionary.length() + 1 + 63) / 64 * 64 - start;
        String padded = dictionary + " ".repeat(length - 1 - dictionary.length()) + "\n";
        return ByteBuffer.allocate(start + length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) length)
                .put(padded.getBytes(StandardCharsets.US_ASCII))
                .array();
    }
}
