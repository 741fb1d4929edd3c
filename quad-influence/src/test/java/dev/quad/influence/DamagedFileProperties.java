// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

/** Whatever bytes change in a file, reading it gives something sound or says what is wrong; nothing else is thrown. */
class DamagedFileProperties {
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("a", 1, 2), new LayerShape("b", 2, 1)));
    private static final List<ArraySource.Item> ITEMS = List.of(SOURCE.random(3, 1));

    private static final byte[] FACTORS =
            written(file -> KroneckerFactors.fit(SOURCE, ITEMS, Fisher.empirical(), 9, tokens -> {})
                    .write(file));
    private static final byte[] DIRECTION = written(file -> {
        try (ReferenceDirection direction =
                ReferenceDirection.gradient(SOURCE, ReferenceSet.of(ITEMS), 9, tokens -> {})) {
            direction.write(file);
        }
    });

    private Path file = Path.of("");

    private interface Access {
        void run(Path file) throws IOException;
    }

    private static byte[] written(Access write) {
        try {
            Path file = Files.createTempFile("quad-sound", null);
            write.run(file);
            byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @BeforeTry
    void makeFile() throws IOException {
        file = Files.createTempFile("quad-damaged", null);
    }

    @AfterTry
    void removeFile() throws IOException {
        Files.delete(file);
    }

    @Property(tries = 500)
    void factors_damaged_areReadOrRefused(@ForAll long seed) throws IOException {
        damage(FACTORS, new Seed(seed).stream("damage"));
        readOrRefused(file -> {
            KroneckerFactors factors = KroneckerFactors.read(file);
            for (int l = 0; l < factors.layers().size(); l++) {
                int in = factors.layers().get(l).columns();
                assertThat(factors.inputCovariance(l)).hasSize(in * in);
            }
        });
    }

    @Property(tries = 500)
    void direction_damaged_isReadOrRefused(@ForAll long seed) throws IOException {
        long before = Floats.liveBytes();
        damage(DIRECTION, new Seed(seed).stream("damage"));
        readOrRefused(file -> {
            try (ReferenceDirection direction = ReferenceDirection.read(file)) {
                for (int l = 0; l < direction.layers().size(); l++) {
                    for (double value : direction.values(l)) {
                        assertThat(value).isFinite();
                    }
                }
            }
        });
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    private void readOrRefused(Access read) throws IOException {
        try {
            read.run(file);
        } catch (InputException | MismatchException e) {
            assertThat(e.getMessage()).contains("quad-damaged");
        }
    }

    /** Changes one to four bytes: bits anywhere, or one character of the header into another that JSON knows. */
    private void damage(byte[] sound, RandomGenerator random) throws IOException {
        byte[] bytes = sound.clone();
        int header = 8 + (bytes[0] & 0xFF) + 256 * bytes[1];
        String known = "0123456789[]{},:\"- aAbGF";
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            if (random.nextInt(3) == 0) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            } else {
                bytes[8 + random.nextInt(header - 8)] = (byte) known.charAt(random.nextInt(known.length()));
            }
        }
        Files.write(file, bytes);
    }
}
