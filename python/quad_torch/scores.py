# SPDX-License-Identifier: Apache-2.0
"""Utilities along a direction that Quad made: how fast the mean loss of an item changes along it."""
import contextlib

import torch

from .captures import processes
from .files import lines, read_safetensors, text, write_safetensors
from .model import IGNORED, find_layers, fingerprint, is_transposed, losses, shape, tokens_only
from .passes import observe


class Direction:
    """One matrix a layer, outputs × inputs, with one more column, the last, where there is a bias."""

    def __init__(self, tensors, metadata, projection=None):
        self.tensors, self.metadata, self.projection = tensors, metadata, projection
        if projection:
            self.tensors = {name: projection.expand(name, z) for name, z in tensors.items()}

    @staticmethod
    def read(path, projection=None):
        """projection: that of the captures which the direction was made of."""
        tensors, metadata = read_safetensors(path)
        if metadata.get("format") != "quad.reference-direction.1":
            raise ValueError(f"{path} is no direction: its format is {metadata.get('format')!r}; Quad writes one")
        return Direction(tensors, metadata, projection)

    def layers(self, model):
        """The layers of the direction, in the model that it was made for; ValueError if it is another."""
        found = fingerprint(model)
        if self.metadata["model"] != (self.projection.of(found) if self.projection else found):
            raise ValueError(
                "the direction is of another model or projection; make it again, or give the model and the projection that was"
                " captured with"
            )
        layers = find_layers(model, self.tensors)
        for name, module in layers.items():
            outputs, inputs = shape(module)
            needed = (outputs, inputs + (module.bias is not None))
            if tuple(self.tensors[name].shape) != needed:
                raise ValueError(f"the direction has {tuple(self.tensors[name].shape)} for layer {name}, which has {needed}")
        return layers

    def on(self, layers):
        """The matrices where the layers stand, in the precision that scores are computed in."""
        return {
            name: v.to(layers[name].weight.device, torch.promote_types(layers[name].weight.dtype, torch.float32))
            for name, v in self.tensors.items()
        }


class Scores:
    """ids; utilities of the mean loss, NaN for an item without a token to predict; tokens to predict."""

    def __init__(self, ids, values, tokens):
        self.ids, self.values, self.tokens = ids, values, tokens


def mine(batches, rank, world):
    rank, world = processes(rank, world)
    return [batches[i] for i in range(rank, len(batches), world)]


def collected(batches, sums):
    ids = [name for batch in batches for name in batch.ids]
    tokens = torch.cat([torch.zeros(0).int()] + [(batch.targets() != IGNORED).sum(1).int().cpu() for batch in batches])
    values = torch.cat([torch.zeros(0).double()] + [each.cpu() for each in sums])
    return Scores(ids, torch.where(tokens > 0, values / tokens, torch.full_like(values, float("nan"))), tokens)


def backward_scores(model, direction, batches, forward=tokens_only, rank=None, world=None):
    """One pass forward and one backward. Exact but for rounding, in a model in bfloat16 too."""
    layers = direction.layers(model)
    vectors, sums, batches = direction.on(layers), [], mine(batches, rank, world)
    model.eval()
    for batch in batches:
        batch = batch.to(next(iter(layers.values())).weight.device)
        seen = observe(model, layers, batch, forward)
        each = torch.zeros(len(batch.ids), dtype=torch.float64, device=batch.tokens.device)
        items = torch.arange(len(batch.ids), device=each.device)
        for name, v in vectors.items():
            x, delta = seen.inputs[name].to(v), seen.gradients[name][0].to(v)
            moved = torch.nn.functional.linear(x, v[:, : x.shape[1]], v[:, -1] if v.shape[1] > x.shape[1] else None)
            each.index_add_(0, items.repeat_interleave(seen.counts[name]), (moved * delta).sum(1).double())
        sums.append(each)
    return collected(batches, sums)


@contextlib.contextmanager
def moved(layers, vectors, step):
    """The weights at θ + step·v, in place; as they were, to the bit, afterwards."""
    parameters = [p for module in layers.values() for p in (module.weight, module.bias) if p is not None]
    kept = [p.detach().clone() for p in parameters]
    try:
        with torch.no_grad():
            for name, v in vectors.items():
                module = layers[name]
                weight = v[:, : shape(module)[1]]
                module.weight.add_(weight.t() if is_transposed(module) else weight, alpha=step)
                if module.bias is not None:
                    module.bias.add_(v[:, -1], alpha=step)
        yield
    finally:
        with torch.no_grad():
            for parameter, value in zip(parameters, kept):
                parameter.copy_(value)


def differences(model, layers, vectors, batches, step, forward):
    sums, device = [], next(iter(layers.values())).weight.device
    with torch.no_grad():
        for sign in (1, -1):
            with moved(layers, vectors, sign * step):
                for i, batch in enumerate(batches):
                    batch = batch.to(device)
                    each = losses(forward(model, batch), batch.targets()).double()
                    if sign > 0:
                        sums.append(each)
                    else:
                        sums[i] = (sums[i] - each) / (2 * step)
    return collected(batches, sums)


def wide_layers(model, direction):
    layers = direction.layers(model)
    for name, module in layers.items():
        if module.weight.dtype not in (torch.float32, torch.float64):
            raise ValueError(
                f"layer {name} is in {module.weight.dtype}, in which small steps are rounded away; give model.float(), which"
                " is the same model, or take backward_scores"
            )
    return layers


def forward_scores(model, direction, batches, step, forward=tokens_only, rank=None, world=None):
    """(L(θ + s·v) − L(θ − s·v)) / 2s: two passes forward, none backward, to the error that find_step tells. The model may be
    one of torch.compile. Its weights are moved in place meanwhile, and the memory holds those of the layers twice more."""
    layers = wide_layers(model, direction)
    model.eval()
    return differences(model, layers, direction.on(layers), mine(batches, rank, world), step, forward)


def find_step(model, direction, batches, forward=tokens_only):
    """The step at which scores of a few items move least when it is halved, and how far they moved by the largest."""
    layers = wide_layers(model, direction)
    vectors = direction.on(layers)
    model.eval()
    norm = sum(v.double().square().sum() for v in vectors.values()).sqrt()
    parameters = sum(module.weight.detach().double().square().sum() for module in layers.values()).sqrt()
    tried = [float(1e-2 * parameters / norm) / 2**k for k in range(16)]
    scores = [differences(model, layers, vectors, batches, step, forward).values.nan_to_num() for step in tried]
    errors = [float((a - b).abs().max() / a.abs().max()) for a, b in zip(scores[1:], scores)]
    best = min(range(len(errors)), key=errors.__getitem__)
    return tried[best + 1], errors[best]


def write_scores(path, direction, scores, error=0.0):
    """The file that Quad's ScoreFile opens."""
    write(path, scores, {
        "format": "quad.scores.1",
        "model": direction.metadata["model"],
        "direction": direction.metadata["fingerprint"],
        "sign": "positive",
        "unit": "token",
        "error": str(error),
    })


def write(path, scores, metadata):
    write_safetensors(path, {"score": scores.values, "tokens": scores.tokens, "ids": text(scores.ids)}, metadata)


def join_scores(path, parts):
    """One file of those that several processes wrote."""
    read = [read_safetensors(part) for part in parts]
    common = {key: value for key, value in read[0][1].items() if key != "error"}
    for part, (_, metadata) in zip(parts, read):
        different = [key for key in common if metadata.get(key) != common[key]]
        if different:
            raise ValueError(f"{part} has another {', '.join(different)} than {parts[0]}; scores of one direction are joined")
    tensors = [tensors for tensors, _ in read]
    ids = [name for part in tensors for name in lines(part["ids"])]
    scores = Scores(ids, torch.cat([t["score"] for t in tensors]), torch.cat([t["tokens"] for t in tensors]))
    write(path, scores, {**common, "error": str(max(float(metadata["error"]) for _, metadata in read))})
