# SPDX-License-Identifier: Apache-2.0
"""A Llama in the layout of Hugging Face's checkpoints, without their package; with experts, one of Mixtral."""
import json
import os

import torch
import torch.nn.functional as F
from torch import nn

from quad_torch import read_safetensors


class Norm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        return self.weight * (wide * (wide.square().mean(-1, keepdim=True) + self.eps).rsqrt()).to(x.dtype)


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        width, self.heads, self.shared = c["hidden_size"], c["num_attention_heads"], c["num_key_value_heads"]
        self.size, self.theta = width // self.heads, c.get("rope_theta", 10000.0)
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, self.shared * self.size, bias=False)
        self.v_proj = nn.Linear(width, self.shared * self.size, bias=False)
        self.o_proj = nn.Linear(width, width, bias=False)

    def forward(self, x, positions, allowed):
        q, k, v = (p(x).unflatten(-1, (-1, self.size)).transpose(1, 2) for p in (self.q_proj, self.k_proj, self.v_proj))
        half = self.size // 2
        angles = positions[:, None, :, None].double() * self.theta ** -(torch.arange(half, device=x.device).double() / half)
        cos, sin = (torch.cat([f(angles)] * 2, -1).to(x.dtype) for f in (torch.cos, torch.sin))
        q, k = (t * cos + torch.cat([-t[..., half:], t[..., :half]], -1) * sin for t in (q, k))
        k, v = (t.repeat_interleave(self.heads // self.shared, 1) for t in (k, v))
        scores = (q @ k.transpose(2, 3) / self.size**0.5).masked_fill(~allowed[:, None], torch.finfo(x.dtype).min)
        return self.o_proj((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gate_proj = nn.Linear(c["hidden_size"], c["intermediate_size"], bias=False)
        self.up_proj = nn.Linear(c["hidden_size"], c["intermediate_size"], bias=False)
        self.down_proj = nn.Linear(c["intermediate_size"], c["hidden_size"], bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Experts(nn.Module):
    """Two of the experts for each token."""

    def __init__(self, c):
        super().__init__()
        self.gate = nn.Linear(c["hidden_size"], c["num_local_experts"], bias=False)
        self.experts = nn.ModuleList(Mlp(c) for _ in range(c["num_local_experts"]))

    def forward(self, x):
        flat = x.flatten(0, 1)
        share, chosen = self.gate(flat).softmax(-1).topk(2, -1)
        result = torch.zeros_like(flat)
        for i, expert in enumerate(self.experts):
            token, which = (chosen == i).nonzero(as_tuple=True)
            if len(token):
                result = result.index_add(0, token, expert(flat[token]) * share[token, which, None])
        return result.view_as(x)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.input_layernorm = Norm(c["hidden_size"], c["rms_norm_eps"])
        self.self_attn = Attention(c)
        self.post_attention_layernorm = Norm(c["hidden_size"], c["rms_norm_eps"])
        self.mlp = Experts(c) if "num_local_experts" in c else Mlp(c)

    def forward(self, x, positions, allowed):
        x = x + self.self_attn(self.input_layernorm(x), positions, allowed)
        return x + self.mlp(self.post_attention_layernorm(x))


class Body(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embed_tokens = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.layers = nn.ModuleList(Block(c) for _ in range(c["num_hidden_layers"]))
        self.norm = Norm(c["hidden_size"], c["rms_norm_eps"])


class Llama(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.model = Body(c)
        self.lm_head = nn.Linear(c["hidden_size"], c["vocab_size"], bias=False)
        if c.get("tie_word_embeddings"):
            self.lm_head.weight = self.model.embed_tokens.weight

    def forward(self, input_ids, attention_mask=None):
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        length = input_ids.shape[1]
        allowed = torch.ones(length, length, device=mask.device).tril().bool() & mask.bool()[:, None, :]
        positions = (mask.long().cumsum(1) - 1).clamp(min=0)
        x = self.model.embed_tokens(input_ids)
        for block in self.model.layers:
            x = block(x, positions, allowed)
        return self.lm_head(self.model.norm(x))


def load(folder):
    """A checkpoint: config.json and model.safetensors."""
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    tensors, _ = read_safetensors(os.path.join(folder, "model.safetensors"))
    model = Llama(config)
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
    return model


def masked(model, batch):
    """The forward pass with a mask of attention, which padding on the left needs."""
    return model(batch.tokens, batch.present().long())
