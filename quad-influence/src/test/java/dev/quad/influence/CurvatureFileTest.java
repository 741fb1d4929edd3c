// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.linalg.Doubles;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Curvatures through files and in parts, on the transformer of the oracle. */
class CurvatureFileTest {
    private static final OracleTransformer NETWORK = new OracleTransformer();
    private static final OracleSource SOURCE = source(Precision.DOUBLE);
    private static final List<OracleSource.Item> ITEMS = SOURCE.items("train");

    @TempDir
    private Path folder;

    private static OracleSource source(Precision precision) {
        return new OracleSource(NETWORK, NETWORK.layers(), pass -> pass, precision);
    }

    private static CurvatureFit<OracleSource.Item> fit(List<OracleSource.Item> items) {
        return CurvatureFit.of(SOURCE, items, Fisher.empirical());
    }

    private Curvature written(Curvature curvature) throws IOException {
        Path file = folder.resolve(curvature.kind());
        curvature.write(file);
        return Curvature.read(file);
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void write_thenRead_isTheSameToTheBit(Precision precision) throws IOException {
        OracleSource source = source(precision);
        CurvatureFit<OracleSource.Item> fit = CurvatureFit.of(source, ITEMS, Fisher.sampled(new Seed(1), 1));
        KroneckerFactors factors = fit.factors();
        long before = Floats.liveBytes() + Doubles.liveBytes();
        for (Curvature curvature : List.of(
                fit.diagonal(), fit.ekfac(factors), Curvature.kfac(factors), Curvature.kfacOfSequences(factors))) {
            Curvature read = written(curvature);

            assertThat(read.kind()).isEqualTo(curvature.kind());
            assertThat(read.fingerprint()).isEqualTo(curvature.fingerprint());
            assertThat(read.layers()).isEqualTo(curvature.layers());
            assertThat(read.count()).isEqualTo(curvature.count());
            try (ReferenceDirection gradient =
                            ReferenceDirection.gradient(source, ReferenceSet.of(source.items("query")));
                    ReferenceDirection expected = gradient.precondition(curvature, Damping.DEFAULT);
                    ReferenceDirection found = gradient.precondition(read, Damping.DEFAULT)) {
                assertThat(found.fingerprint()).isEqualTo(expected.fingerprint());
            }
        }
        assertThat(Floats.liveBytes() + Doubles.liveBytes()).isEqualTo(before);
    }

    /** Three machines: one fits factors and writes the basis, all measure in it what they have, one merges. */
    @Test
    void merge_ofPartsFromFiles_isTheFitOfTheWhole() throws IOException {
        Curvature basis = written(Curvature.kfac(fit(ITEMS).factors()));
        for (String kind : List.of("ekfac", "diagonal")) {
            List<Curvature> parts = new ArrayList<>();
            int[] cuts = {0, 3, 4, ITEMS.size()};
            for (int i = 0; i < 3; i++) {
                CurvatureFit<OracleSource.Item> fit = fit(ITEMS.subList(cuts[i], cuts[i + 1]));
                parts.add(written(kind.equals("ekfac") ? fit.ekfac(basis) : fit.diagonal()));
            }
            Curvature merged = Curvature.merge(parts);
            Curvature whole =
                    kind.equals("ekfac") ? fit(ITEMS).ekfac(basis) : fit(ITEMS).diagonal();

            assertThat(merged.count()).isEqualTo(whole.count()).isEqualTo(ITEMS.size());
            assertThat(merged.kind()).isEqualTo(kind);
            for (int l = 0; l < SOURCE.layers().size(); l++) {
                double[] expected = whole.eigenvalues(l);
                assertThat(Dense.distance(merged.eigenvalues(l), expected)).isLessThan(1e-12 * Dense.largest(expected));
            }
            assertThat(written(merged).fingerprint()).isEqualTo(merged.fingerprint());
            // a mean of means, which forgets how many items each part has, is something else
            double[] plain = new double[whole.eigenvalues(0).length];
            for (Curvature part : parts) {
                plain = Dense.sum(plain, Dense.scaled(part.eigenvalues(0), 1.0 / 3));
            }
            assertThat(Dense.distance(plain, whole.eigenvalues(0)))
                    .isGreaterThan(1e-3 * Dense.largest(whole.eigenvalues(0)));
        }
    }

    @Test
    void merge_ofWhatDoesNotBelongTogether_namesBoth() {
        Curvature basis = Curvature.kfac(fit(ITEMS).factors());
        Curvature ekfac = fit(ITEMS).ekfac(basis);
        Curvature diagonal = fit(ITEMS).diagonal();
        Curvature sampled =
                CurvatureFit.of(SOURCE, ITEMS, Fisher.sampled(new Seed(1), 2)).diagonal();
        Curvature otherBasis = fit(ITEMS).ekfac(fit(ITEMS.subList(0, 5)).factors());

        assertThatThrownBy(() -> Curvature.merge(List.of(ekfac, diagonal)))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("the kind ekfac with the Fisher empirical")
                .hasMessageContaining("the kind diagonal");
        assertThatThrownBy(() -> Curvature.merge(List.of(diagonal, sampled)))
                .hasMessageContaining("the Fisher sampled");
        assertThatThrownBy(() -> Curvature.merge(List.of(ekfac, otherBasis)))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("the eigenbases of layer q")
                .hasMessageContaining(otherBasis.fingerprint());
        assertThatThrownBy(() -> Curvature.merge(List.of(basis)))
                .hasMessageContaining("a curvature of the kind kfac cannot be merged");
        ArraySource other = new ArraySource(SOURCE.layers());
        Curvature stranger = CurvatureFit.of(other, List.of(other.random(3, 1)), Fisher.empirical())
                .diagonal();
        assertThatThrownBy(() -> Curvature.merge(List.of(diagonal, stranger))).isInstanceOf(MismatchException.class);
        assertThatThrownBy(() -> fit(ITEMS).identity().write(folder.resolve("identity")))
                .hasMessageContaining("a curvature of the kind identity is not written");
    }

    /** A byte changed in what the header says of the contents. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"kind\":\"ekfac\"|\"kind\":\"other\"",
                "q.grid|q.gird",
                "\"items\":\"|\"items\":\"-",
                "[12,13]|[13,12]"
            })
    void read_lyingHeader_isRefused(String change) throws IOException {
        Path file = folder.resolve("ekfac");
        fit(ITEMS).ekfac().write(file);
        String[] words = change.split("\\|", -1);
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        assertThat(text).contains(words[0]);
        Files.write(file, unsealed(text.replace(words[0], words[1]).getBytes(StandardCharsets.ISO_8859_1)));

        assertThatThrownBy(() -> Curvature.read(file)).isInstanceOf(InputException.class);
    }

    /** As if another program had written them. */
    private static byte[] unsealed(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1)
                .replace("quad.crc32c", "no.checksum")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void read_valuesThatCannotBe_areRefused() throws IOException {
        Path file = folder.resolve("diagonal");
        fit(ITEMS).diagonal().write(file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] |= (byte) 0x80; // the sign of the last eigenvalue
        Files.write(file, bytes);
        assertThatThrownBy(() -> Curvature.read(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file + " is not a sound safetensors file: its bytes have the checksum");
        Files.write(file, unsealed(bytes));
        assertThatThrownBy(() -> Curvature.read(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("in tensor \"down.grid\"; allowed is [0, ∞)");
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 8));
        assertThatThrownBy(() -> Curvature.read(file)).isInstanceOf(InputException.class);
    }
}
