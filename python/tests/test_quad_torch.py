# SPDX-License-Identifier: Apache-2.0
import os
import tempfile
import unittest

import quad_torch as q
import torch
from llama import Llama, masked
from torch import nn

SMALL = {
    "vocab_size": 31,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "num_hidden_layers": 2,
    "rms_norm_eps": 1e-6,
}


class Conv1D(nn.Module):
    """As GPT-2 has it: the weight is inputs × outputs."""

    def __init__(self, outputs, inputs):
        super().__init__()
        self.weight, self.bias = nn.Parameter(0.3 * torch.randn(inputs, outputs)), nn.Parameter(torch.randn(outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


class Fused(nn.Module):
    """Fused Conv1D, and a linear layer that is used twice."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(31, 8)
        self.c_attn = Conv1D(24, 8)
        self.twice = nn.Linear(8, 8)
        self.lm_head = nn.Linear(8, 31)

    def forward(self, tokens):
        a, b, c = self.c_attn(self.embedding(tokens)).chunk(3, -1)
        x = (a * b).cumsum(1) + c
        return self.lm_head(x + self.twice(torch.tanh(self.twice(x))))


def llama(dtype=torch.float64, **more):
    torch.manual_seed(3)
    model = Llama({**SMALL, **more}).to(dtype)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Linear):
                module.weight *= 4
    return model


def batches(sizes=(4, 1, 3), left=False):
    """Items with padding, and with labels of −100 at the start, in the middle and at the end; the second predicts nothing."""
    torch.manual_seed(4)
    result = []
    for b, size in enumerate(sizes):
        tokens = torch.randint(0, 31, (size, 11))
        lengths = torch.randint(5, 12, (size, 1))
        mask = torch.arange(11)[None, :] < lengths
        labels = tokens.clone()
        labels[:, 1 + b % 2] = -100
        labels[torch.rand(size, 11) < 0.2] = -100
        if b == 0:
            labels[1] = -100
        if left:
            tokens, labels, mask = tokens.flip(1), labels.flip(1), mask.flip(1)
        result.append(q.Batch([f"item {b}.{i}" for i in range(size)], tokens, labels, mask))
    return result


def alone(batch, i):
    """One item without padding."""
    kept = batch.mask[i].bool()
    return q.Batch([batch.ids[i]], batch.tokens[i, kept][None], batch.labels[i, kept][None])


def by_autograd(model, layers, items):
    """Gradients of the summed loss of each item, alone, of each layer: outputs × inputs, the bias in the last column."""
    modules, result = dict(model.named_modules()), []
    for batch in items:
        for i in range(len(batch.ids)):
            one = alone(batch, i)
            model.zero_grad()
            logits = model(one.tokens)[0, :-1]
            labels = one.labels[0, 1:]
            nn.functional.cross_entropy(logits.double(), labels, ignore_index=-100, reduction="sum").backward()
            gradients = {}
            for name in layers:
                module = modules[name]
                gradient = torch.zeros_like(module.weight) if module.weight.grad is None else module.weight.grad
                gradient = gradient.t() if isinstance(module, Conv1D) else gradient
                if module.bias is not None:
                    gradient = torch.cat([gradient, module.bias.grad[:, None]], 1)
                gradients[name] = gradient.double().clone()
            result.append((gradients, int((labels != -100).sum())))
    model.zero_grad()
    return result


def by_captures(folder, count):
    """The same of a folder of captures."""
    result = []
    for shard in range(count):
        tensors, metadata = q.read_safetensors(os.path.join(folder, f"captures-{shard:05d}.safetensors"))
        for i, tokens in enumerate(tensors["tokens"].tolist()):
            gradients = {}
            for name, bias in zip(metadata["layers"].split("\n"), metadata["bias"]):
                rows = tensors.get(f"{name}.rows", tensors["rows"])
                part = slice(int(rows[i]), int(rows[i + 1]))
                x = tensors[f"{name}.x"][part].double()
                x = torch.cat([x, torch.ones(len(x), 1).double()], 1) if bias == "1" else x
                gradients[name] = tensors[f"{name}.delta"][part].double().t() @ x
            result.append((gradients, tokens))
    return result


def distance(found, expected):
    """The largest difference of a layer's gradient over the largest gradient of any item."""
    size = max(float(g.abs().max()) for gradients, _ in expected for g in gradients.values())
    assert [tokens for _, tokens in found] == [tokens for _, tokens in expected]
    return max(float((a[0][n] - b[0][n]).abs().max()) for a, b in zip(found, expected) for n in b[0]) / size


def a_direction(model, layers, seed=5):
    torch.manual_seed(seed)
    tensors = {}
    for name, module in layers.items():
        outputs, inputs = module.weight.shape if not isinstance(module, Conv1D) else module.weight.t().shape
        tensors[name] = torch.randn(outputs, inputs + (module.bias is not None))
    return q.Direction(tensors, {"model": q.fingerprint(model), "fingerprint": "of the direction"})


class QuadTorchTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = os.path.join(temporary.name, "captures")

    def check(self, model, items, bound, forward=q.model.tokens_only, **settings):
        layers = q.linear_layers(model)
        q.capture(model, layers, items, self.folder, forward=forward, **settings)
        exact = by_autograd(model, layers, items)
        self.assertLess(distance(by_captures(self.folder, len(items)), exact), bound)

        direction = a_direction(model, q.model.find_layers(model, layers))
        scores = q.backward_scores(model, direction, items, forward)
        expected = torch.tensor(
            [sum(float((g[n] * v).sum()) for n, v in direction.tensors.items()) / t if t else float("nan") for g, t in exact],
            dtype=torch.float64,
        )
        self.assertEqual(scores.ids, [name for batch in items for name in batch.ids])
        self.assertTrue(torch.equal(scores.values.isnan(), expected.isnan()))
        difference = (scores.values - expected).nan_to_num().abs().max() / expected.nan_to_num().abs().max()
        self.assertLess(float(difference), bound)
        return direction, expected

    def test_llama_paddedAndMasked_gradientsOfAutograd(self):
        self.check(llama(), batches(), 1e-11)

    def test_llama_paddedOnTheLeft_gradientsOfAutograd(self):
        self.check(llama(), batches(left=True), 1e-11, forward=masked)

    def test_llama_single_gradientsOfAutograd(self):
        self.check(llama(torch.float32), batches(), 1e-4)

    def test_llama_frozen_isCapturedAsWell(self):
        model = llama()
        layers = q.linear_layers(model)
        exact = by_autograd(model, layers, batches())
        q.capture(model.requires_grad_(False), layers, batches(), self.folder)
        self.assertLess(distance(by_captures(self.folder, 3), exact), 1e-11)

    def test_llama_bfloat16_gradientsOfItsFloatCopyRoughly(self):
        model = llama(torch.bfloat16)
        layers = q.linear_layers(model)
        q.capture(model, layers, batches(), self.folder)
        wide = llama(torch.bfloat16).double()
        # 8 bits a number, some ten roundings one after another
        self.assertLess(distance(by_captures(self.folder, 3), by_autograd(wide, layers, batches())), 0.1)
        self.assertEqual(q.fingerprint(model), q.fingerprint(model.float()))

    def test_experts_thatSeeSomeTokens_gradientsOfAutograd(self):
        model = llama(num_local_experts=8)
        with torch.no_grad():
            model.model.layers[0].mlp.gate.weight[5] = 0
            model.model.layers[0].mlp.gate.weight[5, 0] = 1e-3
        self.check(model, batches((7, 1, 30)), 1e-11)
        tensors, _ = q.read_safetensors(self.folder + "/captures-00000.safetensors")
        self.assertIn("model.layers.0.mlp.experts.0.up_proj.rows", tensors)

    def test_expertsOfBfloat16_rowsGoToTheirItems(self):
        model = llama(torch.bfloat16, num_local_experts=4)
        layers = q.linear_layers(model)
        q.capture(model, layers, batches((30, 8)), self.folder)
        for shard, batch in enumerate(batches((30, 8))):
            tensors, _ = q.read_safetensors(f"{self.folder}/captures-{shard:05d}.safetensors")
            experts = [tensors.get(f"{n}.rows", tensors["rows"]).diff() for n in layers if "0.mlp.experts" in n and "up" in n]
            self.assertEqual(sum(experts).tolist(), (2 * batch.rows().sum(1)).tolist())

    def test_experts_inBatchesThatAreTooLarge_areRefused(self):
        with self.assertRaisesRegex(ValueError, "batch of 65 items.*allowed are 64"):
            q.capture(llama(num_local_experts=4), ["model.layers.0.mlp.experts.1.up_proj"], batches((65,)), self.folder)

    def test_conv1dAndLayersUsedTwice_gradientsOfAutograd(self):
        torch.manual_seed(1)
        self.check(Fused().double(), batches(), 1e-11)

    def test_projection_ofCapturesAndDirection_isThatOfGradients(self):
        torch.manual_seed(1)
        model, items = Fused().double(), batches()
        layers = q.linear_layers(model)
        made = q.Projection.random(model, layers, 5, seed=3)
        made.write(self.folder + ".projection")
        projection = q.Projection.read(self.folder + ".projection")
        q.capture(model, layers, items, self.folder, projection=projection)
        exact = by_autograd(model, layers, items)
        sides = {name: [side.double() for side in pair] for name, pair in made.sides.items()}
        through = lambda g: {n: sides[n][0] @ g[n] @ sides[n][1].t() for n in layers}
        found = by_captures(self.folder, 3)
        self.assertEqual(found[0][0]["c_attn"].shape, (5, 5))
        self.assertLess(distance(found, [(through(g), t) for g, t in exact]), 1e-11)

        small = {name: torch.randn(5, 5).double() for name in layers}
        metadata = {"model": projection.of(q.fingerprint(model))}
        scores = q.backward_scores(model, q.Direction(small, metadata, projection), items)
        expected = [sum(float((small[n] * g[n]).sum()) for n in layers) / t if t else float("nan") for g, t in found]
        self.assertTrue(torch.allclose(scores.values, torch.tensor(expected, dtype=torch.float64), equal_nan=True))
        for other in (None, q.Projection.random(model, layers, 5, seed=4)):
            with self.assertRaisesRegex(ValueError, "another model or projection"):
                q.backward_scores(model, q.Direction(small, metadata, other), items)

    def test_randomProjection_keepsInnerProductsInTheMean(self):
        model = nn.Sequential(nn.Linear(12, 10))
        torch.manual_seed(2)
        a, b = torch.randn(2, 10, 13)
        products = []
        for seed in range(400):
            outputs, inputs = q.Projection.random(model, ["0"], 4, seed).sides["0"]
            products.append(float(((outputs @ a @ inputs.t()) * (outputs @ b @ inputs.t())).sum()))
        found = torch.tensor(products)
        # four standard errors
        self.assertLess(abs(float(found.mean() - (a * b).sum())), 4 * float(found.std()) / 400**0.5)
        identity = q.Projection.random(model, ["0"], 13, 1).sides["0"]
        self.assertEqual([len(side) for side in identity], [10, 13])
        self.assertTrue(torch.equal(identity[1], torch.eye(13)))

    def test_draws_dependOnTheItemAndNotOnItsBatch(self):
        model = llama()
        layers = q.linear_layers(model)
        items = batches()
        q.capture(model, layers, items, self.folder, draws=2, seed=9)
        one = alone(items[0], 2)
        q.capture(model, layers, [one], self.folder + "2", draws=2, seed=9)
        many, _ = q.read_safetensors(self.folder + "/captures-00000.safetensors")
        single, _ = q.read_safetensors(self.folder + "2/captures-00000.safetensors")
        rows = slice(int(many["rows"][2]), int(many["rows"][3]))
        for draw in ("", ".0", ".1"):
            name = f"{layers[0]}.delta{draw}"
            self.assertTrue(torch.allclose(many[name][rows], single[name], rtol=0, atol=1e-12 * float(many[name].abs().max())))
        self.assertFalse(torch.allclose(single[f"{layers[0]}.delta.0"], single[f"{layers[0]}.delta.1"]))

    def test_shards_ofSeveralProcesses_areResumed(self):
        model, items = llama(), batches()
        layers = q.linear_layers(model)
        run = lambda rank, world: q.capture(model, layers, items, self.folder, rank=rank, world=world)
        self.assertEqual(run(1, 2), [1])
        self.assertEqual(run(0, 2), [0, 2])
        first = os.path.join(self.folder, "captures-00000.safetensors")
        with open(first, "rb") as file:
            whole = file.read()
        with open(first, "r+b") as file:
            file.truncate(len(whole) - 3)
        os.remove(os.path.join(self.folder, "captures-00001.safetensors"))
        self.assertEqual(run(0, 1), [0, 1])
        with open(first, "rb") as file:
            self.assertEqual(file.read(), whole)
        self.assertEqual(run(0, 1), [])
        self.assertEqual(sorted(os.listdir(self.folder)), [f"captures-0000{i}.safetensors" for i in range(3)])

        items[1].tokens[0, 0] += 1
        with self.assertRaisesRegex(ValueError, "captures-00001.*another data"):
            run(0, 1)
        with self.assertRaisesRegex(ValueError, "rank 2 of 2"):
            run(2, 2)

    def test_forwardScores_withTheStepFound_agreeWithAutograd(self):
        model, items = llama(), batches()
        direction, expected = self.check(model, items, 1e-11)
        before = q.fingerprint(model)
        step, error = q.find_step(model, direction, items[:1])
        scores = q.forward_scores(model, direction, items, step)
        difference = float((scores.values - expected).nan_to_num().abs().max() / expected.nan_to_num().abs().max())
        self.assertLess(difference, 1e-6)
        self.assertLess(error, 1e-6)
        self.assertEqual(q.fingerprint(model), before)
        with self.assertRaisesRegex(ValueError, "bfloat16.*model.float"):
            other = llama(torch.bfloat16)
            q.forward_scores(other, a_direction(other, q.model.find_layers(other, direction.tensors)), items, step)
        with self.assertRaisesRegex(ValueError, "another model"):
            q.forward_scores(other, direction, items, step)

    def test_scores_ofSeveralProcesses_areJoined(self):
        model, items = llama(), batches()
        direction = a_direction(model, q.model.find_layers(model, q.linear_layers(model)))
        paths = [f"{self.folder}-{rank}" for rank in range(2)]
        for rank, path in enumerate(paths):
            q.write_scores(path, direction, q.backward_scores(model, direction, items, rank=rank, world=2), rank * 0.5)
        q.join_scores(self.folder, paths)
        tensors, metadata = q.read_safetensors(self.folder)
        ids = bytes(tensors["ids"].tolist()).decode().split("\n")
        found = dict(zip(ids, tensors["score"].tolist()))
        whole = q.backward_scores(model, direction, items)
        self.assertEqual(sorted(ids), whole.ids)
        for name, value in zip(whole.ids, whole.values.tolist()):
            self.assertEqual(str(found[name]), str(value))
        self.assertEqual((metadata["error"], metadata["direction"]), ("0.5", "of the direction"))

    @unittest.skipUnless(hasattr(torch, "compile") and hasattr(torch, "compiler"), "no torch.compile")
    def test_compiledModels_areCapturedAndScored(self):
        model, items = llama(), batches()
        direction, expected = self.check(model, items, 1e-11)
        step, _ = q.find_step(model, direction, items[:1])
        plain = q.forward_scores(model, direction, items, step)
        whole = torch.compile(model, backend="eager")
        parts = llama()
        parts.model.layers[0] = torch.compile(parts.model.layers[0], backend="eager")
        parts.model.layers[1].compile(backend="eager")
        for compiled in (whole, parts):
            folder = f"{self.folder}-{type(compiled).__name__}"
            compiled(items[0].tokens)
            self.assertEqual(q.linear_layers(compiled), q.linear_layers(model))
            q.capture(compiled, q.linear_layers(compiled), items, folder)
            self.assertLess(distance(by_captures(folder, 3), by_captures(self.folder, 3)), 1e-12)
            scores = q.forward_scores(compiled, direction, items, step)
            self.assertTrue(torch.allclose(scores.values, plain.values, rtol=1e-9, equal_nan=True))

    def test_whatCannotBeCaptured_isRefused(self):
        model = llama()
        with self.assertRaisesRegex(ValueError, "no module 'nothing'"):
            q.capture(model, ["nothing"], batches(), self.folder)
        with self.assertRaisesRegex(ValueError, "'model.norm' is a Norm; allowed"):
            q.capture(model, ["model.norm"], batches(), self.folder)
        with self.assertRaisesRegex(ValueError, "line break"):
            q.Batch(["a\nb"], torch.zeros(1, 2).long())


if __name__ == "__main__":
    unittest.main()
