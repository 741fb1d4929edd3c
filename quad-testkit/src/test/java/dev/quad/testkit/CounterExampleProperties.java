// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static dev.quad.testkit.SetFunctionProperties.decimals;

import dev.quad.SetFunction;
import dev.quad.bandit.submodular.InfluenceSum;
import dev.quad.bandit.submodular.RefitGain;
import java.util.Arrays;
import java.util.BitSet;
import java.util.random.RandomGenerator;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.PropagationMode;

/** Claims that are false in general; each is searched until a counter-example is found, which is shrunk and printed. */
@AddLifecycleHook(value = MustFail.class, propagateTo = PropagationMode.DIRECT_DESCENDANTS)
class CounterExampleProperties {

    @Provide
    Arbitrary<Nested> sets() {
        return QuadArbitraries.nestedSets(6);
    }

    @Property(tries = 1000)
    void s2_sumsOfAnySign_areMonotone(@ForAll("sets") Nested sets, @ForAll @LongRange(max = 1000) long key) {
        SetFunctionLaws.moreIsWorthNoLess(new InfluenceSum(decimals(sets.size(), Numbers.of(key), -1.5)), sets);
    }

    @Property(tries = 1000)
    void s4_refits_haveDiminishingGains(@ForAll("sets") Nested sets, @ForAll @LongRange(max = 1000) long key) {
        RandomGenerator random = Numbers.of(key);
        double[][] features = new double[sets.size()][];
        Arrays.setAll(features, i -> decimals(2, random, -1.5));
        SetFunctionLaws.gainsDiminish(new RefitGain(features, new double[] {1, 0}, 1), sets);
    }

    @Property(tries = 1000)
    void s6_secondOrder_anyTerms_hasDiminishingGains(
            @ForAll("sets") Nested sets, @ForAll @LongRange(max = 1000) long key) {
        SetFunctionLaws.gainsDiminish(SetFunctionProperties.secondOrder(sets.size(), Numbers.of(key), -1, 0), sets);
    }

    @Property(tries = 1000)
    void s7_saturation_weightsOfBothSigns_hasDiminishingGains(
            @ForAll("sets") Nested sets, @ForAll @LongRange(max = 1000) long key) {
        SetFunctionLaws.gainsDiminish(SetFunctionProperties.saturation(sets.size(), Numbers.of(key), -1.5), sets);
    }

    /** The negative control: were this not found, the generator would be too weak. */
    @Property(tries = 1000)
    void squareOfTheSize_hasDiminishingGains(@ForAll("sets") Nested sets) {
        SetFunctionLaws.gainsDiminish(
                new SetFunction() {
                    @Override
                    public int size() {
                        return sets.size();
                    }

                    @Override
                    public double value(BitSet set) {
                        return (double) set.cardinality() * set.cardinality();
                    }
                },
                sets);
    }
}
