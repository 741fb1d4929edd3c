// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Precision;
import dev.quad.files.Halves;
import dev.quad.files.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One file of a {@link CaptureFolder}, checked. For use by one thread. */
final class CaptureShard {
    static final String FORMAT = "quad.captures.1";
    private static final String BRAIN = "BF16";

    /** What all files of a folder have in common. */
    record Header(String model, List<LayerShape> layers, Precision precision, int draws, long seed) {}

    private final Safetensors file;
    private final Header header;
    private final String type;
    private final int index;
    private final boolean last;
    private final int[] tokens;
    private final double[] losses;
    private final int[] rows;
    private final List<int[]> starts;
    private @Nullable List<String> ids;
    private final Map<String, ByteBuffer> mapped = new HashMap<>();

    private CaptureShard(Safetensors file, Header header, String type, int index, boolean last) throws IOException {
        this.file = file;
        this.header = header;
        this.type = type;
        this.index = index;
        this.last = last;
        this.tokens = file.ints("tokens");
        this.losses = file.doubles("loss");
        this.rows = starts("rows");
        this.starts = new ArrayList<>();
        for (LayerShape layer : header.layers()) {
            starts.add(file.has(layer.name() + ".rows") ? starts(layer.name() + ".rows") : rows);
        }
        check();
    }

    /**
     * Reads and checks all but that the captured values are finite.
     *
     * @throws InputException if something in it cannot be; names the file, the tensor and the item
     * @throws MismatchException if it is a file of something else
     */
    static CaptureShard open(Path path) throws IOException {
        return read(path, Safetensors.open(path, FORMAT));
    }

    /** As {@link #open}, of a file whose bytes were compared with its checksum before. */
    static CaptureShard reopen(Path path) throws IOException {
        return read(path, Safetensors.open(path));
    }

    private static CaptureShard read(Path path, Safetensors file) throws IOException {
        require(path, file, "loss", "sum");
        require(path, file, "mask", "gradient");
        List<String> names = LayerNames.split(file.metadata("layers"));
        if (names.isEmpty()) {
            throw file.fault("its metadata entry \"layers\" names no layer");
        }
        long draws = file.metadataLong("draws");
        if (draws < 0 || draws > 1000) {
            throw file.fault("its metadata entry \"draws\" is " + draws + "; allowed are 0 to 1000");
        }
        String type = file.type(names.get(0) + ".x");
        if (!List.of("F32", "F64", BRAIN).contains(type)) {
            throw file.fault("its tensor \"" + names.get(0) + ".x\" has type " + type + "; F32, F64 or BF16 is needed");
        }
        List<LayerShape> layers = new ArrayList<>();
        for (String name : names) {
            int columns = columns(file, name + ".x", type);
            boolean bias = LayerTensors.layer(file, name, layers.size(), 1, 2).bias();
            layers.add(new LayerShape(name, columns, columns(file, name + ".delta", type), bias));
        }
        if (layers.stream().map(LayerShape::name).distinct().count() < layers.size()) {
            throw file.fault("its metadata entry \"layers\" names a layer twice: " + names);
        }
        Header header = new Header(
                file.metadata("model"),
                layers,
                type.equals("F64") ? Precision.DOUBLE : Precision.SINGLE,
                (int) draws,
                draws == 0 ? 0 : file.metadataLong("seed"));
        long index = file.metadataLong("shard");
        String last = file.metadata("last");
        if (!last.equals("true") && !last.equals("false")) {
            throw file.fault("its metadata entry \"last\" is \"" + last + "\"; \"true\" or \"false\" is needed");
        }
        return new CaptureShard(
                file, header, type, (int) Math.max(-1, Math.min(index, Integer.MAX_VALUE)), last.equals("true"));
    }

    private static void require(Path path, Safetensors file, String key, String value) {
        String found = file.metadata(key);
        if (!found.equals(value)) {
            throw new MismatchException(
                    path + " says that its \"" + key + "\" is \"" + found + "\"; captures are of the"
                            + " summed loss, and their rows are the tokens that carry a gradient: write \"" + value
                            + "\" when they are");
        }
    }

    /** The second size of a matrix that may have no rows. */
    private static int columns(Safetensors file, String name, String type) {
        int[] shape = file.shape(name);
        if (shape.length != 2 || shape[1] < 1 || !file.type(name).equals(type)) {
            throw file.fault("its tensor \"" + name + "\" has the shape " + Arrays.toString(shape) + " and type "
                    + file.type(name) + "; rows and columns of type " + type + " are needed");
        }
        return shape[1];
    }

    private int[] starts(String name) throws IOException {
        int[] rows = file.ints(name);
        if (rows.length != tokens.length + 1 || rows[0] != 0) {
            throw file.fault("its tensor \"" + name + "\" has " + rows.length + " values"
                    + (rows.length > 0 ? " from " + rows[0] + " on" : "") + "; the first row of each of "
                    + tokens.length + " items and the number of rows are needed, from 0 on");
        }
        for (int i = 0; i < tokens.length; i++) {
            if (rows[i + 1] < rows[i]) {
                throw file.fault("its tensor \"" + name + "\" falls from " + rows[i] + " to " + rows[i + 1]
                        + " at item " + i + "; rows of an item stand together, items in order");
            }
        }
        return rows;
    }

    private void check() throws IOException {
        if (losses.length != tokens.length) {
            throw file.fault("its tensor \"loss\" has " + losses.length + " values for " + tokens.length + " items");
        }
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < 0 || (tokens[i] > 0 && rows[i] == rows[i + 1])) {
                throw file.fault("its item " + i + " has " + tokens[i] + " tokens to predict and "
                        + (rows[i + 1] - rows[i]) + " rows; 0 or more are needed, and rows where there are tokens");
            }
        }
        for (int l = 0; l < header.layers().size(); l++) {
            LayerShape layer = header.layers().get(l);
            int count = starts.get(l)[tokens.length];
            require(layer.name() + ".x", count, layer.inputs());
            for (int draw = -1; draw < header.draws(); draw++) {
                require(gradients(l, draw), count, layer.outputs());
            }
        }
        if (file.has("positions")) {
            int positions = file.ints("positions").length;
            if (positions != rows[tokens.length]) {
                throw file.fault(
                        "its tensor \"positions\" has " + positions + " values for " + rows[tokens.length] + " rows");
            }
        }
    }

    private void require(String name, int rows, int columns) {
        int[] shape = file.shape(name);
        if (!Arrays.equals(shape, new int[] {rows, columns}) || !file.type(name).equals(type)) {
            throw file.fault("its tensor \"" + name + "\" has the shape " + Arrays.toString(shape) + " and type "
                    + file.type(name) + "; [" + rows + ", " + columns + "] and " + type + " are needed");
        }
    }

    Header header() {
        return header;
    }

    int index() {
        return index;
    }

    boolean isLast() {
        return last;
    }

    int items() {
        return tokens.length;
    }

    int tokens(int item) {
        return tokens[item];
    }

    double loss(int item) {
        return losses[item];
    }

    int firstRow(int layer, int item) {
        return starts.get(layer)[item];
    }

    /** The ids, one an item. */
    List<String> ids() throws IOException {
        if (ids == null) {
            ids = file.lines("ids", items());
        }
        return ids;
    }

    /** The positions of an item's rows in its sequence. */
    int[] positions(int item) throws IOException {
        int[] result = new int[rows[item + 1] - rows[item]];
        mapped("positions").asIntBuffer().get(rows[item], result);
        return result;
    }

    /** Whether the values stand in the file in the precision of the folder, and not in BF16. */
    boolean isPlain() {
        return !type.equals(BRAIN);
    }

    /** Copies what {@link #inputs} or {@link #outputGradients} gave, in the precision of the folder; exact. */
    void put(ByteBuffer values, ByteBuffer target) {
        if (isPlain()) {
            target.put(values);
            return;
        }
        ShortBuffer halves = values.asShortBuffer();
        while (halves.hasRemaining()) {
            target.putFloat(Halves.fromBrain(halves.get()));
        }
    }

    /** x of rows of a layer: mapped memory. */
    ByteBuffer inputs(int layer, int firstRow, int rows) throws IOException {
        LayerShape shape = header.layers().get(layer);
        return slice(shape.name() + ".x", firstRow, rows, shape.inputs());
    }

    /** δ of rows of a layer: mapped memory; of draw −1 with the labels in the data. */
    ByteBuffer outputGradients(int layer, int draw, int firstRow, int rows) throws IOException {
        return slice(
                gradients(layer, draw),
                firstRow,
                rows,
                header.layers().get(layer).outputs());
    }

    private String gradients(int layer, int draw) {
        return header.layers().get(layer).name() + ".delta" + (draw < 0 ? "" : "." + draw);
    }

    private ByteBuffer slice(String name, int firstRow, int rows, int columns) throws IOException {
        ByteBuffer all = mapped(name);
        int bytes = columns * (isPlain() ? header.precision() == Precision.SINGLE ? 4 : 8 : 2);
        return all.slice(firstRow * bytes, rows * bytes).order(all.order());
    }

    private ByteBuffer mapped(String name) throws IOException {
        ByteBuffer all = mapped.get(name);
        if (all == null) {
            all = file.map(name);
            mapped.put(name, all);
        }
        return all;
    }
}
