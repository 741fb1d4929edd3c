# SPDX-License-Identifier: Apache-2.0
"""Scores of the pool of score_model.py by plain autograd, item by item: what all other ways are held against."""
import sys

sys.path.insert(0, sys.argv[1])
import quad_torch
import score_model as q
import torch

out, precision = sys.argv[2:]
torch.manual_seed(1)
model = q.Model().to(getattr(torch, precision))
direction, _ = quad_torch.read_safetensors(f"{out}/direction.safetensors")
modules = dict(model.named_modules())
for batch in q.some_batches("pool", 37, seed=3):
    for name, row, length in zip(batch.ids, batch.tokens, batch.mask.sum(1)):
        model.zero_grad()
        logits = model(row[None, :length])[0, :-1]
        torch.nn.functional.cross_entropy(logits, row[1:length]).backward()
        score = 0.0
        for layer, v in direction.items():
            gradient = modules[layer].weight.grad
            if modules[layer].bias is not None:
                gradient = torch.cat([gradient, modules[layer].bias.grad[:, None]], 1)
            score += float((gradient.double() * v.double()).sum())
        print(name, repr(score))
