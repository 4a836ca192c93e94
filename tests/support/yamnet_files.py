"""Small weights of YAMNet in the two forms that they are published in, and the network they are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import h5py
import numpy as np

from epanns.networks import registry
from epanns.networks.network import Network
from epanns.networks.yamnet_files import EPSILON
from tests.support.golden.standin import narrow

NAME = "StatefulPartitionedCall/yamnet_frames"


def small_yamnet() -> Network:
    """YAMNet with a sixteenth of its channels."""
    return narrow(registry.get("yamnet").name)


def write_keras(path: Path, network: Network, without: str = "") -> Path:
    """Write a network as Keras writes YAMNet, each kernel before a batch norm of its own."""
    state = {key: value.numpy() for key, value in network.state_dict().items()}
    random = np.random.default_rng(1)
    with h5py.File(path, "w") as file:
        for key, kernel in state.items():
            layer, _, kind = key.rpartition(".")
            if kind != "weight" or layer == "dense":
                continue
            group = file.require_group(layer.replace(".", "/"))
            variance = random.uniform(0.5, 2, len(kernel)).astype(np.float32)
            mean = random.normal(0, 1, len(kernel)).astype(np.float32)
            deviation = np.sqrt(variance + EPSILON)
            depthwise = layer.endswith("depthwise_conv")
            axes = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
            values = (kernel * deviation[:, None, None, None]).transpose(axes)
            contents = {
                "depthwise_kernel:0" if depthwise else "kernel:0": values,
                "bn/beta:0": state[f"{layer}.bias"] + mean / deviation,
                "bn/moving_mean:0": mean,
                "bn/moving_variance:0": variance,
            }
            for name, content in contents.items():
                if f"{layer}.{name}" != without:
                    group[name] = content
        file["dense/dense/kernel:0"] = state["dense.weight"].T
        file["dense/dense/bias:0"] = state["dense.bias"]
    return path


def write_tflite(
    path: Path, network: Network, without: str = "", spoil: Callable[[list[Any]], object] = len
) -> Path:
    """Write a network as a TensorFlow Lite file of 8-bit numbers, but for the first layers.

    Args:
        path: of the file.
        network: YAMNet.
        without: the key of a tensor to leave out.
        spoil: changes the tensors before they are written: their names, values, scales or None,
            and the axis of these.
    """
    state = {key: value.numpy() for key, value in network.state_dict().items()}
    tensors: list[tuple[str, np.ndarray[Any, Any], np.ndarray[Any, Any] | None, int]] = []
    tensors.append(("mel", np.ones((64, 257), np.int8), np.array([0.004], np.float32), 0))
    for key, values in state.items():
        layer, _, kind = key.rpartition(".")
        name = layer.replace(".", "/")
        if key == without:
            continue
        if kind == "bias":
            suffix = "dense/bias" if layer == "dense" else f"{name}/bn/FusedBatchNormV3"
            tensors.append((f"{NAME}/{suffix}", values, None, 0))
        elif layer == "dense":
            tensors.append((f"{NAME}/dense/MatMul", *_quantised(values, None), 0))
        elif layer in ("layer1.conv", "layer2.depthwise_conv"):
            axes = (0, 2, 3, 1) if layer == "layer1.conv" else (1, 2, 3, 0)
            tensors.append((f"{NAME}/{name}/kernel", values.transpose(axes), None, 0))
        else:
            depthwise = layer.endswith("depthwise_conv")
            values = values.transpose((1, 2, 3, 0) if depthwise else (0, 2, 3, 1))
            axis = 3 if depthwise else 0
            tensors.append((f"{NAME}/{name}/kernel", *_quantised(values, axis), axis))
    spoil(tensors)
    path.write_bytes(tflite_of(tensors))
    return path


def _quantised(values: Any, axis: int | None) -> tuple[Any, Any]:
    others = tuple(side for side in range(values.ndim) if axis is None or side != axis)
    largest = np.abs(values).max(axis=others, keepdims=axis is not None)
    scale = np.asarray(largest / 127, np.float32)
    return np.round(values / scale).astype(np.int8), scale.reshape(-1)


def tflite_of(tensors: list[Any]) -> bytes:
    """A FlatBuffer with one graph of tensors, each with a buffer of its own after an empty one.

    Tensors whose values are the same array share a buffer.
    """
    builder = flatbuffers.Builder(1 << 16)
    buffers, tables = [_table(builder, {})], []
    numbers: dict[int, int] = {}  # of the buffers
    for name, values, scale, axis in tensors:
        if id(values) not in numbers:
            data = builder.CreateByteVector(np.ascontiguousarray(values).tobytes())
            numbers[id(values)] = len(buffers)
            buffers.append(_table(builder, {0: data}))
        shape = builder.CreateNumpyVector(np.array(values.shape, np.int32))
        fields = {0: shape, 3: builder.CreateString(name)}
        if scale is not None:
            zero = builder.CreateNumpyVector(np.zeros(len(scale), np.int64))
            scales = builder.CreateNumpyVector(scale)
            fields[4] = _table(builder, {2: scales, 3: zero}, {6: ("i", axis)})
        kind = 9 if scale is not None else 0
        tables.append(_table(builder, fields, {1: ("b", kind), 2: ("I", numbers[id(values)])}))
    graph = _table(builder, {0: _tables(builder, tables)})
    graphs = _tables(builder, [graph])
    model = _table(builder, {2: graphs, 4: _tables(builder, buffers)})
    builder.Finish(model, file_identifier=b"TFL3")
    return bytes(builder.Output())


def _table(builder: Any, offsets: dict[int, int], numbers: dict[int, Any] | None = None) -> int:
    builder.StartObject(8)
    for field, place in offsets.items():
        builder.PrependUOffsetTRelativeSlot(field, place, 0)
    for field, (kind, value) in (numbers or {}).items():
        slots = {"i": "PrependInt32Slot", "b": "PrependInt8Slot", "I": "PrependUint32Slot"}
        getattr(builder, slots[kind])(field, value, 0)
    return int(builder.EndObject())


def _tables(builder: Any, tables: list[int]) -> int:
    builder.StartVector(4, len(tables), 4)
    for table in reversed(tables):
        builder.PrependUOffsetTRelative(table)
    return int(builder.EndVector())
