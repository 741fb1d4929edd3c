# SPDX-License-Identifier: Apache-2.0
"""Folders of captures."""
import os

import torch

from .files import NAMES, read_header, text, write_safetensors
from .model import IGNORED, find_layers, fingerprint, tokens_only
from .passes import observe


def processes(rank, world):
    """(rank, world) as given, or of torch.distributed, or of one process."""
    if (rank is None) != (world is None):
        raise ValueError(f"rank {rank} of {world} processes; give both or none")
    if rank is None:
        distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
        rank, world = (torch.distributed.get_rank(), torch.distributed.get_world_size()) if distributed else (0, 1)
    if not 0 <= rank < world:
        raise ValueError(f"rank {rank} of {world} processes; allowed are 0 to {world - 1}")
    return rank, world


def starts(counts):
    return torch.cat([counts.new_zeros(1), counts.cumsum(0)]).int()


def capture(
    model,
    layers,
    batches,
    folder,
    draws=0,
    seed=0,
    forward=tokens_only,
    dtype=None,
    device=None,
    projection=None,
    rank=None,
    world=None,
):
    """Writes captures of linear layers, one file a batch; a file that is whole is not made again.

    layers: names, such as those of linear_layers(model).
    batches: a list of Batch, the same in every process. Each takes every world-th, so that a folder is whole when all have
        ended. A file should hold some thousands of tokens, and no tensor of 2 GiB.
    draws: how many sets of drawn labels to take gradients for, for the Fisher that is not the empirical one.
    forward: takes model and batch, gives logits, items × length × vocabulary. The model is run as it is without torch.compile.
    dtype: float32, bfloat16 for half the room, or float64, which it is by itself for a model in double precision.
    device: where tokens are to go; by itself, to the first of the layers.
    projection: a Projection, to write rank + rank numbers a token and layer in place of inputs + outputs.
    Returns the numbers of the files that were made.
    """
    rank, world = processes(rank, world)
    found = find_layers(model, layers)
    first = next(iter(found.values())).weight
    dtype = dtype or (torch.float64 if first.dtype == torch.float64 else torch.float32)
    common = {
        "format": "quad.captures.1",
        "model": projection.of(fingerprint(model)) if projection else fingerprint(model),
        "layers": "\n".join(layers),
        "bias": "".join("0" if module.bias is None or projection else "1" for module in found.values()),
        "loss": "sum",
        "unit": "nats",
        "mask": "gradient",
        "sign": "delta = derivative of the loss",
        "draws": str(draws),
        "seed": str(seed),
    }
    os.makedirs(folder, exist_ok=True)
    model.eval()
    made, ids = [], set()
    for shard in range(rank, len(batches), world):
        batch = batches[shard]
        for name in batch.ids:
            if name in ids:
                raise ValueError(f"batch {shard} has an item {name!r}, and there is one before it; ids are unique in a folder")
            ids.add(name)
        path = os.path.join(folder, f"captures-{shard:05d}.safetensors")
        last = "true" if shard == len(batches) - 1 else "false"
        metadata = {**common, "shard": str(shard), "last": last, "data": batch.digest()}
        if is_made(path, metadata, f"{layers[0]}.x", dtype):
            continue
        batch = batch.to(device or first.device)
        seen = observe(model, found, batch, forward, draws, seed)
        write_safetensors(path, tensors(seen, batch, dtype, projection), metadata)
        made.append(shard)
    return made


def tensors(seen, batch, dtype, projection):
    rows = batch.rows()
    positions = batch.present().long().cumsum(1) - 1
    result = {
        "rows": starts(rows.sum(1)),
        "positions": positions[rows].int(),
        "tokens": (batch.targets() != IGNORED).sum(1).int(),
        "loss": seen.losses.double(),
        "ids": text(batch.ids),
    }
    for name, x in seen.inputs.items():
        for draw, gradient in enumerate(seen.gradients[name], -1):
            small, gradient = projection.project(name, x, gradient) if projection else (x, gradient)
            result[f"{name}.x"] = small.to(dtype)
            result[f"{name}.delta" + (f".{draw}" if draw >= 0 else "")] = gradient.to(dtype)
        if not torch.equal(seen.counts[name], rows.sum(1)):
            result[f"{name}.rows"] = starts(seen.counts[name])
    return result


def is_made(path, metadata, tensor, dtype):
    """Whether a file is whole; one that is whole and of something else is an error."""
    try:
        entries, found, _ = read_header(path)
    except (FileNotFoundError, ValueError):
        return False
    found["dtype"], wanted = entries[tensor]["dtype"], {**metadata, "dtype": NAMES[dtype]}
    different = [key for key in wanted if found.get(key) != wanted[key]]
    if different:
        raise ValueError(f"{path} is there already, with another {', '.join(different)}; give a new folder, or delete it")
    return True
