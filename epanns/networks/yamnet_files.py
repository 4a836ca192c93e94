"""The weights of YAMNet as they are published: for TensorFlow Lite, and by Keras in HDF5.

Both become a state dict of yamnet_network.py: kernels as PyTorch has them, batch norms folded.
"""

import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from epanns.errors import cause
from epanns.networks.registry import UnfitError, few
from epanns.networks.tflite import read_tensors
from epanns.networks.yamnet_layers import SEPARABLE

LAYERS = len(SEPARABLE) + 1
BIAS = re.compile(r"(layer\d+)/(conv|depthwise_conv|pointwise_conv)/bn/FusedBatchNormV3$")
KERAS = re.compile(
    r"(?:.*/)?(layer\d+/(?:conv|depthwise_conv|pointwise_conv)(?:/bn)?)/"
    r"(kernel|depthwise_kernel|beta|moving_mean|moving_variance)(?::0)?$"
)
DENSE = re.compile(r".*/(kernel|bias)(?::0)?$")
EPSILON = 1e-4  # of its batch norms, which have no scale
LARGEST = 1 << 28  # bytes of a tensor

Arrays = dict[str, NDArray[np.float32]]


def from_tflite(path: Path) -> dict[str, Tensor]:
    """The weights in a TensorFlow Lite file, but for its mel bands, which are coarse.

    Raises:
        UnfitError: it is not YAMNet's, or damaged.
    """
    try:
        tensors = read_tensors(path)
    except ValueError as error:
        raise UnfitError("a TensorFlow Lite file", f"one of which {error}") from None
    kernels = [each.values for each in tensors if each.values.ndim == 4]
    depthwise = [each for each in kernels if each.shape[0] == 1 and each.shape[1:3] == (3, 3)]
    pointwise = [each for each in kernels if each.shape[1:3] == (1, 1)]
    first = [each for each in kernels if each.shape[1:] == (3, 3, 1)]
    matrices = [each.values for each in tensors if each.values.ndim == 2]
    counts = len(first), len(depthwise), len(pointwise), len(matrices)
    if counts != (1, LAYERS - 1, LAYERS - 1, 2):
        raise UnfitError(
            f"the layers of YAMNet, {(1, LAYERS - 1, LAYERS - 1, 2)} of each kind", f"{counts}"
        )
    state = {"layer1.conv.weight": first[0].transpose(0, 3, 1, 2)}
    for number, (kernel, mixing) in enumerate(zip(depthwise, pointwise, strict=True), 2):
        state[f"layer{number}.depthwise_conv.weight"] = kernel.transpose(3, 0, 1, 2)
        state[f"layer{number}.pointwise_conv.weight"] = mixing.transpose(0, 3, 1, 2)
    for each in tensors:
        if match := BIAS.search(each.name):
            state[f"{match[1]}.{match[2]}.bias"] = each.values
    state["dense.weight"] = max(matrices, key=len)  # the other one holds 8-bit mel bands
    width = len(state["dense.weight"])
    biases = [each.values for each in tensors if each.values.shape == (width,)]
    state["dense.bias"] = biases[0] if biases else np.zeros(0, np.float32)
    return _tensors(state)


def from_keras(path: Path) -> dict[str, Tensor]:
    """The weights in an HDF5 file that Keras wrote.

    Raises:
        UnfitError: layers are missing, or it is no such file.
    """
    found: dict[str, Arrays] = {}
    dense: Arrays = {}
    try:
        with h5py.File(path, "r") as file:
            datasets = _datasets(file, path)
    except UnfitError:
        raise
    except Exception as error:  # HDF5 raises many kinds of errors on a broken file
        raise UnfitError("an HDF5 file by Keras", f"a damaged one ({cause(error)})") from None
    for name, values in datasets:
        if match := KERAS.match(name):
            found.setdefault(match[1], {})[match[2]] = values
        elif (match := DENSE.match(name)) and values.ndim == (2 if match[1] == "kernel" else 1):
            dense[match[1]] = values
    state: Arrays = {}
    wanted = ["layer1/conv"]
    for number in range(2, LAYERS + 1):
        wanted += [f"layer{number}/depthwise_conv", f"layer{number}/pointwise_conv"]
    for layer in wanted:
        kernel, norm = found.get(layer, {}), found.get(f"{layer}/bn", {})
        missing = {"beta", "moving_mean", "moving_variance"} - norm.keys()
        if not kernel or missing or not {"kernel", "bias"} <= dense.keys():
            raise UnfitError(f"the layer {layer} of YAMNet and its batch norm", few(found))
        values = next(iter(kernel.values()))
        scale = 1 / np.sqrt(norm["moving_variance"] + np.float32(EPSILON))
        axes = (2, 3, 0, 1) if layer.endswith("depthwise_conv") else (3, 2, 0, 1)
        key = layer.replace("/", ".")
        state[f"{key}.weight"] = values.transpose(axes) * scale[:, None, None, None]
        state[f"{key}.bias"] = norm["beta"] - norm["moving_mean"] * scale
    state["dense.weight"], state["dense.bias"] = dense["kernel"].T, dense["bias"]
    return _tensors(state)


def _datasets(file: h5py.File, path: Path) -> list[tuple[str, NDArray[np.float32]]]:
    """The floating-point datasets that are in the file itself, together no larger than it."""
    names: list[str] = []

    def look(name: str, each: Any) -> None:
        if isinstance(each, h5py.Dataset):
            names.append(name)

    file.visititems(look)
    left, found = path.stat().st_size, []
    for name in names:
        dataset = file[name]
        left -= dataset.nbytes
        if dataset.is_virtual or dataset.external is not None or left < 0:
            raise UnfitError("tensors in the file itself, no larger than it", f"{name!r}")
        if dataset.dtype.kind == "f":
            found.append((name, dataset[()].astype(np.float32)))
    return found


def _tensors(state: Arrays) -> dict[str, Tensor]:
    return {
        key: torch.from_numpy(np.ascontiguousarray(values, np.float32))
        for key, values in state.items()
    }
