"""The live path: a converted network on ONNX Runtime, without torch, torchlibrosa or librosa.

A checkpoint is converted once (epanns/conversion) and the copy is kept beside it
(epanns/conversion/cache.py); from then on only numpy and ONNX Runtime are needed.
"""

import contextlib
import sys
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from epanns.conversion import cache
from epanns.errors import NotQuantisedError
from epanns.frontend.numpy_frontend import RollingSpectrum, power_spectrum
from epanns.frontend.parameters import MIN_SAMPLES, POOLED_FRAMES, frame_count

Precision = Literal["fp32", "int8"]
Floats = NDArray[np.float32]


class NetworkOutput(NamedTuple):
    """What a network says about a batch of waveforms; all float32.

    Attributes:
        scores: (batch, classes) in [0, 1].
        logits: (batch, classes), what the scores are the sigmoid of.
        embedding: (batch, embedding), the last hidden layer.
        framewise: scores (batch, frames, classes), one frame a hop of 10 ms, or None if the network
            decides for the clip as a whole.
    """

    scores: Floats
    logits: Floats
    embedding: Floats
    framewise: Floats | None


class Runtime(Protocol):
    """Something that runs a network: OnnxRuntime here, TorchRuntime as the reference.

    Attributes:
        title: the network in a few words.
        summary: its properties, one a line.
        remark: what the user should know about how it was opened; "" for nothing.
    """

    title: str
    summary: str
    remark: str

    def run(self, waveforms: Floats, start: int | None = None) -> NetworkOutput:
        """Score waveforms.

        Args:
            waveforms: float32 (batch, samples) at 32 kHz in [-1, 1], from 1 sample.
            start: where a single waveform is the next segment of a stream, the number of its first
                sample: what it shares with the segment before need not be computed again.
        """


class OnnxRuntime:
    """A converted network.

    Args:
        model: the ONNX file, or what is in it.
        threads: how many compute one call; between calls none of them does anything.

    Attributes:
        session: the onnxruntime session.
        title, summary, remark: see Runtime.

    Raises:
        ValueError: not an ONNX file that can be run.
    """

    def __init__(self, model: Path | bytes, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads may spin while a segment is computed: waking one takes longer than many of the
        # small steps in between. Between segments they sleep.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        options.log_severity_level = 3  # errors
        source = str(model) if isinstance(model, Path) else model
        try:
            self.session = onnxruntime.InferenceSession(
                source, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has an exception class for each of its faults
            raise ValueError(f"no ONNX model that can be run ({error})") from None
        notes = self.session.get_modelmeta().custom_metadata_map
        self.title, self.summary = notes.get("title", ""), notes.get("summary", "")
        self.remark = ""
        self._rolling_spectrum = RollingSpectrum()
        self._outputs = [output.name for output in self.session.get_outputs()]

    def run(self, waveforms: Floats, start: int | None = None) -> NetworkOutput:
        """Score waveforms; see Runtime."""
        samples = waveforms.shape[1]
        if samples < MIN_SAMPLES:
            waveforms = np.pad(waveforms, ((0, 0), (0, MIN_SAMPLES - samples)))
        if start is None:
            spectrum = power_spectrum(waveforms)
        else:
            spectrum = self._rolling_spectrum(waveforms[0], start)
        values = self.session.run(self._outputs, {"spectrum": spectrum})
        named = dict(zip(self._outputs, values, strict=True))
        stepwise = named.pop("stepwise", None)
        framewise = None if stepwise is None else _frames(stepwise, frame_count(samples))
        return NetworkOutput(**named, framewise=framewise)


def open_runtime(
    checkpoint: Path,
    precision: Precision = "fp32",
    threads: int = 1,
    framewise: bool = False,
) -> OnnxRuntime:
    """The network of a PyTorch checkpoint, ready to run; converted first where it is not yet.

    Args:
        checkpoint: the weights file.
        precision: "int8" needs a quantised network, see `python -m epanns models quantise`.
        threads: how many compute one call.
        framewise: whether the weights are for the framewise head.

    Raises:
        WeightsError: the weights cannot be read or converted; NotQuantisedError: there is no int8.
    """
    path = cache.find(checkpoint, precision, framewise)
    if path is not None:
        with contextlib.suppress(ValueError):  # made for another onnxruntime: make it anew
            return OnnxRuntime(path, threads)
    if precision == "int8":
        raise NotQuantisedError(
            f"There is no int8 version of {checkpoint}; make it with python -m epanns models"
            f" quantise {checkpoint}."
        )
    model = _convert(checkpoint, framewise)
    runtime = OnnxRuntime(model, threads)
    if isinstance(model, bytes):
        runtime.remark = (
            f"The network had to be converted, which takes seconds at every start, as"
            f" {checkpoint.parent} cannot be written to."
        )
    return runtime


def _convert(checkpoint: Path, framewise: bool) -> Path | bytes:
    """Convert a checkpoint, in another process where this one has no torch: it shall stay lean."""
    if "torch" not in sys.modules:
        from epanns.conversion.isolated_conversion import convert_apart

        convert_apart(checkpoint, framewise)
        path = cache.find(checkpoint, "fp32", framewise)
        if path is not None:
            return path
    from epanns.conversion.convert import convert

    return convert(checkpoint, framewise)


def _frames(stepwise: Floats, frames: int) -> Floats:
    """Each step stands for 32 frames; the last one also for those that pooling left over."""
    repeated = np.repeat(stepwise, POOLED_FRAMES, axis=1)
    left_over = max(frames - repeated.shape[1], 0)
    return np.pad(repeated, ((0, 0), (0, left_over), (0, 0)), mode="edge")[:, :frames]
