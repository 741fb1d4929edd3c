// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DigestAheadTest {

    @Test
    void fingerprint_isThatOfOneThread() {
        PoolFingerprint expected = new PoolFingerprint();
        DigestAhead ahead = new DigestAhead();
        for (int i = 0; i < 300; i++) {
            String text = (i + " é ").repeat(i == 150 ? 200_000 : 1_000);
            String id = i % 3 == 0 ? "id-" + i : null;
            expected.add(PoolFingerprint.digest(id, text));
            ahead.add(id, text);
        }

        assertThat(ahead.end()).isEqualTo(expected.hex());
    }

    @Test
    void nothing_hasTheFingerprintOfNothing() {
        assertThat(new DigestAhead().end()).isEqualTo(new PoolFingerprint().hex());
    }
}
