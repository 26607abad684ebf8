"""Small ONNX models of each form that a user may bring, into the folder that is named."""

import sys

import onnx
from onnx import TensorProto as T
from onnx import helper as h

FOLDER = sys.argv[1]
OPSETS = [h.make_opsetid("", 17), h.make_opsetid("ai.onnx.ml", 3)]


def save(name, nodes, inputs, outputs):
    def value(spec):
        name, kind, shape = spec
        return h.make_tensor_value_info(name, kind, shape)

    graph = h.make_graph(nodes, name, [value(i) for i in inputs], [value(o) for o in outputs])
    onnx.save(h.make_model(graph, opset_imports=OPSETS, ir_version=8), f"{FOLDER}/{name}.onnx")


N = None
# Number plus 10 times the city's code plus the seconds; an input a column, one of them without a second dimension.
CODES = h.make_node("LabelEncoder", ["stadt"], ["code"], domain="ai.onnx.ml", keys_strings=["Köln", ""], values_floats=[1.0, 2.0], default_float=9.0)
TEN = h.make_node("Constant", [], ["ten"], value_float=10.0)
save("columns", [
    h.make_node("Constant", [], ["axis"], value_ints=[1]), CODES, TEN, h.make_node("Mul", ["code", "ten"], ["tens"]),
    h.make_node("Cast", ["seit"], ["seconds"], to=T.FLOAT), h.make_node("Cast", ["größe"], ["size"], to=T.FLOAT),
    h.make_node("Add", ["tens", "seconds"], ["sum"]), h.make_node("Unsqueeze", ["sum", "axis"], ["wide"]),
    h.make_node("Add", ["wide", "size"], ["prediction"]),
], [("stadt", T.STRING, [N]), ("seit", T.INT64, [N]), ("größe", T.DOUBLE, [N, 1])], [("prediction", T.FLOAT, [N, 1])])
# The sum of all columns, which are numbers.
SUM = [h.make_node("ReduceSum", ["X", "axes"], ["y"], keepdims=0)]
AXES = [h.make_node("Constant", [], ["axes"], value_ints=[1])]
save("table", AXES + SUM, [("X", T.FLOAT, [N, 2])], [("y", T.FLOAT, [N])])
save("narrow", AXES + SUM, [("X", T.FLOAT, [N, 3])], [("y", T.FLOAT, [N])])
save("unknown", [h.make_node("Add", ["a", "zwei"], ["y"])], [("a", T.FLOAT, [N]), ("zwei", T.FLOAT, [N])], [("y", T.FLOAT, [N])])
save("image", [h.make_node("Identity", ["X"], ["y"])], [("X", T.FLOAT, [N, 3, 8, 8])], [("y", T.FLOAT, [N, 3, 8, 8])])
save("text", [h.make_node("Identity", ["X"], ["y"])], [("X", T.STRING, [N, 2])], [("y", T.STRING, [N, 2])])
# Whole numbers, as such.
save("whole", [h.make_node("Cast", ["X"], ["f"], to=T.FLOAT), *AXES, h.make_node("ReduceSum", ["f", "axes"], ["y"], keepdims=0)], [("X", T.INT64, [N, 2])], [("y", T.FLOAT, [N])])
# Probabilities of two classes: the columns themselves.
save("probabilities", [h.make_node("Identity", ["X"], ["probabilities"])], [("X", T.FLOAT, [N, 2])], [("probabilities", T.FLOAT, [N, 2])])
