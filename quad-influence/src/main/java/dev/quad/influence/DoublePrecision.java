// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.Precision;
import dev.quad.linalg.Doubles;
import dev.quad.linalg.Reals;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * The captures of a source in single precision handed on in double, so that all that is made of them is computed in
 * double: factors, directions and scores. It tells how much of a score is rounding, for {@code 2} to {@code 3} times
 * the time and twice the memory; the captures themselves are those of the source. Safe for use by several threads where
 * the source is.
 *
 * @param <T> what an item is
 */
public final class DoublePrecision<T> implements GradientSource<T> {
    private final GradientSource<T> source;

    private DoublePrecision(GradientSource<T> source) {
        this.source = Objects.requireNonNull(source, "the source is null; give one with captures in single precision");
    }

    /** What hands on the captures of a source; one in double precision hands on its own. */
    public static <T> DoublePrecision<T> of(GradientSource<T> source) {
        return new DoublePrecision<>(source);
    }

    @Override
    public List<LayerShape> layers() {
        return source.layers();
    }

    @Override
    public String fingerprint() {
        return source.precision() == Precision.DOUBLE
                ? source.fingerprint()
                : Fingerprint.of("quad.double.1").add(source.fingerprint()).hex();
    }

    @Override
    public Precision precision() {
        return Precision.DOUBLE;
    }

    @Override
    public OptionalDouble flopsPerToken() {
        return source.flopsPerToken();
    }

    @Override
    public int tokens(T item) {
        return source.tokens(item);
    }

    @Override
    public int rows(T item) {
        return source.rows(item);
    }

    @Override
    public BatchLosses capture(List<? extends T> batch, Targets targets, CaptureSink sink) {
        Objects.requireNonNull(batch, "the batch is null");
        Objects.requireNonNull(targets, "the targets are null; allowed are those of Targets");
        Objects.requireNonNull(sink, "what takes the captures is null");
        if (source.precision() == Precision.DOUBLE) {
            return source.capture(batch, targets, sink);
        }
        List<LayerShape> layers = source.layers();
        return CapturePass.run(source, layers, batch, targets, capture -> {
            try (Reals x = capture.rawInputs();
                    Reals delta = capture.delta();
                    Doubles wideX = (Doubles) x.in(Precision.DOUBLE);
                    Doubles wideDelta = (Doubles) delta.in(Precision.DOUBLE)) {
                sink.accept(capture.with(capture.layer(), wideX, wideDelta, capture.starts()));
            }
        });
    }

    @Override
    public String toString() {
        return source.precision() == Precision.DOUBLE ? source.toString() : source + " in double precision";
    }
}
