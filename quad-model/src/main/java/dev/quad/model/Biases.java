// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

/** Which linear layers of a block add a constant; each choice has a form that Hugging Face's programs know. */
public enum Biases {
    /** None, as in the Llama models that are published. */
    NONE(false, false, false),
    /** Queries, keys and values, as in Qwen2. */
    QUERY_KEY_VALUE(true, false, false),
    /** All of attention: {@code attention_bias} of a Llama configuration. */
    ATTENTION(true, true, false),
    /** All of the MLP: {@code mlp_bias} of a Llama configuration. */
    MLP(false, false, true),
    /** All linear layers. */
    ALL(true, true, true);

    private final boolean qkv;
    private final boolean output;
    private final boolean mlp;

    Biases(boolean qkv, boolean output, boolean mlp) {
        this.qkv = qkv;
        this.output = output;
        this.mlp = mlp;
    }

    /** Whether queries, keys and values have a bias. */
    public boolean qkv() {
        return qkv;
    }

    /** Whether the projection that ends attention has a bias. */
    public boolean output() {
        return output;
    }

    /** Whether gate, up and down projections have a bias. */
    public boolean mlp() {
        return mlp;
    }
}
