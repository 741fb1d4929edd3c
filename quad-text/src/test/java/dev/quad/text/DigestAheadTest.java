// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class DigestAheadTest {

    @Test
    void digest_isThatOfOneThread() {
        Digests expected = new Digests();
        DigestAhead ahead = new DigestAhead(new Digests());
        for (int i = 0; i < 300; i++) {
            String text = (i + " é ").repeat(i == 150 ? 200_000 : 1_000);
            boolean named = i % 3 == 0;
            expected.add(named ? 1 : 0).add(named ? "id-" + i : "").add(text);
            ahead.add(named ? Optional.of("id-" + i) : Optional.empty(), text);
        }

        assertThat(ahead.end()).isEqualTo(expected.end());
    }

    @Test
    void nothing_hasTheDigestOfNothing() {
        assertThat(new DigestAhead(new Digests()).end()).isEqualTo(new Digests().end());
    }
}
