# Writes the files of this folder with NumPy, and the safetensors by hand from the format's description.
import json, struct
import numpy as np

x = (np.arange(12, dtype=np.float64).reshape(4, 3) - 5) / 8
for name, kind in (("half", "<f2"), ("single", "<f4"), ("double", "<f8")):
    np.save(name + ".npy", x.astype(kind))
np.save("columns.npy", np.asfortranarray(x.astype("<f4")))
np.save("vector.npy", x.astype("<f4")[0])
np.save("integers.npy", x.astype("<i4"))
with open("version2.npy", "wb") as f:
    np.lib.format.write_array(f, x.astype("<f4"), version=(2, 0))
half, single = x.astype("<f2").tobytes(), x.astype("<f4").tobytes()
bfloat = (x.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
header, at, data = {"__metadata__": {"by": "hand"}}, 0, b""
for name, kind, raw in (("h", "F16", half), ("s", "F32", single), ("b", "BF16", bfloat)):
    header[name] = {"dtype": kind, "shape": [4, 3], "data_offsets": [at, at + len(raw)]}
    at, data = at + len(raw), data + raw
header["ids"] = {"dtype": "I64", "shape": [4], "data_offsets": [at, at + 32]}
text = json.dumps(header).encode()
open("three.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + data + bytes(32))
