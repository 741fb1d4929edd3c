// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.bandit.Acceptance;
import dev.quad.bandit.BlockSize;
import dev.quad.bandit.FirstPull;
import dev.quad.bandit.Memory;
import dev.quad.bandit.Order;
import dev.quad.bandit.Rejected;
import dev.quad.bandit.RewardUnit;
import dev.quad.bandit.Threshold;
import java.lang.reflect.InvocationTargetException;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** From the words of the command line to the bandit's rules. */
final class BanditRules {
    /** By how much a falling threshold is lowered, after how many rounds without a choice. */
    private static final double STEP = 0.1;

    private static final int STARVED_ROUNDS = 5;

    private BanditRules() {}

    /** {@code --memory}. */
    static final class ToMemory implements ITypeConverter<Memory> {
        @Override
        public Memory convert(String value) {
            return Word.parse(value, "forever, discounted:0.9 and window:50", word -> switch (word.name()) {
                case "forever" -> Memory.forever();
                case "discounted" -> Memory.discounted(word.number());
                case "window" -> Memory.window(word.count());
                default -> throw word.unknown();
            });
        }
    }

    /** {@code --block}. */
    static final class ToBlockSize implements ITypeConverter<BlockSize> {
        @Override
        public BlockSize convert(String value) {
            return Word.parse(value, "0.05, rest:0.05 and 20", word -> switch (word.name()) {
                case "" ->
                    word.text().contains(".") ? BlockSize.share(word.number()) : BlockSize.documents(word.count());
                case "rest" -> BlockSize.shareOfRest(word.number());
                default -> throw word.unknown();
            });
        }
    }

    /** {@code --order}. */
    static final class ToOrder implements ITypeConverter<Order> {
        @Override
        public Order convert(String value) {
            return Word.parse(value, "shuffled and pool", word -> switch (word.name()) {
                case "shuffled" -> Order.shuffled();
                case "pool" -> Order.pool();
                default -> throw word.unknown();
            });
        }
    }

    /** {@code --accept}. */
    static final class ToAcceptance implements ITypeConverter<Acceptance> {
        @Override
        public Acceptance convert(String value) {
            return Word.parse(value, "items, mean, bound:2 and top:0.3", word -> switch (word.name()) {
                case "items" -> Acceptance.items();
                case "mean" -> Acceptance.blockMean();
                case "bound" -> Acceptance.blockLowerBound(word.number());
                case "top" -> Acceptance.topFraction(word.number());
                default -> throw word.unknown();
            });
        }
    }

    /** {@code --threshold}. */
    static final class ToThreshold implements ITypeConverter<Threshold> {
        @Override
        public Threshold convert(String value) {
            return Word.parse(value, "0.9, falling:0.9, score:0.002 and none", word -> switch (word.name()) {
                case "" -> Threshold.quantile(belowOne(word.number()));
                case "falling" -> Threshold.adaptive(belowOne(word.number()), STEP, 0, STARVED_ROUNDS);
                case "score" -> Threshold.absolute(word.number());
                case "none" -> Threshold.none();
                default -> throw word.unknown();
            });
        }

        /** No score of the sample is above its largest. */
        private static double belowOne(double quantile) {
            if (quantile >= 1) {
                throw new IllegalArgumentException("the threshold's quantile is " + quantile + "; allowed is [0, 1)");
            }
            return quantile;
        }
    }

    /** {@code --first-pull}. */
    static final class ToFirstPull implements ITypeConverter<FirstPull> {
        @Override
        public FirstPull convert(String value) {
            return Word.parse(value, "forced and optimistic:0.002", word -> switch (word.name()) {
                case "forced" -> FirstPull.forced();
                case "optimistic" -> FirstPull.optimistic(word.number());
                default -> throw word.unknown();
            });
        }
    }

    /** {@code --ties}. */
    static final class ToTies extends Word.Choice<BanditOptions.Ties> {
        ToTies() {
            super(BanditOptions.Ties.class);
        }
    }

    /** {@code --small-clusters}. */
    static final class ToSmallClusters extends Word.Choice<BanditOptions.SmallClusters> {
        ToSmallClusters() {
            super(BanditOptions.SmallClusters.class);
        }
    }

    /** {@code --rejected}. */
    static final class ToRejected implements ITypeConverter<Rejected> {
        @Override
        public Rejected convert(String value) {
            return Word.parse(value, "spent and retry:2", word -> switch (word.name()) {
                case "spent" -> Rejected.spent();
                case "retry" -> Rejected.retried(word.count());
                default -> throw word.unknown();
            });
        }
    }

    /** {@code --policy}. */
    static final class ToPolicy implements ITypeConverter<PolicyOption> {
        private final Word.Choice<ArmPolicy> ours = new Word.Choice<>(ArmPolicy.class) {};

        @Override
        public PolicyOption convert(String value) {
            Optional<ArmPolicy> found = ours.find(value);
            try {
                return found.isPresent() ? found.get() : OwnPolicy.named(value);
            } catch (ClassNotFoundException e) {
                throw new TypeConversionException(
                        "'" + value + "' is not one of " + ours.allowed() + ", nor " + OwnPolicy.place());
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            } catch (InvocationTargetException e) {
                TypeConversionException failed =
                        new TypeConversionException("the class " + value + " failed as it was made: " + e.getCause());
                failed.initCause(e.getCause());
                throw failed;
            }
        }
    }

    /** {@code --reward-unit}. */
    static final class ToUnit extends Word.Choice<RewardUnit> {
        ToUnit() {
            super(RewardUnit.class);
        }
    }

    /** {@code --credit}. */
    static final class ToCredit extends Word.Choice<BanditOptions.CreditUnit> {
        ToCredit() {
            super(BanditOptions.CreditUnit.class);
        }
    }
}
