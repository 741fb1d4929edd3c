// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.ThrowsDeclaration;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.Architectures;
import dev.quad.bandit.PolicyComparison;
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.QuadSession;
import dev.quad.bandit.StagedSelector;
import dev.quad.baselines.ScoredSelector;
import dev.quad.influence.Damping;
import dev.quad.influence.RowForm;
import dev.quad.influence.Spectrum;
import dev.quad.model.ModelFolder;
import dev.quad.model.TrainingOptions;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** Which module may know which, and what no library of ours does. */
@AnalyzeClasses(packages = "dev.quad", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String COMMAND = "dev.quad.cli..";
    /** Named after the library whose types it takes. */
    private static final String ADAPTER = "dev.quad.influence.dl4j..";

    @ArchTest
    static final ArchRule arrows = Architectures.layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("dev.quad..")
            .layer("api")
            .definedBy("dev.quad")
            .layer("files")
            .definedBy("dev.quad.files..")
            .layer("linalg")
            .definedBy("dev.quad.linalg..")
            .layer("influence")
            .definedBy("dev.quad.influence..")
            .layer("cluster")
            .definedBy("dev.quad.cluster..")
            .layer("bandit")
            .definedBy("dev.quad.bandit..")
            .layer("testkit")
            .definedBy("dev.quad.testkit..")
            .layer("model")
            .definedBy("dev.quad.model..")
            .layer("tokenizer")
            .definedBy("dev.quad.tokenizer..")
            .layer("text")
            .definedBy("dev.quad.text..")
            .layer("onnx")
            .definedBy("dev.quad.onnx..")
            .layer("baselines")
            .definedBy("dev.quad.baselines..")
            .layer("pipeline")
            .definedBy("dev.quad.pipeline..")
            .layer("report")
            .definedBy("dev.quad.report..")
            .layer("experiments")
            .definedBy("dev.quad.experiments..")
            .layer("cli")
            .definedBy(COMMAND)
            .whereLayer("api")
            .mayNotAccessAnyLayer()
            .whereLayer("files")
            .mayOnlyAccessLayers("api")
            .whereLayer("linalg")
            .mayOnlyAccessLayers("api", "files")
            .whereLayer("influence")
            .mayOnlyAccessLayers("api", "files", "linalg")
            .whereLayer("cluster")
            .mayOnlyAccessLayers("api", "files", "linalg")
            .whereLayer("bandit")
            .mayOnlyAccessLayers("api", "files")
            .whereLayer("testkit")
            .mayOnlyAccessLayers("api", "bandit", "influence")
            .whereLayer("model")
            .mayOnlyAccessLayers("api", "files", "linalg", "influence")
            .whereLayer("tokenizer")
            .mayOnlyAccessLayers("api", "files")
            .whereLayer("text")
            .mayOnlyAccessLayers("api", "files")
            .whereLayer("onnx")
            .mayOnlyAccessLayers("api", "files", "tokenizer")
            .whereLayer("baselines")
            .mayOnlyAccessLayers("api", "files", "linalg", "cluster", "text")
            .whereLayer("pipeline")
            .mayOnlyAccessLayers(
                    "api",
                    "files",
                    "linalg",
                    "influence",
                    "cluster",
                    "bandit",
                    "model",
                    "text",
                    "onnx",
                    "tokenizer",
                    "baselines")
            .whereLayer("report")
            .mayOnlyAccessLayers("api", "files", "cluster", "text")
            .whereLayer("experiments")
            .mayOnlyAccessLayers(
                    "api", "files", "cluster", "bandit", "influence", "model", "text", "baselines", "pipeline")
            .whereLayer("experiments")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer();

    @ArchTest
    static final ArchRule api_knowsOnlyTheJdk = classes()
            .that()
            .resideInAPackage("dev.quad")
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage("dev.quad", "java..", "org.jspecify.."));

    @ArchTest
    static final ArchRule nativeLibraries_areKnownToOneModule = noClasses()
            .that()
            .resideOutsideOfPackages("dev.quad.linalg..", ADAPTER)
            .should()
            .dependOnClassesThat(resideInAnyPackage("org.bytedeco..", "org.nd4j..", "org.deeplearning4j.."));

    @ArchTest
    static final ArchRule smile_isKnownToItsAdapter = noClasses()
            .that()
            .resideOutsideOfPackage("dev.quad.cluster.smile..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("smile.."));

    @ArchTest
    static final ArchRule options_areKnownToTheCommand = noClasses()
            .that()
            .resideOutsideOfPackage(COMMAND)
            .should()
            .dependOnClassesThat(resideInAnyPackage("picocli..", "org.snakeyaml.."));

    /**
     * The command computes nothing: it has options, tables and exit codes, reads and writes files, and leaves the rest
     * to the pipeline. Of other modules it knows what its options are the words of, one that tells of a file, and the
     * experiments, which are no more a library than the command is, and are reached by it alone.
     */
    @ArchTest
    static final ArchRule command_leavesTheWorkToThePipeline = classes()
            .that()
            .resideInAPackage(COMMAND)
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            COMMAND,
                            "", // arrays and primitives
                            "java..",
                            "org.jspecify..",
                            "picocli..",
                            "org.snakeyaml..",
                            "dev.quad",
                            "dev.quad.files..",
                            "dev.quad.text..",
                            "dev.quad.pipeline..",
                            "dev.quad.report..",
                            "dev.quad.experiments..",
                            "dev.quad.bandit..") // the values of --policy, --credit, …; quad sample
                    .or(belongToAnyOf(ScoredSelector.class)) // quad sample --scores
                    .or(belongToAnyOf(Damping.class)) // the value of --damping
                    .or(belongToAnyOf(TrainingOptions.class)) // the values of --learning-rate, --clip, …
                    .or(belongToAnyOf(RowForm.class)) // the value of --store-form
                    .or(belongToAnyOf(Spectrum.class)) // told by check-model and in report.json
                    .or(belongToAnyOf(ModelFolder.class))); // tells what a model folder holds

    /** Those of the bandit compute too. */
    @ArchTest
    static final ArchRule command_playsNoRound = noClasses()
            .that()
            .resideInAPackage(COMMAND)
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(QuadSelector.class, QuadSession.class, StagedSelector.class, PolicyComparison.class);

    @ArchTest
    static final ArchRule signatures_showNothingOfLinalg = codeUnits()
            .that()
            .areDeclaredInClassesThat()
            .resideOutsideOfPackage("dev.quad.linalg..")
            .and()
            .areDeclaredInClassesThat(areShown())
            .and()
            .arePublic()
            .should(showOnly(outside("dev.quad.linalg..")));

    @ArchTest
    static final ArchRule fields_showNothingOfLinalg = fields().that()
            .areDeclaredInClassesThat()
            .resideOutsideOfPackage("dev.quad.linalg..")
            .and()
            .areDeclaredInClassesThat(areShown())
            .and()
            .arePublic()
            .should()
            .haveRawType(outside("dev.quad.linalg.."));

    @ArchTest
    static final ArchRule signatures_showNoForeignType = methods()
            .that()
            .areDeclaredInClassesThat()
            .resideOutsideOfPackages(COMMAND, ADAPTER, "dev.quad.cluster.smile..", "dev.quad.testkit..")
            .and()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .arePublic()
            .should(showOnly(resideInAnyPackage("", "java..", "dev.quad..")));

    /** What the system refuses is an UncheckedIOException; what is wrong in a file is an InputException. */
    @ArchTest
    static final ArchRule whatIsShown_declaresNoCheckedException = codeUnits()
            .that()
            .areDeclaredInClassesThat()
            .resideOutsideOfPackages(COMMAND, "dev.quad.testkit..", "dev.quad.files..", "dev.quad.linalg..")
            .and()
            .areDeclaredInClassesThat(areShown())
            .and()
            .arePublic()
            .should(declareNoCheckedException());

    @ArchTest
    static final ArchRule libraries_doNotPrint = noClasses()
            .that()
            .resideOutsideOfPackage(COMMAND)
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .callMethod(System.class, "exit", int.class);

    @ArchTest
    static final ArchRule randomness_comesFromSeeds = noClasses()
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(Random.class, ThreadLocalRandom.class)
            .orShould()
            .callMethod(Math.class, "random");

    @ArchTest
    static final ArchRule nothing_isSerialisedByJava_orGoesToTheNetwork = noClasses()
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(ObjectInputStream.class, ObjectOutputStream.class)
            .orShould()
            .dependOnClassesThat(resideInAnyPackage("java.net..", "javax.net.."));

    /** A module that is not on the class path would keep every rule. */
    @ArchTest
    static void everyModule_isSeen(JavaClasses classes) {
        assertThat(classes.stream().map(JavaClass::getPackageName).distinct())
                .contains(
                        "dev.quad",
                        "dev.quad.files",
                        "dev.quad.linalg",
                        "dev.quad.influence",
                        "dev.quad.influence.dl4j",
                        "dev.quad.cluster",
                        "dev.quad.bandit",
                        "dev.quad.testkit",
                        "dev.quad.model",
                        "dev.quad.tokenizer",
                        "dev.quad.text",
                        "dev.quad.onnx",
                        "dev.quad.baselines",
                        "dev.quad.pipeline",
                        "dev.quad.report",
                        "dev.quad.experiments",
                        "dev.quad.cli");
    }

    /** Public, and in nothing that is not. */
    private static DescribedPredicate<JavaClass> areShown() {
        return DescribedPredicate.describe(
                "are shown",
                type -> type.getModifiers().contains(JavaModifier.PUBLIC)
                        && type.getEnclosingClass().map(areShown()::test).orElse(true));
    }

    private static DescribedPredicate<JavaClass> outside(String packages) {
        return DescribedPredicate.not(resideInAPackage(packages));
    }

    private static ArchCondition<JavaCodeUnit> declareNoCheckedException() {
        return new ArchCondition<>("declare no checked exception") {
            @Override
            public void check(JavaCodeUnit unit, ConditionEvents events) {
                unit.getThrowsClause().stream()
                        .map(ThrowsDeclaration::getRawType)
                        .filter(type ->
                                !type.isAssignableTo(RuntimeException.class) && !type.isAssignableTo(Error.class))
                        .forEach(type -> events.add(SimpleConditionEvent.violated(
                                unit, unit.getFullName() + " throws " + type.getFullName())));
            }
        };
    }

    private static ArchCondition<JavaCodeUnit> showOnly(DescribedPredicate<JavaClass> allowed) {
        return new ArchCondition<>("show only types that " + allowed.getDescription()) {
            @Override
            public void check(JavaCodeUnit unit, ConditionEvents events) {
                Stream.concat(Stream.of(unit.getRawReturnType()), unit.getRawParameterTypes().stream())
                        .map(JavaClass::getBaseComponentType)
                        .filter(type -> !type.isPrimitive() && !allowed.test(type))
                        .filter(type -> !unit.getModifiers().contains(JavaModifier.SYNTHETIC))
                        .forEach(type -> events.add(SimpleConditionEvent.violated(
                                unit, unit.getFullName() + " shows " + type.getFullName())));
            }
        };
    }
}
