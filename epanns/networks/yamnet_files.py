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
from epanns.networks.architecture import UnfitError, few
from epanns.networks.tflite import read_tensors
from epanns.networks.yamnet_layers import SEPARABLE

LAYERS = len(SEPARABLE) + 1
BIAS = re.compile(r"(layer\d+)/(conv|depthwise_conv|pointwise_conv)/bn/FusedBatchNormV3$")
NORM = ("beta", "moving_mean", "moving_variance")
KERAS = re.compile(
    r"(?:.*/)?(?P<layer>layer\d+/(?:conv|depthwise_conv|pointwise_conv))(?:/bn)?/"
    rf"(?P<part>kernel|depthwise_kernel|{'|'.join(NORM)})(?::0)?$"
)
DENSE = re.compile(r"(?!.*layer\d).*/(?P<part>kernel|bias)(?::0)?$")  # whatever it is called
EPSILON = 1e-4  # of its batch norms, which have no scale
MOST_OBJECTS = 1000  # of an HDF5 file; YAMNet's has about 200

Arrays = dict[str, NDArray[np.float32]]


def from_tflite(path: Path) -> dict[str, Tensor]:
    """The weights in a TensorFlow Lite file, but for its mel bands, which are coarse.

    Raises:
        UnfitError: it is not YAMNet's, or damaged.
    """
    try:
        tensors = read_tensors(path)
    except ValueError as error:
        raise UnfitError("a whole TensorFlow Lite file", f"one that is {error}") from None
    kernels = [each.values for each in tensors if each.values.ndim == 4]
    depthwise = [each for each in kernels if each.shape[0] == 1 and each.shape[1:3] == (3, 3)]
    pointwise = [each for each in kernels if each.shape[1:3] == (1, 1)]
    first = [each for each in kernels if each.shape[1:] == (3, 3, 1)]
    matrices = [each.values for each in tensors if each.values.ndim == 2]
    counts = len(first), len(depthwise), len(pointwise), len(matrices)
    if counts != (1, LAYERS - 1, LAYERS - 1, 2):
        raise UnfitError(
            f"the layers of YAMNet: 1 first, {LAYERS - 1} depthwise and {LAYERS - 1} pointwise"
            " convolutions and 2 matrices",
            "{}, {}, {} and {}".format(*counts),
        )
    state = {"layer1.conv.weight": first[0].transpose(0, 3, 1, 2)}
    for number, (kernel, mixing) in enumerate(zip(depthwise, pointwise, strict=True), 2):
        state[f"layer{number}.depthwise_conv.weight"] = kernel.transpose(3, 0, 1, 2)
        state[f"layer{number}.pointwise_conv.weight"] = mixing.transpose(0, 3, 1, 2)
    for each in tensors:
        if (match := BIAS.search(each.name)) and each.values.ndim == 1:
            state[f"{match[1]}.{match[2]}.bias"] = each.values
    state["dense.weight"] = max(matrices, key=len)  # the other one holds 8-bit mel bands
    width = len(state["dense.weight"])
    biases = [each.values for each in tensors if each.values.shape == (width,)]
    if biases:
        state["dense.bias"] = biases[0]
    return _tensors(state)


def from_keras(path: Path) -> dict[str, Tensor]:
    """The weights in an HDF5 file that Keras wrote.

    Raises:
        UnfitError: layers are missing, or it is no such file.
    """
    try:
        with h5py.File(path, "r") as file:
            datasets = _datasets(file, path)
    except UnfitError:
        raise
    except Exception as error:  # HDF5 raises many kinds of errors on a broken file
        raise UnfitError("an HDF5 file by Keras", f"a damaged one ({cause(error)})") from None
    found: dict[str, Arrays] = {}
    for name, values in datasets:
        if match := KERAS.match(name) or DENSE.match(name):
            layer = match.groupdict().get("layer", "dense")
            found.setdefault(layer, {})[match["part"]] = values
    layers = ["layer1/conv"]
    for number in range(2, LAYERS + 1):
        layers += [f"layer{number}/depthwise_conv", f"layer{number}/pointwise_conv"]
    state: Arrays = {}
    for layer in layers:
        kernel, bias = _folded(layer, found.get(layer, {}))
        key = layer.replace("/", ".")
        state[f"{key}.weight"], state[f"{key}.bias"] = kernel, bias
    dense = found.get("dense", {})
    _expect("dense", dense, {"kernel": 2, "bias": 1})
    state["dense.weight"], state["dense.bias"] = dense["kernel"].T, dense["bias"]
    return _tensors(state)


def _folded(layer: str, parts: Arrays) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The kernel and the bias of a convolution with its batch norm."""
    depthwise = layer.endswith("depthwise_conv")
    kind = "depthwise_kernel" if depthwise else "kernel"
    _expect(layer, parts, {kind: 4, **dict.fromkeys(NORM, 1)})
    kernel = parts[kind]
    outputs = kernel.shape[2 if depthwise else 3]
    for name in NORM:
        if parts[name].shape != (outputs,):
            raise UnfitError(f"{layer}/{name} of shape ({outputs},)", f"{parts[name].shape}")
    if parts["moving_variance"].min(initial=0) < 0:
        raise UnfitError(f"variances in {layer}", "negative numbers")
    scale = 1 / np.sqrt(parts["moving_variance"] + np.float32(EPSILON))
    axes = (2, 3, 0, 1) if depthwise else (3, 2, 0, 1)
    with np.errstate(all="ignore"):  # what is not finite is refused with the network
        folded = kernel.transpose(axes) * scale[:, None, None, None]
        return folded, parts["beta"] - parts["moving_mean"] * scale


def _expect(layer: str, parts: Arrays, axes: dict[str, int]) -> None:
    """Refuse a layer without some of its parts, or with parts of other dimensions."""
    if missing := axes.keys() - parts.keys():
        raise UnfitError(f"the layer {layer} of YAMNet with {few(missing)}", few(parts))
    for name, count in axes.items():
        if parts[name].ndim != count:
            raise UnfitError(f"{layer}/{name} of {count} dimensions", f"{parts[name].shape}")


def _datasets(file: h5py.File, path: Path) -> list[tuple[str, NDArray[np.float32]]]:
    """The floating-point datasets, which lie in the file as they are, as Keras writes them.

    Then no more is read than the file holds. Links are not followed.
    """
    names: list[str] = []
    seen = 0

    def look(name: str | bytes, each: Any) -> bool | None:
        nonlocal seen
        seen += 1
        if isinstance(each, h5py.Dataset) and isinstance(name, str) and each.dtype.kind == "f":
            names.append(name)
        return seen > MOST_OBJECTS or None  # ends the visit

    if file.visititems(look):
        raise UnfitError(f"at most {MOST_OBJECTS:,} layers and tensors", "more")
    left, found = path.stat().st_size, []
    for name in names:
        dataset = file[name]
        left -= dataset.nbytes
        elsewhere = dataset.is_virtual or dataset.external is not None
        if elsewhere or dataset.chunks is not None or left < 0:
            raise UnfitError(
                "tensors in the file itself, not compressed, together no larger than it",
                f"{name!r}",
            )
        found.append((name, dataset[()].astype(np.float32)))
    return found


def _tensors(state: Arrays) -> dict[str, Tensor]:
    return {
        key: torch.from_numpy(np.ascontiguousarray(values, np.float32))
        for key, values in state.items()
    }
