# SPDX-License-Identifier: Apache-2.0
"""One pass forward and backward, and what the layers saw in it."""
import contextlib
import hashlib

import torch

from .model import IGNORED, losses, plain, shape

MOST_ITEMS = 64


@contextlib.contextmanager
def uncompiled():
    """Without graphs of torch.compile, whose parts cannot be looked into; in older versions only the whole model is."""
    stance = getattr(getattr(torch, "compiler", None), "set_stance", None)
    with stance("force_eager") if stance else contextlib.nullcontext():
        yield


@contextlib.contextmanager
def hooked(layers):
    """Lists of (x, y, version of y) for each layer, one entry a call."""
    seen = {name: [] for name in layers}

    def hook(name):
        def keep(module, inputs, output):
            if not output.requires_grad:
                output = output.detach().requires_grad_()
            seen[name].append((inputs[0].detach(), output, output._version))
            return output

        return keep

    handles = [module.register_forward_hook(hook(name)) for name, module in layers.items()]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def draw_labels(logits, targets, ids, seed, draw):
    """Labels from the model's own prediction where there are targets. Each depends on (seed, draw, id), not on the batch."""
    drawn = targets.clone()
    for i, name in enumerate(ids):
        key = hashlib.sha256(f"{seed} {draw} {name}".encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(key[:7], "big"))
        wanted = targets[i] != IGNORED
        chances = logits[i, :-1][wanted].detach().to(torch.promote_types(logits.dtype, torch.float32)).softmax(-1).cpu()
        if len(chances):
            drawn[i, wanted] = torch.multinomial(chances, 1, generator=generator)[:, 0].to(drawn.device)
    return drawn


class Seen:
    """What layers saw of a batch.

    losses: of each item, summed.
    inputs: by layer, rows × inputs; rows of an item stand together, items in order.
    gradients: by layer, for the labels in the data and then for each draw, rows × outputs.
    counts: by layer, how many rows each item has.
    """

    def __init__(self, losses):
        self.losses, self.inputs, self.gradients, self.counts = losses, {}, {}, {}


def observe(model, layers, batch, forward, draws=0, seed=0):
    """Runs the model once forward, and backward for each set of labels.

    A layer that is called once, with items × length × inputs, has the rows of the tokens that carry a gradient. Of any other
    (experts, which see some of the tokens; a layer that is used twice) the rows with a gradient are taken, each from the item
    whose loss it belongs to: a second backward pass weighs the losses by powers of two, which are exact, and so tells.
    """
    model = plain(model)
    with uncompiled(), torch.enable_grad(), hooked(layers) as seen:
        logits = forward(model, batch)
    outputs, mask, targets = [], batch.rows(), batch.targets()
    for name, calls in seen.items():
        for _, y, version in calls:
            if y._version != version:
                raise RuntimeError(f"the output of layer {name} was changed in place; have that done in a new tensor")
            outputs.append(y)
    summed = losses(logits, targets)
    result = Seen(summed.detach())
    placed = {
        name: len(calls) == 1 and calls[0][0].shape[:-1] == batch.tokens.shape for name, calls in seen.items()
    }
    order = {}
    for draw in range(-1, draws):
        labels = targets if draw < 0 else draw_labels(logits, targets, batch.ids, seed, draw)
        each = summed if draw < 0 else losses(logits, labels)
        found = differentiate(each.sum(), outputs, draw + 1 < draws or not all(placed.values()))
        if draw < 0 and not all(placed.values()):
            tagged = differentiate((each * weights(each, outputs)).sum(), outputs, draws > 0)
        at = 0
        for name, calls in seen.items():
            gradients = found[at : at + len(calls)]
            outs, ins = shape(layers[name])
            if placed[name]:
                gradient = gradients[0][mask]
            else:
                like = logits.new_empty(0, outs)
                gradient = torch.cat([g.reshape(-1, outs) for g in gradients] or [like])
                if draw < 0:
                    other = torch.cat([g.reshape(-1, outs) for g in tagged[at : at + len(calls)]] or [like])
                    order[name] = owners(gradient, other, len(batch.ids))
                gradient = gradient[order[name][0]]
            result.gradients.setdefault(name, []).append(gradient)
            at += len(calls)
    for name, calls in seen.items():
        if placed[name]:
            result.inputs[name], result.counts[name] = calls[0][0][mask], mask.sum(1)
        else:
            ins = shape(layers[name])[1]
            x = torch.cat([x.reshape(-1, ins) for x, _, _ in calls] or [logits.detach().new_empty(0, ins)])
            result.inputs[name], result.counts[name] = x[order[name][0]], order[name][1]
    return result


def differentiate(loss, outputs, keep):
    found = torch.autograd.grad(loss, outputs, retain_graph=keep, allow_unused=True)
    return [torch.zeros_like(y) if g is None else g for y, g in zip(outputs, found)]


def weights(each, outputs):
    items = len(each)
    if items > MOST_ITEMS or (items > 1 and any(y.dtype == torch.float16 for y in outputs)):
        raise ValueError(
            f"a batch of {items} items with layers that see some of the tokens; allowed are {MOST_ITEMS} in bfloat16 or single"
            " precision, and 1 in float16"
        )
    return 2.0 ** (torch.arange(items, device=each.device, dtype=each.dtype) - items // 2)


def owners(gradient, tagged, items):
    """The rows that have a gradient, by item, and how many each item has."""
    size = gradient.abs().amax(1).double()
    rows = size.nonzero()[:, 0]
    item = (tagged.abs().amax(1).double()[rows] / size[rows]).log2().round().long() + items // 2
    item, turn = item.sort(stable=True)
    return rows[turn], torch.bincount(item, minlength=items)
