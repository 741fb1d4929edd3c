// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.influence.DirectionalModel;
import dev.quad.influence.GradientSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Movable models with one mistake each. */
class BrokenDirectionalModelsTest {

    private static DirectionalModelContract<HandGradients.Item> contract(
            HandModel.Mistake mistake, List<HandGradients.Item> items) {
        return new DirectionalModelContract<>() {
            @Override
            protected DirectionalModel<HandGradients.Item> model() {
                return new HandModel(mistake);
            }

            @Override
            protected GradientSource<HandGradients.Item> source() {
                return new HandGradients(Mistake.NONE);
            }

            @Override
            protected OptionalDouble norm() {
                return OptionalDouble.of(HandGradients.norm());
            }

            @Override
            protected List<HandGradients.Item> items() {
                return items;
            }
        };
    }

    @TestFactory
    Stream<DynamicTest> mistakes_areFound() {
        return Arrays.stream(HandModel.Mistake.values())
                .filter(mistake -> !mistake.isHonest())
                .map(mistake -> Contracts.broken(
                        mistake.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                        contract(mistake, HandGradients.items())));
    }

    @TestFactory
    Stream<DynamicTest> honestOnes_pass() {
        return Arrays.stream(HandModel.Mistake.values())
                .filter(HandModel.Mistake::isHonest)
                .map(honest -> Contracts.honest(
                        honest.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                        contract(honest, HandGradients.items())));
    }
}
