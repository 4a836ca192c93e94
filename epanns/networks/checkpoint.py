"""Read and write weight files: PyTorch state dicts that hold a known network, and nothing else.

Nothing in a file is trusted: it is read with weights_only, so that no code in it can run, its keys
and shapes decide the architecture and its widths, and every value must be finite. A file that does
not fit is refused with one sentence that says what was expected and what was found.

A file holds a state dict, bare or under the key `model`. Under the key `classes` it may hold the
names of its classes, a list of strings in the order of the outputs. A file NAME.classes.csv beside
it, with one name a line or a column `name`, takes precedence over these.
"""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from epanns.errors import EpannsError, UnfitWeightsError, WeightsError, cause
from epanns.formatting import hertz
from epanns.networks import registry
from epanns.networks.architecture import Architecture, Shapes, UnfitError, few
from epanns.networks.network import Network, SizeLimit, StoredForm
from epanns.networks.tflite import is_tflite
from epanns.networks.yamnet import YAMNET
from epanns.networks.yamnet_files import from_keras, from_tflite
from epanns.storage.delayed import DelayedErrorFile
from epanns.storage.existence import exists, is_file, is_folder
from epanns.storage.file_types import HDF5
from epanns.vocabulary.audioset import vocabulary_named
from epanns.vocabulary.custom import classes_beside, classes_of
from epanns.vocabulary.vocabulary import Vocabulary

FIXED = ("spectrogram_extractor.", "logmel_extractor.")  # computed where a file leaves them out
CLASSES = "classes"  # the key of the names of the classes
BESIDE = 1 << 26  # bytes of a network that a file may leave out, as they are computed
UNKNOWN = ", nor for another network that is known here"


def load_checkpoint(path: str | Path, architecture: str | Architecture | None = None) -> Network:
    """Read a network from a PyTorch file.

    Args:
        path: a state dict with the published keys, bare or under the key `model`, in any floating
            precision. The fixed STFT and mel matrices may be left out.
        architecture: what the weights are for, or its name in epanns.networks.registry; needed
            where architectures share their keys and shapes. None: published files are recognised
            by their checksum, others by their keys.

    Returns:
        The network in float32 and in evaluation mode.

    Raises:
        UnfitWeightsError: the file holds no such network; one sentence says what was found.
        WeightsError: it cannot be read, or its classes cannot be named.
    """
    known = registry.get(architecture) if isinstance(architecture, str) else architecture
    return _load(Path(path), known, str(path))


def save_checkpoint(
    network: Network, path: Path, half: bool = False, complete: bool = False
) -> None:
    """Write a network as load_checkpoint() reads it.

    The names of its classes are written too, unless they are its architecture's own.

    Args:
        network: on any device.
        path: the file, which must not be there yet.
        half: in half precision, but for the fixed matrices of its front end.
        complete: with these, as published files are; they can be computed.

    Raises:
        OSError: the file is there, or cannot be written.
    """
    weights = {
        key: value.detach().cpu().contiguous()
        for key, value in network.state_dict().items()
        if complete or not key.startswith(FIXED)
    }
    content: dict[str, Any] = dict(weights)
    if half:
        learnt = {key: value for key, value in weights.items() if not key.startswith(FIXED)}
        content |= halved(learnt)
    if network.vocabulary != network.architecture.vocabulary:
        content[CLASSES] = list(network.vocabulary.names)
    with DelayedErrorFile(path) as file:
        torch.save(content, file)


def halved(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict with its numbers in half precision; counters stay whole."""
    return {
        key: value.half() if value.is_floating_point() else value for key, value in weights.items()
    }


def check_checkpoint(path: str, architecture: str, called: str) -> None:
    """Refuse a file that load_checkpoint() refuses. Called in another process: PyTorch is large.

    Args:
        path: the file.
        architecture: the name of what it is for.
        called: the name of the file in the sentence of an error.

    Raises:
        WeightsError: as load_checkpoint() does.
    """
    _load(Path(path), registry.get(architecture), called)


def _load(path: Path, architecture: Architecture | None, called: str) -> Network:
    """The network in a file; `called` is the name of the file in the sentence of an error."""
    entry = architecture or registry.default()
    title = entry.title
    try:
        start = _start(path)
        if architecture is None and (is_tflite(start) or start.startswith(HDF5)):
            entry, title = YAMNET, YAMNET.title  # no other is read from such files
        stored, names = _content(path, start)
        state = {name: value.float() for name, value in stored.items()}
        shapes = {name: tuple(value.shape) for name, value in state.items()}
        if architecture is None:
            entry, title = _recognised(path, shapes)
        dimensions = entry.dimensions(shapes)
        named = _vocabulary(path, names)
        classes = classes_of(path, named, entry.vocabulary, entry.class_count(shapes))
        with SizeLimit(sum(value.nbytes for value in state.values()) + BESIDE):
            network = entry.create(vocabulary=classes, **dimensions)
        network.own_vocabulary = named or entry.vocabulary
        _check(state, network)
        network.load_state_dict(state, strict=False)
        network.stored = _stored_form(stored)
    except UnfitError as unfit:
        raise UnfitWeightsError(f"{called} is no weights file for {title}: {unfit}.") from None
    except OSError as error:
        raise WeightsError(
            f"The weights {called} cannot be read: {error.strerror or error}."
        ) from None
    except EpannsError:
        raise
    except Exception as error:  # whatever else such a file holds
        raise UnfitWeightsError(
            f"{called} is no weights file for {title}: {cause(error)}."
        ) from None
    return network.eval()


def _recognised(path: Path, shapes: Shapes) -> tuple[Architecture, str]:
    """The architecture of a file, and what it is called in the sentence of an error."""
    known = registry.recognise_file(path)
    entry = known[1] if known else registry.recognise(shapes)
    if entry is None:
        return registry.default(), f"{registry.default().title}{UNKNOWN}"
    return entry, entry.title


def _vocabulary(path: Path, names: Any) -> Vocabulary | None:
    """The classes that a file names itself; None if it names none."""
    if names is None:
        return None
    try:
        return vocabulary_named(_names(names))
    except ValueError as error:
        if classes_beside(path) is not None:  # so that no file is lost that means something else
            return None
        raise UnfitError(f"the names of its classes under {CLASSES!r}", f"{error}") from None


def _names(names: Any) -> list[str]:
    """The class names in a file, after a check of their types.

    Raises:
        ValueError: it is no list of names.
    """
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"a {type(names).__name__} that is no list of strings")
    return names


def _content(path: Path, start: bytes) -> tuple[dict[str, Tensor], Any]:
    """The tensors in a file by name, together no larger than the file; its class names or None."""
    if is_tflite(start):
        return from_tflite(path), None
    if start.startswith(HDF5):
        return from_keras(path), None
    wanted = "a PyTorch state dict"
    content, names = _unpickled(path, start), None
    if isinstance(content, Mapping):
        names = content.get(CLASSES)
        if isinstance(content.get("model"), Mapping):
            content = content["model"]
        content = {name: value for name, value in content.items() if name != CLASSES}
    if not isinstance(content, Mapping):
        raise UnfitError(wanted, f"a {type(content).__name__}")
    for name, value in content.items():
        if not isinstance(value, Tensor):
            raise UnfitError(wanted, f"a {type(value).__name__} under the key {str(name)[:60]!r}")
        counter = str(name).endswith("num_batches_tracked")
        plain = value.layout == torch.strided and value.device.type == "cpu"
        if not plain or not (value.is_floating_point() or counter):
            raise UnfitError("floating-point tensors", f"a {value.dtype} one of {value.layout}")
    # Tensors can be views that repeat few stored values, so their sizes are not trusted.
    claimed, size = sum(value.nbytes for value in content.values()), path.stat().st_size
    if claimed > size:
        raise UnfitError(f"at most the {size:,} bytes of the file", f"tensors of {claimed:,} bytes")
    return dict(content), names


def _stored_form(stored: Mapping[str, Tensor]) -> StoredForm:
    """How a file holds its network."""
    numbers = {name: value.dtype for name, value in stored.items() if value.is_floating_point()}
    fixed = {name for name in numbers if name.startswith(FIXED)}
    half = all(numbers[name] == torch.float16 for name in numbers.keys() - fixed)
    return StoredForm(half, complete=bool(fixed))


def _start(path: Path) -> bytes:
    """The first bytes of a file."""
    if exists(path) and not is_file(path):
        raise UnfitError("a file", "a folder" if is_folder(path) else "a device")
    with path.open("rb") as file:
        return file.read(16)


def _unpickled(path: Path, start: bytes) -> Any:
    """What torch.load reads from the file, without running code in it."""
    _refuse_packed(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a broken pickle can raise anything, OSError too
        raise UnfitError("PyTorch weights", _reason(error, path, start)) from None


def _refuse_packed(path: Path) -> None:
    """Refuse a zip archive that unpacks to more than its size; PyTorch never compresses."""
    try:
        if not zipfile.is_zipfile(path):
            return
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except Exception as error:  # zipfile raises many kinds, of a name that is no text, too
        raise UnfitError("PyTorch weights", f"a broken zip archive ({cause(error)})") from None
    if unpacked > path.stat().st_size:
        raise UnfitError("PyTorch weights, which are not compressed", "a compressed zip archive")


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


def _check(state: dict[str, Tensor], network: Network) -> None:
    """Refuse keys, shapes and values that the network cannot have."""
    wanted = network.state_dict()
    missing = {name for name in wanted if not name.startswith(FIXED)} - state.keys()
    if missing:
        raise UnfitError(f"{few(missing)}", "no such keys")
    if foreign := state.keys() - wanted.keys():
        raise UnfitError(f"the keys of {network.architecture.title} only", few(foreign))
    for name, value in state.items():
        if value.shape != wanted[name].shape:
            expected, found = tuple(wanted[name].shape), tuple(value.shape)
            rate = f" for sound of {hertz(network.architecture.sample_rate)}"
            fixed = name.startswith(FIXED)
            raise UnfitError(f"{name} of shape {expected}{rate * fixed}", f"{found}")
        if not value.isfinite().all():
            raise UnfitError("finite numbers", f"NaN or infinity in {name}")
        if name.endswith("running_var") and value.min() < 0:
            raise UnfitError(f"variances in {name}", f"{value.min():.3g}")
