# SPDX-License-Identifier: Apache-2.0
"""What captures and scores cost: seconds a token, and bytes a token, of a Llama with random weights.

    PYTHONPATH=python:python/tests python3 python/measure/costs.py [WIDTH LAYERS TOKENS [DEVICE]]
"""
import os
import sys
import tempfile
import time

import quad_torch as q
import torch
from llama import Llama

width, layers, tokens = map(int, sys.argv[1:4] or (256, 2, 1024))
device = sys.argv[4] if len(sys.argv) > 4 else "cpu"
length, rank = 256, 32
torch.manual_seed(1)
model = Llama({
    "vocab_size": 8192,
    "hidden_size": width,
    "intermediate_size": 8 * width // 3,
    "num_attention_heads": width // 64,
    "num_key_value_heads": width // 64,
    "num_hidden_layers": layers,
    "rms_norm_eps": 1e-6,
}).to(device)
names = q.linear_layers(model)
items = tokens // length
pool = [q.Batch([str(b)], torch.randint(0, 8192, (1, length))) for b in range(items)]
shapes = q.model.find_layers(model, names)
direction = q.Direction(
    {name: torch.randn(module.weight.shape) for name, module in shapes.items()}, {"model": q.fingerprint(model)}
)
weights = sum(module.weight.numel() for module in shapes.values())
print(f"torch {torch.__version__}, {device}, {torch.get_num_threads()} threads; {weights:,} weights in {len(names)} layers, {tokens} tokens")


def seconds(run, batches):
    start = time.perf_counter()
    run(batches)
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def timed(what, run):
    """Of all items but the first, whose pass pays for what is done once."""
    run(pool[:1])
    once = seconds(run, pool[:1])
    each = (seconds(run, pool) - once) / (tokens - length)
    print(f"{what:24} {1e6 * each:8.1f} us a token, {1e9 * each / 3600:8.1f} h a billion tokens", end="")


def forward_only(batches):
    with torch.no_grad():
        for batch in batches:
            q.model.losses(model(batch.tokens.to(device)), batch.targets().to(device))


with tempfile.TemporaryDirectory() as folder:
    timed("one forward pass", forward_only)
    print()
    timed("forward_scores", lambda b: q.forward_scores(model, direction, b, 1e-4))
    print()
    timed("backward_scores", lambda b: q.backward_scores(model, direction, b))
    print()
    projection = q.Projection.random(model, names, rank, 1)
    for what, settings, formula in (
        ("float32", {}, 4 * sum(sum(module.weight.shape) for module in shapes.values())),
        ("bfloat16", {"dtype": torch.bfloat16}, 2 * sum(sum(module.weight.shape) for module in shapes.values())),
        (f"rank {rank}, float32", {"projection": projection}, 4 * 2 * rank * len(names)),
    ):
        to = os.path.join(folder, what)
        runs = iter(range(3))
        timed(f"capture, {what}", lambda b: q.capture(model, names, b, f"{to}-{next(runs)}", **settings))
        size = sum(entry.stat().st_size for entry in os.scandir(f"{to}-2"))
        print(f", {size / (tokens - items):10.1f} bytes a row, {formula} by the formula")
