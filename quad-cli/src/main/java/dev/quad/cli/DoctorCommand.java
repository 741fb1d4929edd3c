// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.pipeline.Machine;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quad doctor}. */
@Command(
        name = "doctor",
        description =
                "Tells what work is done with here: processor, kernels, threads, memory, native libraries, versions; and"
                        + " what of it makes work slow, or impossible, which ends with 1.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class DoctorCommand implements Callable<Integer> {
    private static final String FORMAT = "quad.doctor.1";

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the result as JSON; - for standard output, instead of the table.")
    private @Nullable Path json;

    @Option(
            names = TempOption.NAME,
            paramLabel = "DIR",
            description = "Folder for temporary files that is looked at. Default: TMPDIR in the environment, or else"
                    + " /tmp.")
    private @Nullable Path place;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Optional<Path> target = Optional.ofNullable(json).map(Outputs::named);
        Outputs outputs = Outputs.beside().json(target, FORMAT);
        Path temporary = Optional.ofNullable(place).orElseGet(TempOption::standard);
        Machine machine = ThreadsOption.on(threads.count(spec.commandLine()), () -> Machine.examine(temporary));
        if (target.filter(Outputs::isStandard).isEmpty()) {
            machine.facts().forEach((name, value) -> System.out.printf("%-22s %s%n", name, value));
            print("slow", machine.slow());
            print("broken", machine.broken());
            if (machine.slow().isEmpty() && machine.broken().isEmpty()) {
                System.out.println("nothing is amiss");
            }
        }
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("format", FORMAT);
        tree.put("facts", machine.facts());
        tree.put("slow", machine.slow());
        tree.put("broken", machine.broken());
        outputs.writeJson(target, FORMAT, tree);
        return machine.broken().isEmpty() ? Quad.DONE : Quad.BAD_INPUT;
    }

    private static void print(String what, List<String> remarks) {
        remarks.forEach(remark -> System.out.println(what + ": " + remark));
    }
}
