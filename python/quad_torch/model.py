# SPDX-License-Identifier: Apache-2.0
"""A model, its layers and its batches, as all parts of the package see them."""
import hashlib
from dataclasses import dataclass
from typing import List, Optional

import torch
import torch.nn.functional as F

from .files import raw

IGNORED = -100


def plain(model):
    """The model inside of torch.compile and DistributedDataParallel."""
    while True:
        if hasattr(model, "_orig_mod"):
            model = model._orig_mod
        elif isinstance(model, torch.nn.parallel.DistributedDataParallel):
            model = model.module
        else:
            return model


def named_modules(model):
    """Modules by name, as if no part of the model was compiled."""
    return {name.replace("_orig_mod.", ""): module for name, module in plain(model).named_modules()}


def is_transposed(module):
    """Whether the weight is inputs × outputs: the Conv1D of GPT-2."""
    return type(module).__name__ == "Conv1D"


def is_linear(module):
    return isinstance(module, torch.nn.Linear) or (is_transposed(module) and module.weight.dim() == 2)


def linear_layers(model, wanted=lambda name: "head" not in name):
    """Names of the linear layers, nn.Linear and Conv1D of GPT-2, in order; of all but the head if not said otherwise."""
    return [name for name, module in named_modules(model).items() if is_linear(module) and wanted(name)]


def find_layers(model, names):
    modules = named_modules(model)
    for name in names:
        if name not in modules:
            raise ValueError(f"the model has no module {name!r}; linear_layers(model) lists those that can be captured")
        if not is_linear(modules[name]):
            raise ValueError(
                f"{name!r} is a {type(modules[name]).__name__}; allowed are nn.Linear and the Conv1D of GPT-2"
                " (of an adapter, name the linear layer inside)"
            )
    return {name: modules[name] for name in names}


def shape(module):
    """(outputs, inputs) of a layer."""
    outputs, inputs = module.weight.shape
    return (inputs, outputs) if is_transposed(module) else (outputs, inputs)


def fingerprint(model):
    """A digest of the parameters: what belongs together has the same. A model in bfloat16 has that of its copy in float32."""
    digest = hashlib.sha256()
    for name, value in sorted(plain(model).state_dict().items()):
        value = value.detach().cpu().contiguous()
        if value.dtype in (torch.bfloat16, torch.float16):
            value = value.float()
        digest.update(f"{name.replace('_orig_mod.', '')} {tuple(value.shape)}\n".encode())
        digest.update(raw(value))
    return digest.hexdigest()


@dataclass
class Batch:
    """Items that go through the model together.

    ids: a name for each item, unique in a folder, without a line break.
    tokens: items × length.
    labels: as tokens, and −100 where a token is not to be predicted; without, all tokens are. Not shifted: labels[i, t]
        is held against the logits at t − 1.
    mask: of that shape, 1 where there is a token and 0 where there is padding, on the left or the right.
    """

    ids: List[str]
    tokens: torch.Tensor
    labels: Optional[torch.Tensor] = None
    mask: Optional[torch.Tensor] = None

    def __post_init__(self):
        if self.tokens.dim() != 2 or len(self.ids) != len(self.tokens):
            raise ValueError(f"{len(self.ids)} ids come with tokens of shape {tuple(self.tokens.shape)}; items × length is needed")
        for name in ("labels", "mask"):
            value = getattr(self, name)
            if value is not None and value.shape != self.tokens.shape:
                raise ValueError(f"{name} of shape {tuple(value.shape)} come with tokens of {tuple(self.tokens.shape)}")
        for name in self.ids:
            if "\n" in name:
                raise ValueError(f"the id {name!r} has a line break; ids are one line each")

    @staticmethod
    def padded(ids, tokens, lengths):
        """Items of these lengths, padded on the right."""
        return Batch(ids, tokens, mask=torch.arange(tokens.shape[1], device=tokens.device)[None, :] < lengths[:, None])

    def to(self, device):
        moved = [None if t is None else t.to(device) for t in (self.tokens, self.labels, self.mask)]
        return Batch(self.ids, *moved)

    def present(self):
        """Where there is a token."""
        return torch.ones_like(self.tokens, dtype=torch.bool) if self.mask is None else self.mask.bool()

    def targets(self):
        """What the logits are to predict, items × (length − 1); −100 for nothing."""
        present = self.present()
        labels = self.tokens if self.labels is None else self.labels
        return labels[:, 1:].masked_fill(~(present[:, 1:] & present[:, :-1]), IGNORED)

    def rows(self):
        """Where tokens carry a gradient: up to the last from which something is predicted. Padding never does."""
        later = (self.targets() != IGNORED).flip(1).cumsum(1).flip(1) > 0
        return F.pad(later, (0, 1)) & self.present()

    def digest(self):
        digest = hashlib.sha256("\n".join(self.ids).encode())
        for tensor in (self.tokens.long(), self.targets().long(), self.present().to(torch.uint8)):
            digest.update(f"{tuple(tensor.shape)}".encode())
            digest.update(raw(tensor.detach().cpu().contiguous()))
        return digest.hexdigest()


def tokens_only(model, batch):
    """The forward pass, if not said otherwise: the model takes tokens and gives logits, or an object with `logits`.
    That is right without a mask of attention as long as padding stands on the right of a causal model."""
    output = model(batch.tokens)
    return getattr(output, "logits", output)


def losses(logits, targets):
    """The loss of each item, summed over its tokens."""
    logits = logits[:, :-1].to(torch.promote_types(logits.dtype, torch.float32))
    each = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="none")
    return each.view_as(targets).sum(1)
