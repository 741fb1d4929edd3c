// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.quad.InputException;
import dev.quad.MismatchException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
    private static final int CHUNK = 1 << 20;

    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("x.safetensors");
    }

    private void writeSmall() throws IOException {
        new SafetensorsWriter(Map.of("z", "last", "format", "test", "a", "\"ü\n"))
                .add("floats", FloatBuffer.wrap(new float[] {9, 1, 2, 3, 4, 5, 6, 9}, 1, 6), 2, 3)
                .add("doubles", new double[] {Math.PI, Double.NaN, -0.0}, 3)
                .add("scalar", new double[] {7})
                .add("nothing", new double[0], 0, 5)
                .write(file());
    }

    /** A file with this header, padded to no length, and so many bytes of data. */
    private Path written(String header, int data) throws IOException {
        return written(header, StandardCharsets.UTF_8, data);
    }

    private Path written(String header, Charset charset, int data) throws IOException {
        byte[] json = header.getBytes(charset);
        Files.write(
                file(),
                ByteBuffer.allocate(8 + json.length + data)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(json.length)
                        .put(json)
                        .array());
        return file();
    }

    private void refused(String header, int data, String... parts) throws IOException {
        written(header, data);
        assertThatThrownBy(() -> Safetensors.open(file()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file() + " is not a sound safetensors file")
                .hasMessageContaining("write it again")
                .satisfies(e -> {
                    for (String part : parts) {
                        assertThat(e).hasMessageContaining(part);
                    }
                });
    }

    @ParameterizedTest
    @CsvSource({
        "'version https://git-lfs.github.com/spec/v1', 'a Git LFS pointer'",
        "'<html><body>gone</body></html>', 'an HTML page'",
        "PAR1PAR1PAR1, Parquet",
    })
    void open_fileThatIsSomethingElse_isNamed(String content, String name) throws IOException {
        Files.writeString(file(), content);
        assertThatThrownBy(() -> Safetensors.open(file()))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file() + " is " + name);
    }

    /** Its first bytes are a number, here one that is how gzip begins. */
    @Test
    void open_fileThatBeginsLikeAnother_isReadOrCalledDamaged() throws IOException {
        Path sound = written("{}" + " ".repeat(0x8B1F - 2), 0);
        assertThat(Safetensors.open(sound).names()).isEmpty();
        refused("{\"a\":1" + " ".repeat(0x8B1F - 6), 0, "its header has a whole number where an object");
    }

    @Test
    void write_thenRead_isTheSameToTheBit() throws IOException {
        writeSmall();
        Safetensors read = Safetensors.open(file());
        assertThat(read.names()).containsExactly("floats", "doubles", "scalar", "nothing");
        assertThat(read.shape("floats")).containsExactly(2, 3);
        assertThat(read.shape("scalar")).isEmpty();
        assertThat(read.doubles("doubles")).containsExactly(Math.PI, Double.NaN, -0.0);
        assertThat(read.doubles("scalar")).containsExactly(7);
        assertThat(read.doubles("nothing")).isEmpty();
        assertThat(read.metadata("a")).isEqualTo("\"ü\n");
        FloatBuffer target = FloatBuffer.allocate(8);
        read.floats("floats", target.position(1));
        assertThat(target.array()).containsExactly(0, 1, 2, 3, 4, 5, 6, 0);
    }

    @Test
    void write_again_givesTheSameBytes() throws IOException {
        writeSmall();
        byte[] first = Files.readAllBytes(file());
        writeSmall();
        assertThat(Files.readAllBytes(file())).isEqualTo(first);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file());
        }
    }

    @Test
    void write_anyHeader_putsTheDataAtAMultipleOfEight() throws IOException {
        for (int n = 0; n < 9; n++) {
            new SafetensorsWriter(Map.of())
                    .add("x".repeat(n + 1), new double[1], 1)
                    .write(file());
            assertThat(ByteBuffer.wrap(Files.readAllBytes(file()))
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong())
                    .isEqualTo(Files.size(file()) - 16)
                    .matches(header -> header % 8 == 0);
        }
    }

    @Test
    void write_moreThanAChunk_readsBack() throws IOException {
        double[] many = new double[CHUNK + 3];
        Arrays.setAll(many, i -> i);
        float[] floats = new float[many.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) many[i] / 3;
        }
        new SafetensorsWriter(Map.of())
                .add("f", FloatBuffer.wrap(floats), many.length)
                .add("d", many, many.length)
                .write(file());
        Safetensors read = Safetensors.open(file()).verified();
        assertThat(read.doubles("d")).isEqualTo(many);
        FloatBuffer target = FloatBuffer.allocate(many.length);
        read.floats("f", target);
        assertThat(target.array()).isEqualTo(floats);
    }

    @Test
    void write_interruptedThread_writesAndReadsAllTheSame() throws IOException {
        Thread.currentThread().interrupt();
        try {
            writeSmall();
            assertThat(Safetensors.open(file()).doubles("scalar")).containsExactly(7);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void add_shapeOfAnotherSize_isAnError() {
        assertThatThrownBy(() -> new SafetensorsWriter(Map.of()).add("x", new double[5], 2, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tensor x has 5 elements, its shape 6");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "__metadata__"})
    void add_nameThatIsTaken_isAnError(String name) {
        SafetensorsWriter writer = new SafetensorsWriter(Map.of()).add("x", new double[1], 1);
        assertThatThrownBy(() -> writer.add(name, new double[1], 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name);
    }

    @Test
    void open_truncatedAnywhere_isAnInputError() throws IOException {
        writeSmall();
        byte[] whole = Files.readAllBytes(file());
        for (int length = 0; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> Safetensors.open(file()))
                    .as("%s of %s bytes", length, whole.length)
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(file().toString());
        }
    }

    @Test
    void read_truncatedAfterOpen_isAnInputError() throws IOException {
        writeSmall();
        Safetensors read = Safetensors.open(file());
        Files.write(file(), Arrays.copyOf(Files.readAllBytes(file()), (int) Files.size(file()) - 1));
        assertThatThrownBy(() -> read.doubles("scalar"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("it ends before byte");
    }

    @Test
    void open_missingFile_isAnIoError() {
        assertThatThrownBy(() -> Safetensors.open(file())).isInstanceOf(FileNotFoundException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 1, 100_000_001, Long.MAX_VALUE, Long.MIN_VALUE, 3})
    void open_headerLengthThatCannotBe_namesIt(long length) throws IOException {
        Files.write(
                file(),
                ByteBuffer.allocate(10)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(length)
                        .put("{}".getBytes(StandardCharsets.UTF_8))
                        .array());
        assertThatThrownBy(() -> Safetensors.open(file()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("a header of " + length + " bytes; the file has 10 bytes");
    }

    @Test
    void open_overlappingTensors_namesThem() throws IOException {
        refused("""
                {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "\"b\" lies at bytes [4, 12) of 12");
    }

    @ParameterizedTest
    @CsvSource({"0, 16", "-8, 0", "8, 0", "0, 9223372036854775807"})
    void open_rangeOutsideTheFile_namesIt(long from, long to) throws IOException {
        refused(
                "{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[" + from + "," + to + "]}}",
                8,
                "\"a\" lies at bytes [" + from + ", " + to + ") of 8");
    }

    @ParameterizedTest
    @CsvSource({"'[3]', 0, 8", "'[1]', 0, 8", "'[2]', 0, 7", "'[]', 0, 8", "'[0,3]', 0, 8"})
    void open_sizeThatDoesNotFitTheShape_isRefused(String shape, int from, int to) throws IOException {
        refused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":[" + from + "," + to + "]}}",
                8,
                "tensor \"a\" of type F32 has");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"[-1]", "[-1,-2]", "[4294967296]", "[2147483647,2147483647,2147483647]", "[99999999999999999999]"
            })
    void open_shapeThatCannotBe_isRefused(String shape) throws IOException {
        refused("{\"a\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":[0,8]}}", 8);
    }

    @Test
    void open_unknownType_namesIt() throws IOException {
        refused("{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "\"F31\"");
    }

    @Test
    void open_duplicateKey_isRefused() throws IOException {
        String tensor = "\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";
        refused("{" + tensor + "," + tensor + "}", 0, "its header has the name 'a' twice (byte ");
        refused("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "'dtype'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "12",
                "\"x\"",
                "null",
                "  ",
                "{\"a\"",
                "{\"a\":1}",
                "{\"a\":{}}",
                "{\"__metadata__\":[]}",
                "{\"__metadata__\":{\"k\":1}}",
                "{\"a\":{\"dtype\":1}}",
                "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0.5],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[[0]],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":0}}",
                "{} {}",
                "{}x",
                "{}]",
            })
    void open_headerOfAnotherForm_isRefused(String header) throws IOException {
        refused(header, 0);
    }

    /** In words of the format, and not of the parser. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'__metadata__':{'a':1}} | its header has a whole number where a text belongs (byte 30)",
                "{'a':{'dtype':'F32','shape':{},'data_offsets':[0,0]}} | has an object where a list belongs",
                "{'a':{'shape':[4611686018427387904,8]}} | 'a' the size 4611686018427387904; allowed is 0 to 2147483647",
                "{'a':{'shape':[99999999999999999999]}} | its header has a number or a name that is far too long",
                "{'a':{'b':{'b':{}}}} | its header gives the tensor 'a' the unknown field 'b'",
                "{'a':{'dtype':'F32','shape':[2147483647,2147483647,4],'data_offsets':[0,0]}} | has 18446744056529682436 e",
                "{'a' | its header is not JSON (byte ",
            })
    void open_badHeader_saysWhatIsWrong(String header, String message) throws IOException {
        written(header.replace('\'', '"'), 0);
        assertThatThrownBy(() -> Safetensors.open(file()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message.replace('\'', '"'))
                .hasMessageContaining("get a whole copy, or write it again")
                .hasMessageNotContainingAny("REDACTED", "VALUE_", "Source");
    }

    @Test
    void open_bytesThatAreNotText_isRefused() throws IOException {
        written("{\"\u00ff\":1}", StandardCharsets.ISO_8859_1, 0);
        assertThatThrownBy(() -> Safetensors.open(file())).isInstanceOf(InputException.class);
        // looks like UTF-32 to a parser that guesses
        Files.write(file(), new byte[] {8, 0, 0, 0, 0, 0, 0, 0, '{', 0, 0, 0, 0, 0, 0, '}'});
        assertThatThrownBy(() -> Safetensors.open(file())).isInstanceOf(InputException.class);
        Files.write(file(), new byte[] {4, 0, 0, 0, 0, 0, 0, 0, 0, '{', 0, 0});
        assertThatThrownBy(() -> Safetensors.open(file())).isInstanceOf(InputException.class);
    }

    @Test
    void open_paddedHeader_isRead() throws IOException {
        written("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}    \n", 8);
        assertThat(Safetensors.open(file()).doubles("a")).containsExactly(0);
    }

    /** As the safetensors library does: bytes that belong to no tensor are a damage. */
    @Test
    void open_bytesOfNoTensor_isRefused() throws IOException {
        String tensor = "{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":";
        refused(tensor + "[0,8]}}", 12, "4 bytes follow the last tensor");
        refused(tensor + "[8,16]}}", 16, "\"a\" lies at bytes [8, 16) of 16", "the tensor before it ends at 0");
    }

    @Test
    void open_pipeOrFolder_isRefused() throws Exception {
        assumeThat(new ProcessBuilder("mkfifo", file().toString()).start().waitFor())
                .isZero();
        assertThatThrownBy(() -> Safetensors.open(file()))
                .isInstanceOf(InputException.class)
                .hasMessage(file() + " is a pipe or a device; write what it gives to a file, and give that");
        assertThatThrownBy(() -> Safetensors.open(folder))
                .isInstanceOf(InputException.class)
                .hasMessage(folder + " is a folder; give a file");
    }

    @Test
    void open_otherFormatEntry_namesBoth() throws IOException {
        writeSmall();
        assertThatThrownBy(() -> Safetensors.open(file(), "wanted"))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("\"test\"")
                .hasMessageContaining("\"wanted\"");
        written("{}", 0);
        assertThatThrownBy(() -> Safetensors.open(file(), "wanted"))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("\"none\"");
    }

    @Test
    void read_missingNameTypeOrEntry_isNamed() throws IOException {
        writeSmall();
        Safetensors read = Safetensors.open(file());
        assertThatThrownBy(() -> read.doubles("absent"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no tensor \"absent\"")
                .hasMessageContaining("floats");
        assertThatThrownBy(() -> read.doubles("floats"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("has type F32; F64 is needed");
        assertThatThrownBy(() -> read.metadata("absent"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no entry \"absent\"");
        assertThatThrownBy(() -> read.metadataLong("format"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("not a whole number: test");
    }

    @Test
    void verified_anyByteChanged_isRefused() throws IOException {
        writeSmall();
        byte[] whole = Files.readAllBytes(file());
        for (int at = 0; at < whole.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] damaged = whole.clone();
                damaged[at] ^= (byte) (1 << bit);
                Files.write(file(), damaged);
                if (isMark(whole, at)) {
                    continue;
                }
                assertThatThrownBy(() -> Safetensors.open(file()).verified())
                        .as("bit %s of byte %s", bit, at)
                        .isInstanceOf(InputException.class)
                        .hasMessageContaining(file().toString());
            }
        }
    }

    /** Of the name of the checksum: without it a file is one of another program, and what it holds is whole. */
    private static boolean isMark(byte[] whole, int at) {
        int digits = Seal.find(whole);
        return at >= digits - Seal.KEY.length() - 4 && at < digits;
    }

    @Test
    void verified_bytesBehindTheEnd_isRefused() throws IOException {
        writeSmall();
        Files.write(file(), new byte[1], StandardOpenOption.APPEND);
        assertThatThrownBy(() -> Safetensors.open(file()).verified())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("1 bytes follow the last tensor")
                .hasMessageContaining("--resume");
    }

    @Test
    void verified_fileOfAnotherProgram_isTakenAsItIs() throws IOException {
        written("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8);
        assertThat(Safetensors.open(file()).verified().doubles("a")).containsExactly(0);
    }

    @Test
    void write_thatFails_leavesNothing() throws IOException {
        Files.createDirectory(file());
        assertThatThrownBy(this::writeSmall)
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("cannot write " + file());
        Files.delete(file());
        assertThat(folder.toFile().list()).isEmpty();
    }
}
