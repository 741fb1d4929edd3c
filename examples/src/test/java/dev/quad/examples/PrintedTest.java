// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.CandidatePool;
import dev.quad.DataSelector;
import dev.quad.Embedder;
import dev.quad.InfluenceEstimator;
import dev.quad.Seed;
import dev.quad.influence.GradientSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Whoever holds a value of Quad's can print it and compare it; what cannot be compared has a reason. */
class PrintedTest {
    private static final List<Class<?>> WORKERS = List.of(
            AutoCloseable.class,
            CandidatePool.class,
            DataSelector.class,
            Embedder.class,
            GradientSource.class,
            InfluenceEstimator.class);

    private static final String BY_FINGERPRINT = "as large as a model; compare its fingerprint";
    private static final String WORKS = "does the work of what it was made of";
    private static final String FOUND = "what was found in a pool, read and left";

    private static final Map<String, String> COMPARED_BY_IDENTITY = Map.ofEntries(
            entry("Centres", BY_FINGERPRINT),
            entry("Chunker", WORKS),
            entry("Comparison", "holds measurements, which tree() gives as values"),
            entry("Contamination", FOUND),
            entry("Curvature", BY_FINGERPRINT),
            entry("DirectionScores", WORKS),
            entry("Distance", "there is one of each"),
            entry("Duplicates", FOUND),
            entry("EmbeddingClusters", WORKS),
            entry("EmptyClusterPolicy", "there is one of each"),
            entry("Evaluation", "holds measurements, which tree() gives as values"),
            entry("GradientStore", "a file that is mapped"),
            entry("JsonFields", "writes"),
            entry("KroneckerFactors", BY_FINGERPRINT),
            entry("KroneckerProjection", BY_FINGERPRINT),
            entry("LayerCapture", "buffers that are lent"),
            entry("LayerPartition", WORKS),
            entry("MethodScores", WORKS),
            entry("ModelFolder", "a folder that was looked at"),
            entry("ModelTraining", WORKS),
            entry("NearDuplicates", FOUND),
            entry("NgramModel", BY_FINGERPRINT),
            entry("PartialSums", "sums; compare toBytes()"),
            entry("Projection", BY_FINGERPRINT),
            entry("RandomProjection", BY_FINGERPRINT),
            entry("Reading", "holds measurements, as an Evaluation"),
            entry("ScorePlan", "what a pass would take, read and left"),
            entry("PoolScores", WORKS),
            entry("SemanticDuplicates", FOUND),
            entry("Trainer", WORKS));

    /** A class that is neither a record, an exception nor a bundle of static methods. */
    private static boolean isHeld(Class<?> type) {
        boolean has = type.getConstructors().length > 0
                || Arrays.stream(type.getDeclaredMethods())
                        .anyMatch(method ->
                                Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers()));
        return has
                && !type.isInterface()
                && !type.isEnum()
                && !type.isRecord()
                && !Throwable.class.isAssignableFrom(type);
    }

    private static boolean works(Class<?> type) {
        return WORKERS.stream().anyMatch(worker -> worker.isAssignableFrom(type));
    }

    private static boolean declares(Class<?> type, String method, Class<?>... parameters) {
        try {
            return type.getMethod(method, parameters).getDeclaringClass() != Object.class;
        } catch (NoSuchMethodException e) {
            throw new AssertionError(e);
        }
    }

    /** What takes part in the work of others, or changes. */
    private static boolean isPlayer(Class<?> type) {
        return works(type)
                || Arrays.stream(type.getInterfaces())
                        .anyMatch(each -> each.getName().startsWith("dev.quad."))
                || Arrays.stream(type.getDeclaredFields())
                        .anyMatch(field ->
                                !Modifier.isStatic(field.getModifiers()) && !Modifier.isFinal(field.getModifiers()));
    }

    @Test
    void everyClass_saysWhatItIs() throws Exception {
        assertThat(PublicTypes.all())
                .filteredOn(type -> isHeld(type) && !works(type))
                .hasSizeGreaterThan(40)
                .allSatisfy(type -> assertThat(declares(type, "toString"))
                        .as("%s has a toString of its own", type.getName())
                        .isTrue());
    }

    @Test
    void everyValue_isEqualToWhatIsTheSame_orHasAReason() throws Exception {
        Set<String> identical = new TreeSet<>();
        for (Class<?> type : PublicTypes.all()) {
            if (isHeld(type)) {
                boolean equal = declares(type, "equals", Object.class);
                assertThat(declares(type, "hashCode")).as(type.getName()).isEqualTo(equal);
                if (!equal && !isPlayer(type)) {
                    identical.add(type.getSimpleName());
                }
            }
        }
        assertThat(identical).containsExactlyInAnyOrderElementsOf(COMPARED_BY_IDENTITY.keySet());
    }

    private static final Map<Class<?>, Object> ARGUMENTS = Map.of(
            int.class,
            2,
            long.class,
            2L,
            double.class,
            0.5,
            boolean.class,
            true,
            String.class,
            "a",
            Seed.class,
            new Seed(1));
    private static final Pattern NAMELESS = Pattern.compile("\\$\\$Lambda|\\w@[0-9a-f]{4,8}\\b|INSTANCE");

    /** A lambda or a class without a toString would print its address. */
    @Test
    void whatFactoriesGive_saysWhatItIs() throws Exception {
        int made = 0;
        for (Class<?> type : PublicTypes.all()) {
            for (Method method : type.getDeclaredMethods()) {
                Class<?> result = method.getReturnType();
                if (!Modifier.isStatic(method.getModifiers())
                        || !Modifier.isPublic(method.getModifiers())
                        || !result.getName().startsWith("dev.quad.")
                        || result.getSimpleName().equals("Builder")
                        || result.isEnum()
                        || works(result)
                        || !ARGUMENTS.keySet().containsAll(List.of(method.getParameterTypes()))) {
                    continue;
                }
                Object[] arguments = Arrays.stream(method.getParameterTypes())
                        .map(ARGUMENTS::get)
                        .toArray();
                try {
                    assertThat(String.valueOf(method.invoke(null, arguments)))
                            .as(method.toString())
                            .doesNotContainPattern(NAMELESS);
                    made++;
                } catch (InvocationTargetException e) {
                    assertThat(e.getCause()).as(method.toString()).isInstanceOf(RuntimeException.class);
                }
            }
        }
        assertThat(made).isGreaterThan(50);
    }
}
