// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options that others make idle. All are refused before any file is looked for. */
class UselessTest {
    @TempDir
    private Path folder;

    private Outcome select(Object... options) {
        return command("select --pool pool.jsonl --reference reference.jsonl --budget-tokens 9", options);
    }

    private Outcome command(String command, Object... options) {
        List<Object> all = new ArrayList<>(Arrays.asList(command.split(" ", -1)));
        all.addAll(List.of("--out", folder.resolve("out")));
        all.addAll(Arrays.asList(options));
        Outcome outcome = Outcome.of(all.toArray());
        assertThat(folder.resolve("out")).doesNotExist();
        return outcome;
    }

    private static void isRefused(Outcome outcome, String words) {
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.BAD_USAGE);
        assertThat(outcome.err()).contains(words);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '|',
            value = {
                "--policy greedy --alpha 9, |--policy is greedy, which has no weight, and --alpha would do nothing; leave it out, or give --policy ucb1|",
                "--policy epsilon-greedy --alpha 0.2 --reward-unit raw, |which has no unit, and --reward-unit would do|",
                "--policy greedy --ties number, |--policy is greedy, and not ucb1, and --ties would do nothing|",
                "--policy thompson --first-pull forced, |--first-pull would do nothing|",
                "--threshold none --pilot 9, |no quantile of a sample, and --pilot would do nothing|",
                "--preset public-code --pilot 9, --pilot would do nothing",
                "--curvature identity --damping 5 --factor-tokens 9, |--damping, --factor-tokens would do nothing; leave them out, or give --curvature kfac|",
                "--gradient sign --fisher empirical, |the curvature is identity, which is neither|",
                "--factor-data reference --factor-tokens 9, |from the reference alone, and --factor-tokens would do|",
                "--qkv heads, |the layers that count are those of the MLPs, and --qkv would do nothing|",
                "--model folder --proxy-tokens 9, |with --model no proxy is trained, and --proxy-tokens would do|",
                "--embeddings rows.npy --embedder bge-small, |there already, and --embedder would do nothing|",
                "--embeddings-ids ids.txt, |and --embeddings-ids would do nothing; leave it out, or give --embeddings FILE|",
                "--embedding-cache rows, |anew for each pool, and --embedding-cache would do nothing|"
            })
    void optionsOfSelect(String options, String words) {
        isRefused(select((Object[]) options.split(" ", -1)), words);
    }

    @Test
    void optionsOfTrain() {
        String train = "train --data data.jsonl ";
        isRefused(
                command(train + "--model folder --width 9 --untied"),
                "with --model sizes and tokenizer are those of the model, and --width, --untied would do nothing");
        isRefused(
                command(train + "--held-out other.jsonl --held-out-share 0.1"),
                "and --held-out-share would do nothing; leave it out, or leave out --held-out");
    }

    @Test
    void ofAFile_areRefusedWithItsName() {
        Path config = SmallRun.write(folder.resolve("run.yaml"), "policy: random", "alpha: 2");

        isRefused(
                select("--config", config),
                "quad: " + config + ": --policy is random, which has no weight, and --alpha");
        isRefused(select("--config", config, "--policy", "ucb1", "--budget-documents", 3), "a budget is one of them");
    }

    /** The run goes on to what is missing. */
    @ParameterizedTest
    @CsvSource({
        "--preset paper --curvature identity",
        "--preset public-code --model folder --policy greedy",
        "--policy kl-ucb --alpha 2 --reward-unit raw",
        "--policy ucb-tuned --reward-unit spread",
        "--selector top-k --damping 5"
    })
    void whatIsOfUse_orOnlyOfAPreset_isNotRefused(String options) {
        assertThat(select((Object[]) options.split(" ", -1)).code()).isEqualTo(Quad.BAD_INPUT);
    }
}
