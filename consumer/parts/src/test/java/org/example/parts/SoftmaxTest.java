// SPDX-License-Identifier: Apache-2.0
package org.example.parts;

import dev.quad.ArmSelector;
import dev.quad.testkit.ArmSelectorContract;
import java.util.Optional;

class SoftmaxTest extends ArmSelectorContract {
    @Override
    protected ArmSelector selector() {
        return new Softmax(0.5);
    }

    @Override
    protected Optional<ArmSelector> other() {
        return Optional.of(new Softmax(0.1));
    }
}
