// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.influence.GradientSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Sources of gradients with one mistake each. */
class BrokenGradientsTest {
    private static final List<HandGradients.Item> ITEMS = List.copyOf(HandGradients.items());

    private static GradientSourceContract<HandGradients.Item> contract(Mistake mistake) {
        return contract(mistake, HandGradients.CLASSES);
    }

    private static GradientSourceContract<HandGradients.Item> contract(Mistake mistake, int labels) {
        return new GradientSourceContract<>() {
            @Override
            protected GradientSource<HandGradients.Item> source() {
                return new HandGradients(mistake);
            }

            @Override
            protected GradientSource<HandGradients.Item> other() {
                return new HandGradients(mistake, 0.01);
            }

            @Override
            protected List<HandGradients.Item> items() {
                return ITEMS;
            }

            @Override
            protected double loss(HandGradients.Item item, int layer, double[] change) {
                return HandGradients.loss(item, layer, change);
            }

            @Override
            protected boolean train(GradientSource<HandGradients.Item> source) {
                ((HandGradients) source).train();
                return true;
            }

            @Override
            protected int labels() {
                return labels;
            }

            @Override
            protected double tolerance() {
                return 1e-3;
            }
        };
    }

    @TestFactory
    Stream<DynamicTest> mistakes_areFound() {
        return Arrays.stream(Mistake.values())
                .filter(mistake -> mistake != Mistake.NONE)
                .map(mistake ->
                        Contracts.broken(mistake.name().toLowerCase(Locale.ROOT).replace('_', ' '), contract(mistake)));
    }

    /** By the outputs of a layer that ends in a softmax. */
    @TestFactory
    Stream<DynamicTest> mistakes_whereLabelsAreNotKnown_areFound() {
        return Stream.of(
                Contracts.broken(
                        "sampled without position, labels not known", contract(Mistake.SAMPLED_WITHOUT_POSITION, 0)),
                Contracts.honest("by hand, labels not known", contract(Mistake.NONE, 0)));
    }

    @TestFactory
    Stream<DynamicTest> honestOnes_pass() {
        return Stream.of(Contracts.honest("by hand", contract(Mistake.NONE)));
    }
}
