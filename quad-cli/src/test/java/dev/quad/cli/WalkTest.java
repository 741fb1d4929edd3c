// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.SelectionOptions;
import dev.quad.testkit.ArmSelectorContract;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The steps that {@code CONTRIBUTING.md} tells of to an arm policy of one's own, taken as they are written. */
class WalkTest {
    private static final Path PAGE = Path.of("..", "CONTRIBUTING.md");
    private static final Path LAUNCHER = Path.of("..", "quad");

    @TempDir
    private Path checkout;

    private List<String> shell;
    private List<String> java;

    /** A checkout that is built: the launcher, and jars that stand for ours. */
    @BeforeEach
    void build() throws IOException {
        assumeTrue(Files.isExecutable(LAUNCHER), "the tests run elsewhere than in the checkout");
        String page = Files.readString(PAGE);
        String section =
                page.substring(page.indexOf("## An arm policy of your own"), page.indexOf("## What a change needs"));
        shell = blocks("sh", section);
        java = blocks("java", section);
        assertThat(shell).hasSize(2);
        assertThat(java).hasSize(3);
        Files.copy(LAUNCHER, checkout.resolve("quad"), StandardCopyOption.COPY_ATTRIBUTES);
        Path lib = Files.createDirectories(checkout.resolve("quad-cli/target/lib"));
        jarOfTheClassPath(lib.resolve("all.jar"));
        jarOfTheClassPath(checkout.resolve("quad-cli/target/quad-cli.jar"));
        Files.writeString(checkout.resolve("MostlyGreedy.java"), java.get(0));
    }

    private static List<String> blocks(String language, String section) {
        return Pattern.compile("(?ms)^ *```" + language + "\n(.*?)^ *```")
                .matcher(section)
                .results()
                .map((MatchResult match) -> match.group(1).stripTrailing().stripIndent() + "\n")
                .toList();
    }

    private static void jarOfTheClassPath(Path file) throws IOException {
        String path = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(Collectors.joining(" "));
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, path);
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(out, manifest)) {
            jar.finish();
        }
    }

    /** Runs lines of shell in the checkout, with the JDK of the tests; returns what they said. */
    private String run(String lines) throws Exception {
        Path home = Path.of(System.getProperty("java.home"));
        ProcessBuilder builder = new ProcessBuilder("bash", "-e", "-c", lines)
                .directory(checkout.toFile())
                .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", home.toString());
        builder.environment().put("QUAD_JAVA_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        builder.environment().merge("PATH", home.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    /** The demo's files are smaller here, and the model is there already. */
    @Test
    void commandLine_namesThePolicyAndChoosesByIt() throws Exception {
        assertThat(shell.get(0).strip()).isEqualTo("./quad demo --out demo");
        new SmallRun(Files.createDirectories(checkout.resolve("demo")));
        String steps = shell.get(1)
                .replace("60000", String.valueOf(SmallRun.BUDGET))
                .replace("./quad select", "./quad select --model demo/model --factor-tokens 3000");

        assertThat(run(steps).lines().toList()).last().asString().contains("\"armSelector\" : \"MostlyGreedy\"");
        assertThat(SmallRun.gunzippedLines(checkout.resolve("run/selected.jsonl.gz")))
                .isNotEmpty();
    }

    @Test
    void java_takesThePolicyAndChoosesByIt() throws Exception {
        Files.writeString(
                checkout.resolve("Mine.java"),
                "import dev.quad.bandit.SelectionOptions;\n"
                        + "public final class Mine implements java.util.function.Supplier<SelectionOptions> {\n"
                        + "public SelectionOptions get() {\n" + java.get(1) + "return options;\n}\n}\n");
        run("javac -cp 'quad-cli/target/lib/*' -d mine MostlyGreedy.java Mine.java");

        try (URLClassLoader mine = mine()) {
            Supplier<?> supplier =
                    (Supplier<?>) mine.loadClass("Mine").getConstructor().newInstance();
            Selection selection = select((SelectionOptions) supplier.get());

            assertThat(selection.manifest()).containsEntry("armSelector", "MostlyGreedy");
            assertThat(selection.choices().stream()
                            .mapToInt(Selection.Choice::arm)
                            .average()
                            .orElseThrow())
                    .isGreaterThan(6.5);
        }
    }

    @Test
    void contract_ofEveryPolicy_isKept() throws Exception {
        Files.writeString(checkout.resolve("MostlyGreedyTest.java"), java.get(2));
        run("javac -cp 'quad-cli/target/lib/*' -d mine MostlyGreedy.java MostlyGreedyTest.java");

        try (URLClassLoader mine = mine()) {
            Constructor<?> made = mine.loadClass("MostlyGreedyTest").getDeclaredConstructor();
            made.setAccessible(true); // as JUnit does
            Object test = made.newInstance();
            List<Method> promises = Arrays.stream(ArmSelectorContract.class.getDeclaredMethods())
                    .filter(method -> method.isAnnotationPresent(Test.class))
                    .toList();
            assertThat(promises).hasSizeGreaterThan(3);
            for (Method promise : promises) {
                promise.invoke(test);
            }
        }
    }

    private URLClassLoader mine() throws IOException {
        return new URLClassLoader(
                new URL[] {checkout.resolve("mine").toUri().toURL()}, WalkTest.class.getClassLoader());
    }

    /** From ten clusters, of which each is more useful than the one before. */
    private static Selection select(SelectionOptions options) {
        List<Integer> documents = IntStream.range(0, 2000).boxed().toList();
        InfluenceEstimator<Integer> useful = new InfluenceEstimator<>() {
            @Override
            public InfluenceScores score(List<? extends Integer> items) {
                return InfluenceScores.of(items.stream()
                        .mapToDouble(item ->
                                item % 10 + new Seed(item).stream("noise").nextGaussian())
                        .toArray());
            }

            @Override
            public String fingerprint() {
                return "useful";
            }
        };
        int[] clusters = documents.stream().mapToInt(document -> document % 10).toArray();
        return QuadSelector.<Integer>builder(Clustering.of(clusters, 10), useful)
                .options(options)
                .build()
                .select(CandidatePool.of(documents, document -> 100, "documents"), Budget.documents(200), new Seed(7));
    }
}
