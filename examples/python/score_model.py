#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Influence scores for a PyTorch model, with Quad on the JVM. Needs quad_torch: `pip install ./python`.

    python3 score_model.py capture OUT  # what the linear layers saw: OUT/sample, OUT/reference, OUT/pool
    ScorePyTorchModel OUT               # in Java: OUT/direction.safetensors, and scores from the captures
    python3 score_model.py score OUT    # OUT/scores.safetensors, by forward passes along the direction

`capture` is for pools that are small, and for the samples that curvature and reference need. `score` needs no captures of
the pool and no backward pass. Put your model and your data in the place of those here.
"""
import sys

import quad_torch
import torch
import torch.nn.functional as F


class Model(torch.nn.Module):
    """A causal language model of one block."""

    def __init__(self, vocabulary=29, width=16):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary, width)
        self.qkv = torch.nn.Linear(width, 3 * width, bias=False)
        self.output = torch.nn.Linear(width, width, bias=False)
        self.up = torch.nn.Linear(width, 2 * width)
        self.down = torch.nn.Linear(2 * width, width)
        self.head = torch.nn.Linear(width, vocabulary)

    def forward(self, tokens):
        x = self.embedding(tokens)
        q, k, v = self.qkv(x).chunk(3, -1)
        future = torch.ones(tokens.shape[1], tokens.shape[1]).triu(1).bool()
        weights = (q @ k.transpose(1, 2) / q.shape[-1] ** 0.5).masked_fill(future, float("-inf"))
        x = x + self.output(weights.softmax(-1) @ v)
        x = x + self.down(F.gelu(self.up(x)))
        return self.head(x)


def some_batches(name, items, seed):
    """Random sequences of 2 to 12 tokens."""
    generator = torch.Generator().manual_seed(seed)
    batches = []
    for first in range(0, items, 8):
        count = min(8, items - first)
        lengths = torch.randint(2, 13, (count,), generator=generator)
        tokens = torch.randint(0, 29, (count, 12), generator=generator)
        batches.append(quad_torch.Batch.padded([f"{name}-{first + i}" for i in range(count)], tokens, lengths))
    return batches


def main(what, out, precision="float32"):
    torch.manual_seed(1)
    model = Model().to(getattr(torch, precision))
    layers = quad_torch.linear_layers(model)  # all but the head
    pool = some_batches("pool", 37, seed=3)
    if what == "capture":
        quad_torch.capture(model, layers, some_batches("sample", 40, seed=1), f"{out}/sample", draws=2, seed=7)
        quad_torch.capture(model, layers, some_batches("reference", 5, seed=2), f"{out}/reference")
        quad_torch.capture(model, layers, pool, f"{out}/pool")
    elif what == "score":
        direction = quad_torch.Direction.read(f"{out}/direction.safetensors")
        step, error = quad_torch.find_step(model, direction, pool[:2])
        scores = quad_torch.forward_scores(model, direction, pool, step)
        quad_torch.write_scores(f"{out}/scores.safetensors", direction, scores, error)
        print(f"{len(scores.ids)} items scored along the direction, step {step:.3g}, error {error:.2g}")
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
