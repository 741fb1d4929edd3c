# SPDX-License-Identifier: Apache-2.0
"""Captures that are smaller: each layer seen through a projection of its inputs and one of its output gradients."""
import hashlib

import torch

from .files import raw, read_safetensors, write_safetensors
from .model import find_layers, shape


class Projection:
    """D → R_out D R_inᵀ for the gradient D of each layer (Choe et al., 2024, LoGra), by projecting x and δ of each token.

    For Quad, what is captured so is a layer of its own, rank × rank and without bias: the gradient of Z in W + R_outᵀ Z R_in.
    """

    def __init__(self, sides):
        """sides: by layer, R_out, rank × outputs, and R_in, rank × inputs, with one more column where there is a bias."""
        self.sides = sides
        digest = hashlib.sha256()
        for name, pair in sorted(sides.items()):
            for side in pair:
                digest.update(f"{name} {tuple(side.shape)}\n".encode())
                digest.update(raw(side.contiguous()))
        self.fingerprint = digest.hexdigest()

    @staticmethod
    def random(model, layers, rank, seed):
        """Independent normal entries of variance 1/rank, so that inner products are kept in the mean. Those of a layer depend on
        seed and name only; a side that is not longer than the rank is left as it is."""
        if rank < 1:
            raise ValueError(f"the rank is {rank}; allowed is 1 or more")
        sides = {}
        for name, module in find_layers(model, layers).items():
            outputs, inputs = shape(module)
            sides[name] = tuple(
                normal(rank, size, f"{seed} {side} {name}")
                for side, size in (("outputs", outputs), ("inputs", inputs + (module.bias is not None)))
            )
        return Projection(sides)

    def write(self, path):
        both = {f"{name}.{side}": r for name, pair in self.sides.items() for side, r in zip(("outputs", "inputs"), pair)}
        write_safetensors(path, both, {"format": "quad.projection.1", "layers": "\n".join(self.sides)})

    @staticmethod
    def read(path):
        tensors, metadata = read_safetensors(path)
        if metadata.get("format") != "quad.projection.1":
            raise ValueError(f"{path} is no projection: its format is {metadata.get('format')!r}")
        return Projection({n: (tensors[f"{n}.outputs"], tensors[f"{n}.inputs"]) for n in metadata["layers"].split("\n")})

    def of(self, model):
        """What the captures of a model are of, by its fingerprint."""
        return f"{model} projected by {self.fingerprint}"

    def project(self, name, x, gradient):
        """x, rows × inputs, and δ, rows × outputs, of a layer: rows × rank each, in single precision or what they are in."""
        outputs, inputs = (side.to(x.device, torch.promote_types(x.dtype, torch.float32)) for side in self.sides[name])
        small = x.to(inputs) @ inputs[:, : x.shape[1]].t()
        if inputs.shape[1] > x.shape[1]:
            small = small + inputs[:, -1]
        return small, gradient.to(outputs) @ outputs.t()

    def expand(self, name, z):
        """R_outᵀ Z R_in: a direction in the layer's own weights."""
        outputs, inputs = (side.to(z) for side in self.sides[name])
        return outputs.t() @ z @ inputs


def normal(rank, size, key):
    if rank >= size:
        return torch.eye(size)
    generator = torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(key.encode()).digest()[:7], "big"))
    return torch.randn(rank, size, generator=generator) / rank**0.5
