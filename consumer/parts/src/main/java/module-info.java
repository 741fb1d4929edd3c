// SPDX-License-Identifier: Apache-2.0
/** Parts of one's own for Quad. */
module org.example.parts {
    requires dev.quad;
    requires dev.quad.bandit;
    requires dev.quad.cluster;
    requires dev.quad.influence;

    exports org.example.parts;
}
