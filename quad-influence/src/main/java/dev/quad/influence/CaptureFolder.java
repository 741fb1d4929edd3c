// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Precision;
import dev.quad.files.Unchecked;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * Captures that a program in any language wrote: a folder of safetensors files, {@code captures-*.safetensors}, which
 * {@code docs/captures.md} describes and {@code quad_torch} writes from PyTorch. An item is its ordinal in the folder,
 * from 0 on; {@link #id} tells its name.
 *
 * <p>Files are mapped, and items that stand together are used where they lie; what stands apart, or in BF16, is copied,
 * one layer of one batch at a time. So a pool that is read in order costs no memory, and 4 bytes an item are held. The
 * files must not change meanwhile. For use by one thread.
 */
public final class CaptureFolder implements GradientSource<Integer> {
    private static final int OPEN_FILES = 16;

    private final List<Path> files;
    private final int[] firstItems;
    private final int[] tokens;
    private final CaptureShard.Header header;
    private final String dataFingerprint;
    private final Map<Integer, CaptureShard> open = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, CaptureShard> eldest) {
            return size() > OPEN_FILES;
        }
    };
    private ByteBuffer inputs = ByteBuffer.allocateDirect(0);
    private ByteBuffer outputGradients = ByteBuffer.allocateDirect(0);

    private CaptureFolder(
            List<Path> files, int[] firstItems, int[] tokens, CaptureShard.Header header, String dataFingerprint) {
        this.files = files;
        this.firstItems = firstItems;
        this.tokens = tokens;
        this.header = header;
        this.dataFingerprint = dataFingerprint;
    }

    /**
     * Opens a folder and checks all of it but the captured values.
     *
     * @throws InputException if a file is damaged or missing, or an id comes twice; names the file and the fault
     * @throws MismatchException if the files are of different models or layers
     */
    public static CaptureFolder open(Path folder) {
        return Unchecked.get(folder, () -> read(folder));
    }

    private static CaptureFolder read(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new InputException(folder + " is no folder; give a folder of captures");
        }
        TreeMap<Integer, CaptureShard> shards = new TreeMap<>();
        Map<Integer, Path> paths = new TreeMap<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "captures-*.safetensors")) {
            for (Path file : found) {
                CaptureShard shard = CaptureShard.open(file);
                Path other = paths.put(shard.index(), file);
                if (other != null) {
                    throw new InputException(file + " and " + other + " both say that they are shard " + shard.index()
                            + "; keep one of them");
                }
                shards.put(shard.index(), shard);
            }
        }
        return checked(folder, List.copyOf(shards.values()), List.copyOf(paths.values()));
    }

    private static CaptureFolder checked(Path folder, List<CaptureShard> shards, List<Path> files) throws IOException {
        int count = shards.size();
        for (int s = 0; s < count; s++) {
            CaptureShard shard = shards.get(s);
            if (shard.index() != s) {
                throw new InputException(folder + " has no shard " + s + ", but shard " + shard.index() + ", "
                        + files.get(s) + "; write it again");
            }
            if (shard.isLast() != (s == count - 1)) {
                throw new InputException(files.get(s) + (shard.isLast() ? " says that it is the last" : " is the last")
                        + " of the folder, but "
                        + (shard.isLast() ? "there are more" : "does not say so: the writer has not finished")
                        + "; write the folder again");
            }
            requireSame(files.get(0), shards.get(0).header(), files.get(s), shard.header());
        }
        if (count == 0) {
            throw new InputException(folder + " has no file captures-*.safetensors; give a folder of captures");
        }
        Fingerprint digest = Fingerprint.of("quad.captured-items.1");
        Set<String> ids = new HashSet<>();
        int[] firstItems = new int[count + 1];
        int[] tokens = new int[shards.stream().mapToInt(CaptureShard::items).reduce(0, Math::addExact)];
        for (int s = 0; s < count; s++) {
            CaptureShard shard = shards.get(s);
            firstItems[s + 1] = firstItems[s] + shard.items();
            List<String> names = shard.ids();
            for (int i = 0; i < shard.items(); i++) {
                if (!ids.add(names.get(i))) {
                    throw new InputException(files.get(s) + " has an item \"" + names.get(i)
                            + "\", and there is one before it; ids are unique in a folder");
                }
                tokens[firstItems[s] + i] = shard.tokens(i);
                digest.add(names.get(i)).add(shard.tokens(i)).add(Double.doubleToLongBits(shard.loss(i)));
            }
        }
        return new CaptureFolder(files, firstItems, tokens, shards.get(0).header(), digest.hex());
    }

    private static void requireSame(Path first, CaptureShard.Header a, Path second, CaptureShard.Header b) {
        if (!a.equals(b)) {
            throw new MismatchException(second + " holds captures of " + b + ", but " + first + " of " + a
                    + "; a folder is of one model, with one set of layers");
        }
    }

    /**
     * Writes the captures of a source as such a folder, for use elsewhere: one file a batch. The folder is whole when
     * this returns; one that is not is refused by {@link #open}.
     *
     * @param id the unique name of an item, without a line break
     * @param fisher whose labels are drawn beside those in the data: {@link Fisher#sampled}, or
     *     {@link Fisher#empirical} for none
     * @param folder new or empty
     * @param progress told the number of items done after each batch
     */
    public static <T> void write(
            GradientSource<T> source,
            List<? extends T> items,
            Function<? super T, String> id,
            Fisher fisher,
            Path folder,
            int batchTokens,
            LongConsumer progress) {
        Objects.requireNonNull(source, "the source is null");
        Objects.requireNonNull(items, "the items are null");
        Objects.requireNonNull(id, "what gives the id of an item is null");
        Objects.requireNonNull(fisher, "the Fisher is null; allowed are those of Fisher");
        Objects.requireNonNull(progress, "progress is null; give n -> {} to hear nothing");
        Unchecked.run(folder, () -> requireNew(folder));
        List<List<? extends T>> batches = Batches.of(items, source, batchTokens);
        long done = 0;
        for (int shard = 0; shard < batches.size(); shard++) {
            CaptureShardWriter.write(
                    source, batches.get(shard), id, fisher, folder, shard, shard == batches.size() - 1);
            done += batches.get(shard).size();
            progress.accept(done);
        }
    }

    private static void requireNew(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder)) {
            for (Path file : found) {
                throw new InputException(
                        folder + " is not empty: it holds " + file.getFileName() + "; give a folder that is new");
            }
        }
    }

    /** All items, in order: the numbers from 0 on. */
    public List<Integer> items() {
        return IntStream.range(0, tokens.length).boxed().toList();
    }

    /** The name of an item. */
    public String id(int item) {
        int shard = shardOf(item);
        return Unchecked.get(files.get(shard), () -> shard(shard).ids().get(item - firstItems[shard]));
    }

    /**
     * Where the rows of an item stand in its sequence of tokens, from 0 on: what the entries of
     * {@link DirectionScores#perToken} belong to.
     *
     * @throws InputException if the folder does not tell
     */
    public int[] positions(int item) {
        int shard = shardOf(item);
        return Unchecked.get(files.get(shard), () -> shard(shard).positions(item - firstItems[shard]));
    }

    /** A digest of the ids, tokens and losses of the items: what a pool of them is recognised by. */
    public String dataFingerprint() {
        return dataFingerprint;
    }

    @Override
    public List<LayerShape> layers() {
        return header.layers();
    }

    /** What the writer of the folder gave as the fingerprint of its model. */
    @Override
    public String fingerprint() {
        return header.model();
    }

    @Override
    public Precision precision() {
        return header.precision();
    }

    @Override
    public int tokens(Integer item) {
        Objects.requireNonNull(item, "the item is null");
        return tokens[item];
    }

    /**
     * Hands out what is in the files.
     *
     * @throws MismatchException if labels are wanted that the folder has no gradients for
     */
    @Override
    public BatchLosses capture(List<? extends Integer> batch, Targets targets, CaptureSink sink) {
        Objects.requireNonNull(batch, "the batch is null");
        Objects.requireNonNull(targets, "the targets are null; allowed are those of Targets");
        Objects.requireNonNull(sink, "what takes the captures is null");
        int draw = draw(targets);
        return Unchecked.get(folder(), () -> {
            List<Run> runs = runs(batch);
            double[] losses = new double[batch.size()];
            int i = 0;
            for (Run run : runs) {
                for (int item = run.from(); item < run.to(); item++) {
                    losses[i++] = run.shard().loss(item);
                }
            }
            for (int layer = header.layers().size() - 1; layer >= 0; layer--) {
                sink.accept(capture(layer, draw, runs, batch.size()));
            }
            return new BatchLosses(
                    losses, batch.stream().mapToInt(item -> tokens[item]).toArray());
        });
    }

    private Path folder() {
        return files.get(0).resolveSibling("");
    }

    private int draw(Targets targets) {
        if (targets instanceof Targets.Observed) {
            return -1;
        }
        if (targets instanceof Targets.Sampled sampled
                && sampled.seed().value() == header.seed()
                && sampled.draw() < header.draws()) {
            return sampled.draw();
        }
        throw new MismatchException("gradients for " + targets + " are wanted, but "
                + files.get(0).getParent() + " holds those with the labels in the data and " + header.draws()
                + " draws with the seed " + header.seed() + "; ask for these, or capture what is wanted");
    }

    /** Items of one file that stand together. */
    private record Run(CaptureShard shard, int from, int to) {
        int firstRow(int layer) {
            return shard.firstRow(layer, from);
        }

        int rows(int layer) {
            return shard.firstRow(layer, to) - firstRow(layer);
        }
    }

    private List<Run> runs(List<? extends Integer> batch) throws IOException {
        List<Run> runs = new ArrayList<>();
        int i = 0;
        while (i < batch.size()) {
            int shard = shardOf(batch.get(i));
            int from = batch.get(i) - firstItems[shard];
            int to = from;
            while (i < batch.size() && batch.get(i) == firstItems[shard] + to && batch.get(i) < firstItems[shard + 1]) {
                to++;
                i++;
            }
            runs.add(new Run(shard(shard), from, to));
        }
        return runs;
    }

    private LayerCapture capture(int layer, int draw, List<Run> runs, int items) throws IOException {
        int[] starts = new int[items + 1];
        int i = 0;
        for (Run run : runs) {
            for (int item = run.from(); item < run.to(); item++, i++) {
                starts[i + 1] = starts[i]
                        + run.shard().firstRow(layer, item + 1)
                        - run.shard().firstRow(layer, item);
            }
        }
        LayerShape shape = header.layers().get(layer);
        ByteBuffer x;
        ByteBuffer delta;
        if (runs.size() == 1 && runs.get(0).shard().isPlain()) {
            Run run = runs.get(0);
            x = run.shard().inputs(layer, run.firstRow(layer), run.rows(layer));
            delta = run.shard().outputGradients(layer, draw, run.firstRow(layer), run.rows(layer));
        } else {
            inputs = room(inputs, starts[items], shape.inputs());
            outputGradients = room(outputGradients, starts[items], shape.outputs());
            for (Run run : runs) {
                CaptureShard shard = run.shard();
                shard.put(shard.inputs(layer, run.firstRow(layer), run.rows(layer)), inputs);
                shard.put(shard.outputGradients(layer, draw, run.firstRow(layer), run.rows(layer)), outputGradients);
            }
            x = inputs.flip();
            delta = outputGradients.flip();
        }
        return header.precision() == Precision.SINGLE
                ? new LayerCapture(layer, x.asFloatBuffer(), delta.asFloatBuffer(), starts)
                : new LayerCapture(layer, x.asDoubleBuffer(), delta.asDoubleBuffer(), starts);
    }

    /** The buffer, or a longer one, empty. */
    private ByteBuffer room(ByteBuffer buffer, int rows, int columns) {
        int size = header.precision() == Precision.SINGLE ? 4 : 8;
        int bytes = Math.multiplyExact(Math.multiplyExact(rows, columns), size);
        return buffer.capacity() >= bytes
                ? buffer.clear()
                : ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private int shardOf(int item) {
        if (item < 0 || item >= tokens.length) {
            throw new IllegalArgumentException("there is no item " + item + " among the " + tokens.length + " of "
                    + files.get(0).getParent());
        }
        int at = Arrays.binarySearch(firstItems, item);
        if (at < 0) {
            return -at - 2;
        }
        while (firstItems[at + 1] == item) { // files without items
            at++;
        }
        return at;
    }

    private CaptureShard shard(int index) throws IOException {
        CaptureShard shard = open.get(index);
        if (shard == null) {
            shard = CaptureShard.reopen(files.get(index));
            requireSame(files.get(0), header, files.get(index), shard.header());
            if (shard.items() != firstItems[index + 1] - firstItems[index]) {
                throw new InputException(files.get(index) + " has changed since the folder was opened; open it again");
            }
            open.put(index, shard);
        }
        return shard;
    }
}
