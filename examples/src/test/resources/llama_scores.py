# SPDX-License-Identifier: Apache-2.0
"""Captures of a checkpoint by two processes, and scores along the direction that Quad made of them."""
import json
import sys

import quad_torch
import torch
from llama import load, masked

what, folder, precision = sys.argv[1:]
model = load(folder).to(getattr(torch, precision))
with open(f"{folder}/texts.json") as file:
    texts = json.load(file)


def batches(name, left):
    """Four texts together. Every third word of the vocabulary is not to be predicted."""
    result, items = [], texts[name]
    for first in range(0, len(items), 4):
        part = items[first : first + 4]
        longest = max(map(len, part))
        gaps = [[0] * (longest - len(text)) for text in part]
        ones = [[1] * len(text) for text in part]
        tokens, mask = (
            torch.tensor([gap + row if left else row + gap for row, gap in zip(rows, gaps)]) for rows in (part, ones)
        )
        ids = [f"{name}-{first + i}" for i in range(len(part))]
        result.append(quad_torch.Batch(ids, tokens, tokens.masked_fill(tokens % 3 == 0, -100), mask))
    return result


projection = quad_torch.Projection.random(model, quad_torch.linear_layers(model), 6, seed=1)
if what == "capture":
    for rank in (1, 0):
        arguments = model, quad_torch.linear_layers(model), batches("reference", left=True), f"{folder}/captures"
        assert quad_torch.capture(*arguments, forward=masked, rank=rank, world=2) == [rank]
    assert quad_torch.capture(*arguments, forward=masked) == []
    for name in ("reference", "pool"):
        to = f"{folder}/{name}-projected"
        quad_torch.capture(*arguments[:2], batches(name, left=False), to, projection=projection)
    if precision == "bfloat16":
        quad_torch.capture(*arguments[:-1], f"{folder}/half", forward=masked, dtype=torch.bfloat16)
else:
    direction = quad_torch.Direction.read(f"{folder}/direction.safetensors")
    pool = batches("pool", left=False)
    parts = [f"{folder}/{rank}.safetensors" for rank in range(2)]
    for rank, part in enumerate(parts):
        quad_torch.write_scores(part, direction, quad_torch.backward_scores(model, direction, pool, rank=rank, world=2))
    quad_torch.join_scores(f"{folder}/backward.safetensors", parts)
    projected = quad_torch.Direction.read(f"{folder}/direction-projected.safetensors", projection)
    quad_torch.write_scores(f"{folder}/projected.safetensors", projected, quad_torch.backward_scores(model, projected, pool))
    model = model.float()
    step, error = quad_torch.find_step(model, direction, pool)
    scores = quad_torch.forward_scores(model, direction, pool, step)
    quad_torch.write_scores(f"{folder}/forward.safetensors", direction, scores, error)
