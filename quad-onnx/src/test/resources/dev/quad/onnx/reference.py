# SPDX-License-Identifier: Apache-2.0
"""Reference vectors of bge-small-en-v1.5: the BERT encoder of Devlin et al. (2019) in float64 NumPy, with a WordPiece
tokenizer of its own, so that nothing but the weights and the vocabulary is shared with what is tested.

python3 reference.py FOLDER FILE...    FOLDER has bge-small-en-v1.5.onnx and bge-small-en-v1.5-tokenizer.json
writes texts.jsonl (pieces of the files, and some of its own) and vectors.f32 (100 rows of 384 little-endian floats)
beside this file. Needs the Debian packages python3-numpy and python3-onnx.
"""
import json
import math
import os
import re
import sys
import unicodedata

import numpy as np
import onnx
from onnx import numpy_helper

EXTRA = [
    "a", "A", "Hello, World!", "na\u00efve caf\u00e9 R\u00e9sum\u00e9", "\u4e2d\u6587\u5b57\u7b26 mixed with English",
    "tabs\tand\nnewlines\r\nhere", "emoji \U0001F600 and \u200b zero width", "1,234.56 + 7e-3 = ?",
    "supercalifragilisticexpialidocious " * 4, "x" * 150 + " long word", "\u0645\u0631\u062d\u0628\u0627 \u0628\u0643",
    "def f(x):\n    return x ** 2  # square", "UPPER lower MiXeD", "don't can't won't", "[CLS] is not [SEP] special?",
    "\u00c5ngstr\u00f6m \ufb01nd \u2167", "...", "word " * 700,
]


def tokens(text, vocabulary):
    """Names of special tokens in a text stand for these tokens, as in the Hugging Face library."""
    ids = []
    for part in re.split(r"(\[(?:PAD|UNK|CLS|SEP|MASK)\])", text):
        ids += [vocabulary[part]] if re.fullmatch(r"\[[A-Z]+\]", part) and part in vocabulary else pieces_of(part, vocabulary)
    return [vocabulary["[CLS]"]] + ids[:510] + [vocabulary["[SEP]"]]


def pieces_of(text, vocabulary):
    cleaned = []
    for c in text:
        category = unicodedata.category(c)
        if c in "\t\n\r" or category == "Zs":
            cleaned.append(" ")
        elif c == "\0" or c == "\ufffd" or category.startswith("C"):
            continue
        elif 0x4E00 <= ord(c) <= 0x9FFF or 0x3400 <= ord(c) <= 0x4DBF or 0x20000 <= ord(c) <= 0x2CEAF or 0xF900 <= ord(c) <= 0xFAFF:
            cleaned += [" ", c, " "]
        else:
            cleaned.append(c)
    folded = unicodedata.normalize("NFD", "".join(cleaned))
    folded = "".join(c for c in folded if unicodedata.category(c) != "Mn").lower()
    words, word = [], ""
    for c in folded:
        code = ord(c)
        mark = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
        if c.isspace():
            words.append(word)
            word = ""
        elif mark or unicodedata.category(c).startswith("P"):
            words += [word, c]
            word = ""
        else:
            word += c
    ids = []
    for word in filter(None, words + [word]):
        pieces, start = [], 0
        while start < len(word) and len(word) <= 100:
            end = len(word)
            while end > start and ("##" if start else "") + word[start:end] not in vocabulary:
                end -= 1
            if end == start:
                pieces = []
                break
            pieces.append(vocabulary[("##" if start else "") + word[start:end]])
            start = end
        ids += pieces or [vocabulary["[UNK]"]]
    return ids


def encode(ids, w, layers=12, heads=12):
    def norm(x, name):
        mean = x.mean(-1, keepdims=True)
        variance = ((x - mean) ** 2).mean(-1, keepdims=True)
        return (x - mean) / np.sqrt(variance + 1e-12) * w[name + ".weight"] + w[name + ".bias"]

    def linear(x, name):
        return x @ w[name + ".weight"] + w[name + ".bias"]

    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(layers):
        p = f"encoder.layer.{layer}."
        q, k, v = (linear(x, p + "attention.self." + n).reshape(len(ids), heads, -1).transpose(1, 0, 2)
                   for n in ("query", "key", "value"))
        s = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1])
        s = np.exp(s - s.max(-1, keepdims=True))
        a = (s / s.sum(-1, keepdims=True)) @ v
        a = linear(a.transpose(1, 0, 2).reshape(len(ids), -1), p + "attention.output.dense")
        x = norm(x + a, p + "attention.output.LayerNorm")
        h = linear(x, p + "intermediate.dense")
        h = h * 0.5 * (1 + np.vectorize(math.erf)(h / math.sqrt(2)))
        x = norm(x + linear(h, p + "output.dense"), p + "output.LayerNorm")
    return x[0] / np.linalg.norm(x[0])


def main(folder, *files):
    model = onnx.load(os.path.join(folder, "bge-small-en-v1.5.onnx"))
    w = {i.name: numpy_helper.to_array(i).astype(np.float64) for i in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in w:
            w[node.name[1:].replace("/MatMul", "").replace("/", ".") + ".weight"] = w[node.input[1]]
    with open(os.path.join(folder, "bge-small-en-v1.5-tokenizer.json"), encoding="utf-8") as f:
        vocabulary = json.load(f)["model"]["vocab"]
    whole = "".join(open(file, encoding="utf-8").read() for file in files)
    step = len(whole) // (100 - len(EXTRA))
    texts = EXTRA + [whole[i * step:i * step + 40 + 5 * i] for i in range(100 - len(EXTRA))]
    vectors = np.array([encode(tokens(t, vocabulary), w) for t in texts])
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "texts.jsonl"), "w", encoding="utf-8") as f:
        for i, t in enumerate(texts):
            f.write(json.dumps({"id": str(i), "text": t}) + "\n")
    vectors.astype("<f4").tofile(os.path.join(here, "vectors.f32"))
    print(len(texts), "texts")


main(*sys.argv[1:])
