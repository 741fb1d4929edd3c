#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Influence scores for a PyTorch model, with Quad on the JVM. Needs torch 1.13 or later and nothing else.

    python3 quad_torch.py capture OUT   # what the linear layers saw: OUT/sample, OUT/reference, OUT/pool
    ScorePyTorchModel OUT               # in Java: OUT/direction.safetensors, and scores from the captures
    python3 quad_torch.py score OUT     # OUT/scores.safetensors, by forward passes along the direction

`capture` is for pools that are small, and for the samples that curvature and reference need. `score` needs no captures of
the pool and no backward pass. The formats are described in docs/captures.md. Take the functions, and put your model, your
loss and your data in the place of those at the end.
"""
import copy
import hashlib
import json
import os
import struct
import sys

import torch
import torch.nn.functional as F

TYPES = {"F32": torch.float32, "F64": torch.float64, "I32": torch.int32, "U8": torch.uint8}


def write_safetensors(path, tensors, metadata):
    """A safetensors file: length of the header, header, data. It appears when it is whole."""
    header, at = {"__metadata__": metadata}, 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        kind = next(key for key, value in TYPES.items() if value == tensor.dtype)
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".tmp", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.detach().cpu().contiguous().numpy().tobytes())
    os.replace(path + ".tmp", path)


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        kind = TYPES[entry["dtype"]]
        tensors[name] = torch.frombuffer(data[start:end], dtype=kind).reshape(entry["shape"])
    return tensors, metadata


def text(lines):
    return torch.tensor(list("\n".join(lines).encode()), dtype=torch.uint8)


def fingerprint(model):
    """A digest of the parameters: what belongs together has the same."""
    digest = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def draw_labels(logits, ids, seed, draw):
    """Labels from the model's own prediction. Each depends on (seed, draw, id) and not on the batch."""
    labels = []
    for row, name in zip(logits, ids):
        key = hashlib.sha256(f"{seed} {draw} {name}".encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(key[:7], "big"))
        labels.append(torch.multinomial(row.softmax(-1).cpu(), 1, generator=generator)[:, 0])
    return torch.stack(labels)


def capture(model, layers, batches, folder, draws=0, seed=0):
    """Writes captures of the layers, one file a batch.

    layers: names of nn.Linear modules. Each must run once in a forward pass, and nothing may change its output in place.
    batches: of (ids, tokens, lengths); tokens is padded on the right.
    draws: how many sets of drawn labels to take gradients for, for the Fisher that is not the empirical one.
    """
    os.makedirs(folder)
    modules = dict(model.named_modules())
    seen = {}

    def hook(name):
        def keep(module, inputs, output):
            if name in seen:
                raise RuntimeError(f"layer {name} ran twice in one forward pass; capture it in two steps")
            seen[name] = (inputs[0].detach(), output)

        return keep

    hooks = [modules[name].register_forward_hook(hook(name)) for name in layers]
    model.eval()
    batches = list(batches)
    for shard, (ids, tokens, lengths) in enumerate(batches):
        seen.clear()
        logits = model(tokens)[:, :-1]
        # The gradient mask: tokens that are followed by one that is to be predicted. The others have no gradient.
        mask = torch.arange(tokens.shape[1])[None, :] < (lengths - 1)[:, None]
        outputs = [seen[name][1] for name in layers]
        tensors = {
            "rows": torch.cat([torch.zeros(1), mask.sum(1).cumsum(0)]).int(),
            "positions": mask.nonzero()[:, 1].int(),
            "tokens": (lengths - 1).int(),
            "loss": losses(logits, tokens[:, 1:], mask[:, :-1]).double(),
            "ids": text(ids),
        }
        for draw in range(-1, draws):
            labels = tokens[:, 1:] if draw < 0 else draw_labels(logits.detach(), ids, seed, draw)
            loss = losses(logits, labels, mask[:, :-1]).sum()
            gradients = torch.autograd.grad(loss, outputs, retain_graph=draw + 1 < draws)
            for name, gradient in zip(layers, gradients):
                tensors[f"{name}.delta" + (f".{draw}" if draw >= 0 else "")] = gradient[mask]
        for name in layers:
            tensors[f"{name}.x"] = seen[name][0][mask]
        metadata = {
            "format": "quad.captures.1",
            "model": fingerprint(model),
            "layers": "\n".join(layers),
            "bias": "".join("0" if modules[name].bias is None else "1" for name in layers),
            "loss": "sum",
            "unit": "nats",
            "mask": "gradient",
            "sign": "delta = derivative of the loss",
            "draws": str(draws),
            "seed": str(seed),
            "shard": str(shard),
            "last": "true" if shard == len(batches) - 1 else "false",
        }
        write_safetensors(f"{folder}/captures-{shard:05d}.safetensors", tensors, metadata)
    for handle in hooks:
        handle.remove()


def write_optimizer(path, named_parameters, optimizer):
    """The moments of Adam or AdamW by the names of a checkpoint's tensors: `optimizer.safetensors` beside the model, for
    `quad select --gradient adam-state`. `named_parameters` as of the module that `save_pretrained` writes."""
    settings = {(tuple(group["betas"]), group["eps"]) for group in optimizer.param_groups}
    if len(settings) != 1:
        raise ValueError(f"groups with several betas or epsilons, {settings}; one for all is needed")
    ((beta1, beta2), epsilon) = settings.pop()
    tensors = {}
    for name, parameter in named_parameters:
        if "exp_avg" in optimizer.state[parameter]:
            for moment in ("exp_avg", "exp_avg_sq"):
                tensors[f"{moment}.{name}"] = optimizer.state[parameter][moment].float()
    if not tensors:
        raise ValueError("the optimizer has no moments of these parameters; take an Adam that has made a step with them")
    write_safetensors(path, tensors, {
        "format": "quad.optimizer.1", "beta1": repr(beta1), "beta2": repr(beta2), "epsilon": repr(epsilon)})


def moved(model, direction, step):
    """A copy of the model at θ + step·v. The last column of v is that of the bias, where there is one."""
    result = copy.deepcopy(model)
    modules = dict(result.named_modules())
    with torch.no_grad():
        for name, v in direction.items():
            weight, bias = modules[name].weight, modules[name].bias
            weight += step * v[:, : weight.shape[1]].to(weight)
            if bias is not None:
                bias += step * v[:, -1].to(bias)
    return result


def forward_scores(model, direction, batches, step):
    """Utilities (L(θ + s·v) − L(θ − s·v)) / 2s, with L the mean loss over an item's tokens."""
    with torch.no_grad():
        up, down = moved(model, direction, step).eval(), moved(model, direction, -step).eval()
        scores = []
        for _, tokens, lengths in batches:
            mask = torch.arange(tokens.shape[1] - 1)[None, :] < (lengths - 1)[:, None]
            difference = [losses(m(tokens)[:, :-1], tokens[:, 1:], mask).double() for m in (up, down)]
            scores.append((difference[0] - difference[1]) / (2 * step) / (lengths - 1))
    return torch.cat(scores)


def find_step(model, direction, batches):
    """The step at which scores of a few items move least when it is halved, and how far they moved."""
    modules = dict(model.named_modules())
    norm = sum(v.double().square().sum() for v in direction.values()).sqrt()
    parameters = sum(modules[name].weight.double().square().sum() for name in direction).sqrt()
    tried = [float(1e-2 * parameters / norm) / 2**k for k in range(16)]
    scores = [forward_scores(model, direction, batches, step) for step in tried]
    errors = [float((a - b).abs().max() / a.abs().max()) for a, b in zip(scores[1:], scores)]
    best = min(range(len(errors)), key=errors.__getitem__)
    return tried[best + 1], errors[best]


def write_scores(path, metadata, ids, scores, tokens, error):
    """The file that Quad's ScoreFile opens; NaN stands for an item without a score."""
    own = {
        "format": "quad.scores.1",
        "model": metadata["model"],
        "direction": metadata["fingerprint"],
        "sign": "positive",
        "unit": "token",
        "error": str(error),
    }
    write_safetensors(path, {"score": scores.double(), "tokens": tokens.int(), "ids": text(ids)}, own)


# From here on: your model, your loss, your data. ------------------------------------------------------------------------


def losses(logits, labels, mask):
    """The loss of each item, summed over its tokens."""
    each = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
    return (each.view_as(labels) * mask).sum(1)


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


LAYERS = ["qkv", "output", "up", "down"]


def some_batches(name, items, seed):
    """Random sequences of 2 to 12 tokens."""
    generator = torch.Generator().manual_seed(seed)
    for first in range(0, items, 8):
        count = min(8, items - first)
        lengths = torch.randint(2, 13, (count,), generator=generator)
        tokens = torch.randint(0, 29, (count, 12), generator=generator)
        yield [f"{name}-{first + i}" for i in range(count)], tokens, lengths


def main(what, out, precision="float32"):
    torch.manual_seed(1)
    model = Model().to(getattr(torch, precision))
    pool = list(some_batches("pool", 37, seed=3))
    if what == "capture":
        capture(model, LAYERS, some_batches("sample", 40, seed=1), f"{out}/sample", draws=2, seed=7)
        capture(model, LAYERS, some_batches("reference", 5, seed=2), f"{out}/reference")
        capture(model, LAYERS, pool, f"{out}/pool")
    elif what == "score":
        direction, metadata = read_safetensors(f"{out}/direction.safetensors")
        if metadata["model"] != fingerprint(model):
            raise SystemExit(f"{out}/direction.safetensors is of another model; make it again")
        step, error = find_step(model, direction, pool[:2])
        scores = forward_scores(model, direction, pool, step)
        ids = [name for names, _, _ in pool for name in names]
        tokens = torch.cat([lengths - 1 for _, _, lengths in pool])
        write_scores(f"{out}/scores.safetensors", metadata, ids, scores, tokens, error)
        print(f"{len(ids)} items scored along the direction, step {step:.3g}, error {error:.2g}")
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
