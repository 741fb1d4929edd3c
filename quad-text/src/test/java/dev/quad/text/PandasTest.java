// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written opens in pandas, where it is installed (Debian: {@code python3-pandas}). */
class PandasTest {
    private static final String PYTHON = System.getProperty("quad.python", "/usr/bin/python3");

    /** Prints each row as ASCII JSON, with what pandas took the columns for. */
    private static final String SCRIPT = """
            import json, sys
            import pandas
            for name in sys.argv[1:]:
                rows = pandas.read_json(name, lines=True, precise_float=True)
                print(list(map(str, rows.dtypes[["id", "n", "x"]])), len(rows))
                for row in rows.itertuples():
                    print(json.dumps([row.id, row.text, row.n, row.x, row.meta, row.quad]))
            """;

    @TempDir
    private Path folder;

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    void linesWritten_openInPandas() throws Exception {
        assumeThat(Files.isExecutable(Path.of(PYTHON))
                        && new ProcessBuilder(PYTHON, "-c", "import pandas")
                                        .start()
                                        .waitFor()
                                == 0)
                .as("pandas is installed")
                .isTrue();
        Path plain = folder.resolve("out.jsonl");
        Path packed = folder.resolve("out.jsonl.gz");
        for (Path file : List.of(plain, packed)) {
            try (RecordWriter writer = RecordWriter.create(file, "quad")) {
                writer.write(
                        record("a", "caf\u00e9 \uD83D\uDE00 \\\" \\n \\u2028", "9007199254740993", "0.1"),
                        f -> f.put("score", 0.5).put("round", 3));
                writer.write(
                        record("b", "\u4f60\u597d", "-1", "1e-300"),
                        f -> f.put("score", -1.25).put("round", 4));
                writer.commit();
            }
        }
        String rows = """
                ['object', 'int64', 'float64'] 2
                ["a", "caf\\u00e9 \\ud83d\\ude00 \\" \\n \\u2028", 9007199254740993, 0.1, {"lang": ["x", null]}, {"score": 0.5, "round": 3}]
                ["b", "\\u4f60\\u597d", -1, 1e-300, {"lang": ["x", null]}, {"score": -1.25, "round": 4}]
                """;

        assertThat(run(PYTHON, "-c", SCRIPT, plain.toString(), packed.toString()))
                .isEqualTo(rows + rows);
    }

    private static byte[] record(String id, String text, String whole, String number) {
        return "{\"id\": \"%s\", \"text\": \"%s\", \"n\": %s, \"x\": %s, \"meta\": {\"lang\": [\"x\", null]}}"
                .formatted(id, text, whole, number)
                .getBytes(StandardCharsets.UTF_8);
    }
}
