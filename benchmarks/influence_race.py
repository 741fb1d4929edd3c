"""Quad and kronfluence in turn on the same model and documents, stage by stage: influence_race.py WIDTH BLOCKS DOCUMENTS

A random model of the Llama layout and random documents of 128 to 256 tokens, which RaceStages (built as PERFORMANCE.md
says) writes and this reads; single precision, empirical Fisher, fused projections, EK-FAC with damping of a tenth of the
mean eigenvalue. Each side does a stage in turn, the order swapped each time, six times or until --seconds are spent on
it; the least time counts. What both found is compared before any ratio is printed. Needs torch and kronfluence 1.0.1. Do
it on an idle machine: threads of torch wait for each other, and ratios where they share cores mean nothing. See that the
rates of sgemm are alike; where torch's OpenBLAS is older than the processor, OPENBLAS_CORETYPE helps."""
import argparse
import gc
import os
import subprocess
import sys
import tempfile
import time
import warnings

try:
    import numpy as np
    import torch
    import torch.nn.functional as F
    from kronfluence.analyzer import prepare_model
    from kronfluence.arguments import FactorArguments, ScoreArguments
    from kronfluence.factor.covariance import fit_covariance_matrices_with_loader
    from kronfluence.factor.eigen import fit_lambda_matrices_with_loader, perform_eigendecomposition
    from kronfluence.module.tracked_module import ModuleMode, TrackedModule
    from kronfluence.module.utils import finalize_all_iterations, prepare_modules, set_factors, set_mode
    from kronfluence.score.pairwise import (
        compute_pairwise_query_aggregated_scores_with_loaders,
        compute_pairwise_scores_with_loaders,
    )
    from kronfluence.score.self import compute_self_scores_with_loaders
    from kronfluence.task import Task
    from kronfluence.utils.state import State
    from safetensors.torch import load_file
except ImportError as missing:
    print(f"no race: {missing}; needs torch, safetensors and kronfluence 1.0.1 (pip install torch kronfluence)")
    sys.exit(0)

warnings.simplefilter("ignore")
TURNS = 6
REFERENCE = 8  # queries of the aggregated reference
TOLERANCE = 1e-4  # of the largest number of a stage; with 64 documents of width 256 it is 5e-6


class Block(torch.nn.Module):
    def __init__(self, width, heads, mlp, epsilon):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = torch.nn.RMSNorm(width, epsilon), torch.nn.RMSNorm(width, epsilon)
        self.qkv, self.output = torch.nn.Linear(width, 3 * width, bias=False), torch.nn.Linear(width, width, bias=False)
        self.gate_up, self.down = torch.nn.Linear(width, 2 * mlp, bias=False), torch.nn.Linear(mlp, width, bias=False)

    def forward(self, x, cos, sin):
        q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in self.qkv(self.norm1(x)).chunk(3, -1))
        q, k = (t * cos + torch.cat([-t.chunk(2, -1)[1], t.chunk(2, -1)[0]], -1) * sin for t in (q, k))
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # padding comes last, and is not seen
        x = x + self.output(attended.transpose(1, 2).flatten(2))
        gate, up = self.gate_up(self.norm2(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Llama(torch.nn.Module):
    """The checkpoint of a folder, its head tied to the embedding."""

    def __init__(self, folder, blocks):
        super().__init__()
        weights = load_file(folder + "/model.safetensors")
        embedding = weights["model.embed_tokens.weight"]
        width, mlp = embedding.shape[1], weights["model.layers.0.mlp.down_proj.weight"].shape[1]
        heads = width // 64
        self.embedding = torch.nn.Embedding.from_pretrained(embedding)
        self.blocks = torch.nn.ModuleList(Block(width, heads, mlp, 1e-5) for _ in range(blocks))
        self.norm = torch.nn.RMSNorm(width, 1e-5)
        state = {"embedding.weight": embedding, "norm.weight": weights["model.norm.weight"]}
        for b in range(blocks):
            of = lambda *names: torch.cat([weights[f"model.layers.{b}.{name}.weight"] for name in names])
            state[f"blocks.{b}.norm1.weight"] = of("input_layernorm")
            state[f"blocks.{b}.norm2.weight"] = of("post_attention_layernorm")
            state[f"blocks.{b}.qkv.weight"] = of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
            state[f"blocks.{b}.output.weight"] = of("self_attn.o_proj")
            state[f"blocks.{b}.gate_up.weight"] = of("mlp.gate_proj", "mlp.up_proj")
            state[f"blocks.{b}.down.weight"] = of("mlp.down_proj")
        self.load_state_dict(state)
        angles = torch.outer(torch.arange(256.0), 10000.0 ** (-torch.arange(0, 64, 2) / 64)).repeat(1, 2)
        self.cos, self.sin = angles.cos(), angles.sin()

    def forward(self, ids):
        x, length = self.embedding(ids), ids.shape[1]
        for block in self.blocks:
            x = block(x, self.cos[:length], self.sin[:length])
        return F.linear(self.norm(x), self.embedding.weight)


class Texts(Task):
    def compute_train_loss(self, batch, model, sample=False):
        ids, labels = batch
        return F.cross_entropy(model(ids).flatten(0, 1), labels.flatten(), ignore_index=-100, reduction="sum")

    def compute_measurement(self, batch, model):
        return self.compute_train_loss(batch, model)

    def get_attention_mask(self, batch):
        return (batch[1] >= 0).long()


def padded(texts):
    pad = lambda value, of: torch.nn.utils.rnn.pad_sequence(of, batch_first=True, padding_value=value)
    return pad(0, [t[:-1] for t in texts]), pad(-100, [t[1:] for t in texts])


class Kronfluence:
    """Its stages in memory; Analyzer would write every result to files as well."""

    def __init__(self, folder, blocks, batch):
        read = lambda name: [torch.tensor([int(t) for t in line.split()]) for line in open(f"{folder}/{name}.txt")]
        self.batch, self.queries = batch, read("queries")
        self.documents = self.loader(read("documents"))
        self.task, self.state = Texts(), State(cpu=True)
        self.model = prepare_model(Llama(folder, blocks), self.task)
        self.modules = {m.name: m for m in self.model.modules() if isinstance(m, TrackedModule)}
        self.arguments = FactorArguments(strategy="ekfac", use_empirical_fisher=True)
        self.common = dict(model=self.model, state=self.state, task=self.task, disable_tqdm=True)

    def loader(self, texts):
        return torch.utils.data.DataLoader(texts, batch_size=self.batch, collate_fn=padded)

    def per_layer(self, value):
        return lambda: [float(value(name)) for name in self.modules]

    def sgemm(self):
        """As Quad's: the mean of some within 0.4 s."""
        a, b, count, begin = torch.rand(2048, 2048), torch.rand(2048, 2048), 0, time.perf_counter()
        while time.perf_counter() - begin < 0.4:
            a @ b
            count += 1
        rate = 2 * 2048**3 * count / (time.perf_counter() - begin)
        return lambda: [rate]

    def forward(self):
        losses = []
        with torch.no_grad():
            for ids, labels in self.documents:
                each = F.cross_entropy(self.model(ids).transpose(1, 2), labels, ignore_index=-100, reduction="none")
                losses += each.sum(1).tolist()
        return lambda: losses

    def backward(self):
        losses = []
        for ids, labels in self.documents:
            each = F.cross_entropy(self.model(ids).transpose(1, 2), labels, ignore_index=-100, reduction="none").sum(1)
            each.sum().backward()
            losses += each.tolist()
        self.model.zero_grad(set_to_none=True)
        return lambda: losses

    def factors(self):
        _, f = fit_covariance_matrices_with_loader(loader=self.documents, factor_args=self.arguments, **self.common)
        self.covariances = f
        mean = lambda side, m: f[side + "_covariance"][m].trace() / f[f"num_{side}_covariance_processed"][m]
        return lambda: [float(mean(side, m)) for side in ("activation", "gradient") for m in self.modules]

    def eigen(self):
        copy = {name: {m: t.clone() for m, t in of.items()} for name, of in self.covariances.items()}
        self.bases = e = perform_eigendecomposition(copy, self.model, self.state, self.arguments, disable_tqdm=True)
        norm = lambda m: e["activation_eigenvalues"][m].double().norm() * e["gradient_eigenvalues"][m].double().norm()
        return self.per_layer(norm)

    def ekfac(self):
        _, f = fit_lambda_matrices_with_loader(
            loader=self.documents, factor_args=self.arguments, eigen_factors=self.bases, **self.common
        )
        self.found = {**self.bases, **f}
        return self.per_layer(lambda m: f["lambda_matrix"][m].mean() / f["num_lambda_processed"][m])

    def gradient(self):
        set_mode(self.model, ModuleMode.GRADIENT_AGGREGATION, release_memory=True)
        tokens = 0
        for batch in self.loader(self.queries[:REFERENCE]):
            self.task.compute_train_loss(batch, self.model).backward()
            tokens += int((batch[1] >= 0).sum())
        self.sums = {name: m.storage["aggregated_gradient"].clone() for name, m in self.modules.items()}
        self.tokens = tokens
        set_mode(self.model, ModuleMode.DEFAULT, release_memory=True)
        return self.per_layer(lambda m: self.sums[m].norm() / tokens)

    def direction(self):
        for module in self.modules.values():
            module.update_factor_args(self.arguments)
            module.update_score_args(self.scoring())
        set_mode(self.model, ModuleMode.PRECONDITION_GRADIENT, release_memory=True)
        for name, factors in self.found.items():
            set_factors(self.model, name, factors, clone=True)
        prepare_modules(self.model, list(self.modules), self.state.device)
        for name, module in self.modules.items():
            module.storage["aggregated_gradient"] = self.sums[name]
        finalize_all_iterations(self.model, list(self.modules))
        v = {name: m.storage["accumulated_preconditioned_gradient"] for name, m in self.modules.items()}
        set_mode(self.model, ModuleMode.DEFAULT, release_memory=True)
        return self.per_layer(lambda m: v[m].norm() / self.tokens)

    def scoring(self, accumulated=1, **more):
        return ScoreArguments(damping_factor=None, query_gradient_accumulation_steps=accumulated, **more)

    def scores(self, how, count, arguments):
        found = how(
            loaded_factors=self.found,
            query_loader=self.loader(self.queries[:count]),
            per_device_query_batch_size=self.batch,
            train_loader=self.documents,
            score_args=arguments,
            factor_args=self.arguments,
            tracked_module_names=list(self.modules),
            **self.common,
        )["all_modules"]
        return found, torch.tensor([len(q) - 1.0 for q in self.queries[:count]])

    def score(self):
        found, tokens = self.scores(
            compute_pairwise_query_aggregated_scores_with_loaders, REFERENCE, self.scoring(aggregate_query_gradients=True)
        )
        return lambda: (found / tokens.sum()).flatten().tolist()

    def pairwise(self, count):
        """All queries within one pass over the documents."""
        found, tokens = self.scores(compute_pairwise_scores_with_loaders, int(count), self.scoring(accumulated=int(count)))
        return lambda: (found / tokens[:, None]).flatten().tolist()

    def self(self):
        found = compute_self_scores_with_loaders(
            loaded_factors=self.found,
            train_loader=self.documents,
            score_args=self.scoring(),
            factor_args=self.arguments,
            tracked_module_names=list(self.modules),
            **self.common,
        )["all_modules"]
        return lambda: found.tolist()

    def run(self, stage):
        name, *more = stage.split()
        gc.collect()
        begin = time.perf_counter()
        numbers = getattr(self, name)(*more)
        return time.perf_counter() - begin, np.array(numbers())


class Quad:
    def __init__(self, folder, width, blocks, documents, threads, heap):
        here = os.path.dirname(os.path.abspath(__file__))
        if not os.path.exists(here + "/target/classpath"):
            sys.exit("RaceStages is not built; see PERFORMANCE.md for the command that builds the benchmarks")
        classpath = here + "/target/classes:" + open(here + "/target/classpath").read()
        pool = f"-Djava.util.concurrent.ForkJoinPool.common.parallelism={threads - 1}"
        java = ["java", "-Xmx" + heap, pool, "-cp", classpath, "dev.quad.benchmarks.RaceStages", folder]
        environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}  # ours knows the processor
        self.process = subprocess.Popen(
            [*java, str(width), str(blocks), str(documents)], env=environment, stdin=-1, stdout=-1, text=True
        )
        self.answer()

    def answer(self):
        for line in self.process.stdout:
            if line.startswith("race "):
                return line.split()[1:]
        sys.exit("RaceStages ended")

    def run(self, stage):
        print(stage, file=self.process.stdin, flush=True)
        seconds, *numbers = map(float, self.answer())
        return seconds, np.array(numbers)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
for name in ("width", "blocks", "documents"):
    parser.add_argument(name, type=int)
parser.add_argument("--seconds", type=float, default=12, help="for each stage")
parser.add_argument("--batch", type=int, default=8, help="documents of a batch of kronfluence; Quad packs 4,096 tokens")
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--heap", default="3g", help="of Quad")
parser.add_argument("--pairwise", default="8,32", help="numbers of queries, each at most 32")
options = parser.parse_args()
torch.set_num_threads(options.threads)
stages = ["forward", "backward", "factors", "eigen", "ekfac", "gradient", "direction", "score"]
stages += [f"pairwise {count}" for count in options.pairwise.split(",")] + ["self"]
with tempfile.TemporaryDirectory() as folder:
    quad = Quad(folder, options.width, options.blocks, options.documents, options.threads, options.heap)
    peer = Kronfluence(folder, options.blocks, options.batch)
    rates = [side.run("sgemm")[1][0] / 1e9 for side in (quad, peer)]
    print(f"load {os.getloadavg()[0]:.1f}, {options.threads} threads, torch {torch.__version__}, sgemm of 2048 cubed:", end=" ")
    print(f"Quad's {rates[0]:.0f}, torch's {rates[1]:.0f} GFLOP/s")
    print(f"{'stage':12} {'Quad s':>8} {'peer s':>8} {'times':>6} {'turns':>6} {'difference':>11}", flush=True)
    for stage in stages:
        least, spent, turns = [np.inf, np.inf], 0, 0
        while turns == 0 or turns < TURNS and spent * (turns + 1) / turns < options.seconds:
            found = [None, None]
            for side in (0, 1) if turns % 2 == 0 else (1, 0):
                seconds, found[side] = (quad, peer)[side].run(stage)
                least[side] = min(least[side], seconds)
                spent += seconds
            turns += 1
        difference = np.abs(found[0] - found[1]).max() / np.abs(found[1]).max()
        if not difference <= TOLERANCE:
            sys.exit(f"{stage}: the numbers differ by {difference:.1e} of the largest, allowed are {TOLERANCE:.0e}")
        ratio = least[1] / least[0]
        print(f"{stage:12} {least[0]:8.3f} {least[1]:8.3f} {ratio:6.2f} {turns:6} {difference:11.1e}", flush=True)
    print(f"load {os.getloadavg()[0]:.1f}")
    quad.process.stdin.close()
