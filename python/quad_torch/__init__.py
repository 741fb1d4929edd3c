# SPDX-License-Identifier: Apache-2.0
"""Captures and influence scores of a PyTorch model, for Quad on the JVM. Needs torch 1.13 or later and nothing else.

1. `capture` writes what linear layers saw: of a sample for the curvature, of the reference, of a pool that is small.
2. Quad makes a direction of these.
3. `Direction.read`, then `backward_scores` or `forward_scores` of the pool, and `write_scores` for Quad to read.

The formats are described in docs/captures.md of Quad.
"""
from .captures import capture
from .files import read_safetensors, write_safetensors
from .model import Batch, fingerprint, linear_layers
from .optimizer import write_optimizer
from .projection import Projection
from .scores import Direction, backward_scores, find_step, forward_scores, join_scores, write_scores

__all__ = [
    "Batch",
    "Direction",
    "Projection",
    "backward_scores",
    "capture",
    "find_step",
    "fingerprint",
    "forward_scores",
    "join_scores",
    "linear_layers",
    "read_safetensors",
    "write_optimizer",
    "write_safetensors",
    "write_scores",
]
