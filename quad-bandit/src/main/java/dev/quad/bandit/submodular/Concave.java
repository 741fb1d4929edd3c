// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit.submodular;

/** A concave, rising function of a mass, 0 at 0: how much of it counts. */
public sealed interface Concave {

    /** φ(x); a negative mass counts as 0. */
    double of(double mass);

    /** √x. */
    static Concave root() {
        return new Root();
    }

    /** ln(1 + x). */
    static Concave log() {
        return new Log();
    }

    /**
     * min(x, cap).
     *
     * @param cap {@code >= 0}
     */
    static Concave upTo(double cap) {
        return new UpTo(cap);
    }

    /** See {@link #root}. */
    record Root() implements Concave {
        @Override
        public double of(double mass) {
            return Math.sqrt(Math.max(0, mass));
        }
    }

    /** See {@link #log}. */
    record Log() implements Concave {
        @Override
        public double of(double mass) {
            return Math.log1p(Math.max(0, mass));
        }
    }

    /** See {@link #upTo}. */
    record UpTo(double cap) implements Concave {
        /** Checks the cap. */
        public UpTo {
            if (!(cap >= 0)) {
                throw new IllegalArgumentException("the cap is " + cap + "; allowed is 0 or more");
            }
        }

        @Override
        public double of(double mass) {
            return Math.min(cap, Math.max(0, mass));
        }
    }
}
