"""Opening a checkpoint on the live path: its converted copy, which is made where it is missing."""

import contextlib
import sys
from pathlib import Path

from epanns.child_process import ChildError, NoAnswerError, call
from epanns.conversion import cache
from epanns.errors import ConversionError, NotQuantisedError, UnfitWeightsError, WeightsError
from epanns.networks import registry
from epanns.networks.architecture import Architecture
from epanns.packages.installation import require_training
from epanns.paths import COMMAND, CONVERTED
from epanns.runtimes.onnx_runtime import OnnxRuntime
from epanns.runtimes.precision import Precision
from epanns.storage.checksums import sha256_of
from epanns.vocabulary.custom import classes_of

CONVERT = "epanns.conversion.convert:convert_file"


def open_converted(
    checkpoint: Path,
    precision: Precision = "fp32",
    threads: int = 1,
    architecture: Architecture | None = None,
    checksum: str | None = None,
) -> OnnxRuntime:
    """The network of a PyTorch checkpoint, ready to run; converted where that is not done yet.

    Args:
        checkpoint: the weights file.
        precision: "int8" needs a quantised network, see `python -m epanns models quantise`.
        threads: how many compute one call.
        architecture: what the weights are for; None to recognise it by their keys.
        checksum: the sha256 of the weights file; None to compute it.

    Raises:
        WeightsError: the weights cannot be read or converted, or their classes not be named.
        NotQuantisedError: there is no int8 version of them.
        PackagesMissingError: they must be converted, and PyTorch is not installed.
        OSError: the checkpoint cannot be read for its checksum.
    """
    known = sha256_of(checkpoint) if checksum is None else checksum
    runtime = _open(checkpoint, precision, threads, architecture, known)
    runtime.vocabulary = classes_of(
        checkpoint, runtime.vocabulary, runtime.architecture.vocabulary, runtime.class_count
    )
    return runtime


def convert_in_child(checkpoint: Path, architecture: Architecture | None) -> None:
    """Convert a checkpoint in another process, which keeps the result; see cache.keep.

    There is no result where nothing can be written.

    Raises:
        WeightsError: the weights cannot be read.
        ConversionError: they cannot be converted.
        PackagesMissingError: PyTorch, which converts, is not installed.
    """
    require_training()
    name = architecture.name if architecture else None
    try:
        call(
            CONVERT, str(checkpoint.absolute()), name,
            modules=registry.modules(), low_priority=True,
        )  # fmt: skip
    except NoAnswerError as error:
        raise ConversionError(
            f"{checkpoint} could not be converted ({error}); try --runtime torch."
        ) from None
    except ChildError as error:
        known = {each.__name__: each for each in (ConversionError, UnfitWeightsError)}
        raise known.get(error.kind, WeightsError)(str(error)) from None


def _open(
    checkpoint: Path,
    precision: Precision,
    threads: int,
    architecture: Architecture | None,
    checksum: str,
) -> OnnxRuntime:
    tag = architecture.copy_tag if architecture else ""
    path = cache.find(checkpoint, precision, tag, checksum)
    if path is not None:
        with contextlib.suppress(ValueError):  # made for another onnxruntime: convert again
            return OnnxRuntime(path, threads, architecture)
    if precision == "int8":
        raise NotQuantisedError(
            f"There is no int8 version of {checkpoint}; make it with {COMMAND} models"
            f" quantise {checkpoint}."
        )
    model = _convert(checkpoint, architecture, checksum)
    runtime = OnnxRuntime(model, threads, architecture)
    if isinstance(model, bytes):
        runtime.remark = (
            f"The network had to be converted, which takes seconds at every start, as"
            f" neither {checkpoint.parent} nor {CONVERTED} can be written to."
        )
    return runtime


def _convert(checkpoint: Path, architecture: Architecture | None, checksum: str) -> Path | bytes:
    """Convert a checkpoint, in another process unless this one has already imported torch."""
    if "torch" not in sys.modules:
        convert_in_child(checkpoint, architecture)
        tag = architecture.copy_tag if architecture else ""
        path = cache.find(checkpoint, "fp32", tag, checksum)
        if path is not None:
            return path
    from epanns.conversion.convert import convert

    return convert(checkpoint, architecture)
