# SPDX-License-Identifier: Apache-2.0
"""Writes tiny.onnx (a table of 9 vectors of 2 values: row i is (i, i * i)) and odd.onnx (the same, with an input of another
name). Needs the Debian package python3-onnx."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

table = np.array([[i, i * i] for i in range(9)], dtype=np.float32)
for name, ids in (("tiny", "input_ids"), ("odd", "tokens")):
    node = helper.make_node("Gather", ["table", ids], ["last_hidden_state"], axis=0)
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "length"]) for n in (ids, "attention_mask")]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "length", 2])
    graph = helper.make_graph([node], name, inputs, [output], [numpy_helper.from_array(table, "table")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    save(model, name + ".onnx")
