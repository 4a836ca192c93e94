"""A small layer over onnx.helper, which chooses the names of nodes and constants."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
IR_VERSION = 9  # read by onnxruntime since 1.16

Shape = Sequence[int | str]  # a name stands for a size that is known only when the graph runs


class GraphBuilder:
    """Collects nodes and constants; every method returns the name of the value it makes.

    Args:
        compact: keep weights in half precision where that holds them exactly.
    """

    def __init__(self, compact: bool = True) -> None:
        self._compact = compact
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[TensorProto] = []
        self._shapes: list[onnx.ValueInfoProto] = []

    def add(
        self,
        operation: str,
        *inputs: str,
        name: str = "",
        shape: Shape | None = None,
        **attributes: Any,
    ) -> str:
        """A node with one output.

        Args:
            operation: its type, such as "Conv".
            inputs: the names of its inputs.
            name: the name of its output; "" for any.
            shape: of its output. onnxruntime infers shapes but does not always detect that two of
                them are the same; with named sizes it does, and can merge an addition into the
                convolution before it.
            attributes: of the node.
        """
        name = name or f"{operation}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operation, inputs, [name], name=name, **attributes))
        if shape is not None:
            self._shapes.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def split(self, value: str, parts: int, axis: int) -> list[str]:
        """A value in equal parts along an axis."""
        names = [f"Split_{len(self._nodes)}_{i}" for i in range(parts)]
        self._nodes.append(
            helper.make_node("Split", [value], names, name=names[0], axis=axis, num_outputs=parts)
        )
        return names

    def cut(self, value: str, start: int, stop: int, axis: int, step: int = 1) -> str:
        """A slice along an axis, as Python's value[start:stop:step]."""
        return self.add("Slice", value, *(self.constant([n]) for n in (start, stop, axis, step)))

    def constant(self, values: Any) -> str:
        """Numbers of any shape: integers are stored as int64, others as float32."""
        array = np.asarray(values)
        return self._keep(array.astype(np.int64 if array.dtype.kind == "i" else np.float32))

    def weight(self, values: NDArray[np.float32], scale: NDArray[np.float64] | None = None) -> str:
        """A weight times a scale for each of its outputs.

        Weights stored in half precision are cast and scaled when the graph is loaded, others are
        scaled here.

        Args:
            values: float32 (outputs, ...).
            scale: float64 (outputs,); None for no scale.
        """
        factor = None if scale is None else scale.reshape(-1, *[1] * (values.ndim - 1))
        half = values.astype(np.float16)
        if not (self._compact and np.array_equal(half.astype(np.float32), values)):
            return self.constant(values if factor is None else values * factor)
        full = self.add("Cast", self._keep(half), to=TensorProto.FLOAT)
        return full if factor is None else self.add("Mul", full, self.constant(factor))

    def model(
        self,
        inputs: Mapping[str, Shape],
        outputs: Mapping[str, Shape],
        notes: Mapping[str, str],
    ) -> onnx.ModelProto:
        """The finished and checked model; `notes` become its metadata."""
        graph = helper.make_graph(
            self._nodes, "network", _infos(inputs), _infos(outputs), self._constants,
            value_info=self._shapes,
        )  # fmt: skip
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        helper.set_model_props(model, dict(notes))
        onnx.checker.check_model(model)
        return model

    def _keep(self, array: NDArray[Any]) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name


def _infos(shapes: Mapping[str, Shape]) -> list[onnx.ValueInfoProto]:
    return [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    ]
