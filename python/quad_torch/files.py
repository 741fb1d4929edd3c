# SPDX-License-Identifier: Apache-2.0
"""Safetensors files."""
import ctypes
import json
import os
import struct

import torch

TYPES = {
    "F32": torch.float32,
    "F64": torch.float64,
    "BF16": torch.bfloat16,
    "F16": torch.float16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
}
NAMES = {kind: name for name, kind in TYPES.items()}


def raw(tensor):
    """The bytes of a tensor on the CPU that is contiguous, not copied; for as long as the tensor lives."""
    size = tensor.numel() * tensor.element_size()
    return (ctypes.c_char * size).from_address(tensor.data_ptr()) if size else b""


def text(lines):
    return torch.tensor(list("\n".join(lines).encode()), dtype=torch.uint8)


def lines(tensor):
    return bytes(tensor.tolist()).decode().split("\n") if len(tensor) else []


def write_safetensors(path, tensors, metadata):
    """A safetensors file: length of the header, header, data. It appears when it is whole."""
    header, at = {"__metadata__": metadata}, 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [at, at + size]}
        at += size
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with open(path + ".tmp", "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for tensor in tensors.values():
            tensor = tensor.detach().cpu().contiguous()
            file.write(raw(tensor))
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".tmp", path)


def read_header(path):
    """The tensors' entries, the metadata, and where the data start; ValueError where the file is cut off."""
    with open(path, "rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else os.path.getsize(path)
        head = file.read(length) if length < os.path.getsize(path) else b""
    if len(head) < length or not head:
        raise ValueError(f"{path} is cut off in its header; write it again")
    entries = json.loads(head)
    metadata = entries.pop("__metadata__", {})
    end = max((entry["data_offsets"][1] for entry in entries.values()), default=0)
    if os.path.getsize(path) != 8 + length + end:
        raise ValueError(f"{path} has {os.path.getsize(path)} bytes, and {8 + length + end} are needed; write it again")
    return entries, metadata, 8 + length


def read_safetensors(path, names=None):
    """The tensors of a file, or those of some names, and its metadata."""
    entries, metadata, start = read_header(path)
    tensors = {}
    with open(path, "rb") as file:
        for name in entries if names is None else names:
            first, end = entries[name]["data_offsets"]
            file.seek(start + first)
            data, kind = bytearray(file.read(end - first)), TYPES[entries[name]["dtype"]]
            flat = torch.frombuffer(data, dtype=kind) if data else torch.empty(0, dtype=kind)
            tensors[name] = flat.reshape(entries[name]["shape"])
    return tensors, metadata
