// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.CandidatePool;
import dev.quad.testkit.CandidatePoolContract;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class JsonlPoolContractTest extends CandidatePoolContract<Document> {
    private final Path folder;
    private final List<JsonlPool> open = new ArrayList<>();

    JsonlPoolContractTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @AfterEach
    void closeAll() {
        open.forEach(JsonlPool::close);
    }

    @Override
    protected CandidatePool<Document> pool(List<Document> items) {
        String[] lines = items.stream()
                .map(item -> TestFiles.doc(item.id(), item.text()))
                .toArray(String[]::new);
        Path file = TestFiles.write(folder, open.size() + ".jsonl", lines);
        JsonlPool pool =
                JsonlPool.builder().cacheFolder(folder.resolve("cache")).open(List.of(file));
        open.add(pool);
        return pool;
    }

    @Override
    protected List<Document> items() {
        return List.of(
                new Document("a", "äx"),
                new Document("b", "no more than this"),
                new Document("c", "😀"),
                new Document("d", "a longer text of some words"),
                new Document("e", "äx"));
    }

    @Override
    protected Optional<Document> item(String text) {
        return Optional.of(new Document("of " + UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)), text));
    }

    /** Two documents of one id are refused. */
    @Override
    protected boolean allowsEqualItems() {
        return false;
    }
}
