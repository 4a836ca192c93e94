"""Read weight files safely: PyTorch state dicts that hold a Cnn14, and nothing else.

Nothing in a file is trusted: it is read with weights_only, so that no code in it can run, its
shapes decide the widths of the network, and every value must be finite. What does not fit is
refused with one sentence that says what was expected and what was found.
"""

import re
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from epanns.errors import WeightsError
from epanns.networks.cnn14_network import BLOCKS, CLASSES, Cnn14
from epanns.zoo.catalogue import recognise

FIXED = ("spectrogram_extractor.", "logmel_extractor.")  # computed where a file leaves them out
CONVOLUTIONS = [f"conv_block{i}.conv{j}.weight" for i in range(1, BLOCKS + 1) for j in (1, 2)]


class _UnfitError(Exception):
    """What was expected of the file and what was found instead."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected {expected}, found {found}")


def load_checkpoint(path: str | Path, framewise: bool | None = None) -> Cnn14:
    """Read a Cnn14 of any widths from a PyTorch file.

    Args:
        path: a state dict with the published keys, bare or under the key `model`, in any floating
            precision. The fixed STFT and mel matrices may be left out.
        framewise: which head the weights are for. The keys and shapes of both heads are the same,
            so a file does not tell. None recognises the published decision-level file by its
            checksum and takes every other file as clipwise.

    Returns:
        The network in float32 and in evaluation mode.

    Raises:
        WeightsError: the file cannot be read or holds something else; one sentence saying what.
    """
    path = Path(path)
    try:
        state = _state_dict(path)
        widths, embedding = _dimensions(state)
        if framewise is None:
            known = recognise(path)
            framewise = known is not None and known.framewise
        network = Cnn14(widths, embedding, framewise=framewise)
        _check(state, network)
        network.load_state_dict(state, strict=False)
    except _UnfitError as unfit:
        raise WeightsError(f"{path} is no weights file for Cnn14: {unfit}.") from None
    except OSError as error:
        raise WeightsError(
            f"The weights {path} cannot be read: {error.strerror or error}."
        ) from None
    return network.eval()


def _state_dict(path: Path) -> dict[str, Tensor]:
    """The tensors in the file by name, none of them larger than the file itself."""
    wanted = "a PyTorch state dict"
    content = _unpickled(path)
    if isinstance(content, Mapping) and isinstance(content.get("model"), Mapping):
        content = content["model"]
    if not isinstance(content, Mapping):
        raise _UnfitError(wanted, f"a {type(content).__name__}")
    for name, value in content.items():
        if not isinstance(value, Tensor):
            raise _UnfitError(wanted, f"a {type(value).__name__} under the key {str(name)[:60]!r}")
        counter = str(name).endswith("num_batches_tracked")
        plain = value.layout == torch.strided and value.device.type == "cpu"
        if not plain or not (value.is_floating_point() or counter):
            raise _UnfitError("floating-point tensors", f"a {value.dtype} one of {value.layout}")
    # Tensors can be views that repeat few stored values; their claimed sizes are not to be obeyed.
    claimed, size = sum(value.nbytes for value in content.values()), path.stat().st_size
    if claimed > size:
        raise _UnfitError(
            f"at most the {size:,} bytes of the file", f"tensors of {claimed:,} bytes"
        )
    return {name: value.float() for name, value in content.items()}


def _unpickled(path: Path) -> Any:
    """What torch.load makes of the file, without running anything in it."""
    if path.exists() and not path.is_file():
        raise _UnfitError("a file", "a folder" if path.is_dir() else "a device")
    with path.open("rb") as file:
        start = file.read(16)
    if zipfile.is_zipfile(path):
        _refuse_packed(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a broken pickle can raise anything, OSError too
        raise _UnfitError("PyTorch weights", _reason(error, path, start)) from None


def _refuse_packed(path: Path) -> None:
    """Refuse a zip archive that unpacks to more than its size; PyTorch never compresses."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise _UnfitError("PyTorch weights", f"a broken zip archive ({error})") from None
    if unpacked > path.stat().st_size:
        raise _UnfitError("PyTorch weights, which are not compressed", "a compressed zip archive")


def _reason(error: Exception, path: Path, start: bytes) -> str:
    """Why torch.load failed, in a few words."""
    wants = re.search(r"GLOBAL (\S+)", str(error))
    if wants:
        return f"a pickle that asks to run {wants[1]}, which is refused"
    if not start:
        return "an empty file"
    if start.startswith(b"PK"):
        return f"a cut-off or foreign zip archive of {path.stat().st_size:,} bytes"
    return f"{path.stat().st_size:,} bytes that start with {start!r} and are cut off or no weights"


def _dimensions(state: dict[str, Tensor]) -> tuple[list[int], int]:
    """The widths of the convolutions and of the embedding, from shapes that follow each other."""
    widths, inputs = [], 1
    for name in CONVOLUTIONS:
        inputs = _outputs(state, name, (inputs, 3, 3))
        widths.append(inputs)
    embedding = _outputs(state, "fc1.weight", (inputs,))
    classes = _outputs(state, "fc_audioset.weight", (embedding,))
    if classes != CLASSES:
        raise _UnfitError(f"{CLASSES} classes", f"{classes}")
    return widths, embedding


def _outputs(state: dict[str, Tensor], name: str, inputs: tuple[int, ...]) -> int:
    """The outputs of a layer whose weight must have the shape (outputs, *inputs)."""
    if name not in state:
        raise _UnfitError(f"the key {name}", _some(state))
    shape = tuple(state[name].shape)
    if not shape or not shape[0] or shape[1:] != inputs:
        raise _UnfitError(f"{name} of shape (outputs, {str(inputs)[1:-1].rstrip(',')})", f"{shape}")
    return shape[0]


def _check(state: dict[str, Tensor], network: Cnn14) -> None:
    """Refuse keys, shapes and values that the network cannot have."""
    wanted = network.state_dict()
    missing = {name for name in wanted if not name.startswith(FIXED)} - state.keys()
    if missing:
        raise _UnfitError(f"{_some(missing)}", "no such keys")
    if foreign := state.keys() - wanted.keys():
        raise _UnfitError("the keys of Cnn14 only", _some(foreign))
    for name, value in state.items():
        if value.shape != wanted[name].shape:
            expected, found = tuple(wanted[name].shape), tuple(value.shape)
            raise _UnfitError(f"{name} of shape {expected}", f"{found}")
        if not value.isfinite().all():
            raise _UnfitError("finite numbers", f"NaN or infinity in {name}")
        if name.endswith("running_var") and value.min() < 0:
            raise _UnfitError(f"variances in {name}", f"{value.min():.3g}")


def _some(names: Collection[Any]) -> str:
    """A few of the keys of a file or network."""
    if not names:
        return "no keys"
    listed = sorted(repr(name)[:60] for name in names)
    rest = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
    return f"{'keys' if len(listed) > 1 else 'the key'} {', '.join(listed[:3])}{rest}"
