// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.quad.NumericalException;
import dev.quad.ReferenceSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Curvatures that are zero, or zero but for rounding, along some directions. */
class DegenerateCurvatureTest {
    private static final LayerShape ONE = new LayerShape("one", 5, 4);
    private static final LayerShape UNUSED = new LayerShape("unused", 3, 6);

    private final List<Logger> logs = Stream.of(Curvature.class, KroneckerInverse.class)
            .map(type -> (Logger) LoggerFactory.getLogger(type))
            .toList();
    private final ListAppender<ILoggingEvent> heard = new ListAppender<>();

    @BeforeEach
    void listen() {
        heard.start();
        logs.forEach(log -> log.addAppender(heard));
    }

    @AfterEach
    void stop() {
        logs.forEach(log -> log.detachAppender(heard));
    }

    private List<String> warnings() {
        return heard.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    /** Such as LoRA's A while its B is 0, or an expert that no token was sent to. */
    private static List<ArraySource.Item> items(ArraySource source, int count) {
        List<ArraySource.Item> items = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            ArraySource.Item item = source.random(7, n);
            for (int l = 0; l < source.layers().size(); l++) {
                if (source.layers().get(l).equals(UNUSED)) {
                    Arrays.fill(item.gradients()[l], 0);
                }
            }
            items.add(item);
        }
        return items;
    }

    private static List<Function<CurvatureFit<ArraySource.Item>, Curvature>> kinds() {
        return List.of(
                CurvatureFit::diagonal,
                CurvatureFit::ekfac,
                CurvatureFit::block,
                fit -> Curvature.kfac(fit.factors()),
                fit -> Curvature.kfacOfSequences(fit.factors()));
    }

    private static double[] scores(ArraySource source, Curvature curvature, Damping damping) {
        List<ArraySource.Item> items = items(source, 9);
        try (ReferenceDirection gradient = ReferenceDirection.gradient(source, ReferenceSet.of(items.subList(0, 2)));
                ReferenceDirection direction = gradient.precondition(curvature, damping)) {
            return new DirectionScores<>(source, List.of(direction), 4096).total(items)[0];
        }
    }

    @Test
    void layerWithoutAnyGradient_isLeftOut_andSaid() {
        ArraySource with = new ArraySource(List.of(ONE, UNUSED));
        ArraySource without = new ArraySource(List.of(ONE));
        for (Damping damping : List.of(Damping.relative(0.1), Damping.pseudoInverse(0.1), Damping.tikhonov(0.1))) {
            for (Function<CurvatureFit<ArraySource.Item>, Curvature> kind : kinds()) {
                Curvature curvature = kind.apply(CurvatureFit.of(with, items(with, 9), Fisher.empirical()));
                double[] scores = scores(with, curvature, damping);

                assertThat(scores)
                        .as("%s, %s", curvature, damping)
                        .isEqualTo(scores(
                                without,
                                kind.apply(CurvatureFit.of(without, items(without, 9), Fisher.empirical())),
                                damping));
            }
        }
        assertThat(warnings())
                .hasSize(5)
                .allMatch(said -> said.startsWith("layer unused has no gradient on any item")
                        && said.contains("Relative[factor=0.1]")
                        && said.contains("left out"));
    }

    @Test
    void layerWithoutAnyGradient_undamped_isSingular() {
        ArraySource source = new ArraySource(List.of(ONE, UNUSED));
        Curvature curvature = Curvature.kfac(KroneckerFactors.fit(source, items(source, 9), Fisher.empirical()));

        assertThatThrownBy(() -> scores(source, curvature, Damping.absolute(0)))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("layer unused is singular");
        assertThat(scores(source, curvature, Damping.absolute(0.1))).doesNotContain(0.0);
    }

    /** Two tokens leave two of the five inputs' directions, and more of the four outputs', without a value. */
    @Test
    void dampingBelowRounding_isWarnedOfOnce_withBothFigures() {
        ArraySource source = new ArraySource(List.of(ONE));
        List<ArraySource.Item> few = List.of(source.random(2, 1));
        Curvature curvature = Curvature.kfac(KroneckerFactors.fit(source, few, Fisher.empirical()));
        double level = curvature.layer(0).rounding();
        double largest = Dense.largest(curvature.eigenvalues(0));

        scores(source, curvature, Damping.absolute(2 * level));
        assertThat(warnings()).isEmpty();
        scores(source, curvature, Damping.absolute(level / 2));
        scores(source, curvature, Damping.absolute(level / 4));

        assertThat(level / largest).isBetween(1e-16, 1e-12);
        assertThat(warnings())
                .singleElement()
                .asString()
                .contains("layer one has eigenvalues below " + String.format("%.1e", level))
                .contains("Absolute[lambda=" + level / 2 + "]")
                .contains("use a larger damping, or more data");
    }

    @Test
    void inverseOfArrays_dampedBelowRounding_warnsToo() {
        double[] flat = {1, 0, 0, 0};
        KroneckerInverse.of(flat, flat, Damping.absolute(1e-3)).close();
        assertThat(warnings()).isEmpty();
        KroneckerInverse.of(flat, flat, Damping.absolute(1e-16)).close();

        assertThat(warnings()).singleElement().asString().contains("G ⊗ A has eigenvalues below 1.4e-14", "1.0E-16");
    }

    /** The eigenvalues of a product may be below what is rounding in a matrix of its size, and still be known. */
    @Test
    void smallEigenvalues_ofFactorsThatAreKnown_areNoRounding() {
        ArraySource source = new ArraySource(List.of(new LayerShape("one", 2, 2)));
        Curvature curvature = Curvature.kfac(KroneckerFactors.builder(source)
                .inputCovariance("one", new double[] {1, 0, 0, 1e-9})
                .outputCovariance("one", new double[] {1, 0, 0, 1e-9})
                .build());

        assertThat(scores(source, curvature, Damping.absolute(0))).doesNotContain(0.0);
        assertThat(warnings()).isEmpty();
    }
}
