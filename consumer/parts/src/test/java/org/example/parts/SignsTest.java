// SPDX-License-Identifier: Apache-2.0
package org.example.parts;

import dev.quad.ClusterStrategy;
import dev.quad.testkit.ClusterStrategyContract;

class SignsTest extends ClusterStrategyContract {
    @Override
    protected ClusterStrategy strategy() {
        return new Signs(4);
    }
}
