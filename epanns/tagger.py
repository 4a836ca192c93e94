"""AudioTagger, the public interface for scoring sound: from a waveform to a Prediction."""

import time
from numbers import Real
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from epanns.audio.level import rms_dbfs
from epanns.audio.offline_resampling import resampled
from epanns.conversion.opening import open_converted
from epanns.errors import UnfitWeightsError
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.networks import registry
from epanns.prediction import NetworkInfo, Prediction
from epanns.runtimes.precision import PRECISIONS, Precision
from epanns.runtimes.runtime import NetworkOutput, Runtime
from epanns.vocabulary.custom import without_names
from epanns.zoo import catalogue
from epanns.zoo.catalogue import WeightsFile
from epanns.zoo.recommendation import choose

RATES = 1, 10_000_000  # Hz
SLOW, LONGEST = 1000, 3600  # Hz of no sound, and the seconds that are scored of it all the same
LOUDEST = 1e6  # larger than any sample; much larger ones overflow in the spectrogram


class AudioTagger:
    """Scores sound for the classes of a network; those of most networks are AudioSet's 527.

    Args:
        model: a name from the zoo whose weights are in models/, or the path of a weights file;
            auto, small and best stand for one of those, see epanns.zoo.recommendation.
        activation: "sigmoid" scores each class independently, as the networks were trained;
            "softmax" makes the scores sum to 1, for comparison only.
        runtime: "onnx" is fast and converts the weights when they are first used; "torch" is the
            reference.
        precision: "fp32", or "int8" for a network that has been quantised.
        threads: how many compute one call, on "onnx"; on "torch" it is PyTorch's number.

    Attributes:
        network: the network, as in every Prediction.
        name, title: of the network.
        sample_rate: that the network needs, in Hz.
        architecture: its entry; see epanns.networks.registry.
        summary: its layers, widths, parameters, size, segment and classes, one a line.
        remark: what the user should know about how it was opened; "" for nothing.

    Raises:
        WeightsError: the weights are missing or cannot be used; one sentence says what to do.
        ValueError: an argument other than the model is invalid.
    """

    def __init__(
        self,
        model: str | Path = "starter",
        activation: Literal["sigmoid", "softmax"] = "sigmoid",
        runtime: Literal["onnx", "torch"] = "onnx",
        precision: Precision = "fp32",
        threads: int = 1,
    ) -> None:
        _choose("activation", activation, ("sigmoid", "softmax"))
        _choose("runtime", runtime, ("onnx", "torch"))
        _choose("precision", precision, PRECISIONS)
        if threads < 1:
            raise ValueError(f"There must be 1 thread at least; found {threads}.")
        if (runtime, precision) == ("torch", "int8"):
            raise ValueError("The runtime torch has no int8; take onnx, or fp32.")
        self._softmax = activation == "softmax"
        choice = choose(str(model))
        file = catalogue.resolve(choice.model)
        self._runtime = opened = _open(file, runtime, precision, threads)
        published = registry.named_as(file.path)
        stated = published.learnt if published else None
        self.network = NetworkInfo(
            file.name,
            opened.title,
            file.checksum,
            opened.vocabulary,
            opened.embedding_width,
            stated if opened.learnt is None else opened.learnt,
        )
        self.name, self.title = self.network.name, self.network.title
        self.architecture = self._runtime.architecture
        self.sample_rate = self.architecture.sample_rate
        self.summary = self._runtime.summary
        unnamed = without_names(file.path, opened.vocabulary)
        self.remark = " ".join(filter(None, (choice.why, self._runtime.remark, unnamed)))

    def scores(self, waveforms: NDArray[np.float32]) -> NDArray[np.float32]:
        """Score a batch of waveforms of one length.

        Args:
            waveforms: float32 (batch, samples) in [-1, 1] at the network's rate (32 kHz for PANNs),
                from 1 sample.

        Returns:
            float32 (batch, classes) in [0, 1], in the order of the network's vocabulary.

        Raises:
            ValueError: another shape or type, no samples, or samples that are not finite.
        """
        _check(waveforms, "waveforms", "(batch, samples)", 2)
        return self._scores(waveforms)

    def run(self, waveforms: NDArray[np.float32], start: int | None = None) -> NetworkOutput:
        """All outputs of the network for a batch of waveforms.

        Args:
            waveforms: as for scores().
            start: as for tag(), for a batch of one; counted at the network's rate.

        Returns:
            Scores and logits (batch, classes), embeddings (batch, embedding) and, of a framewise
            network, framewise scores (batch, frames, classes), all float32.

        Raises:
            ValueError: as for scores().
        """
        _check(waveforms, "waveforms", "(batch, samples)", 2)
        return self._runtime.run(waveforms, start)

    def tag(
        self,
        waveform: NDArray[np.float32],
        sample_rate: float = SAMPLE_RATE,
        start: int | None = None,
    ) -> Prediction:
        """Score one waveform.

        Args:
            waveform: float32 (samples,) in [-1, 1].
            sample_rate: its rate in Hz; it is resampled to the network's where they differ.
            start: the number of its first sample in a stream, counted at 32 kHz. Segments that
                start a multiple of 10 ms after the one before are scored a little faster.

        Returns:
            The scores, float32 (classes,) in [0, 1], the level and the time that scoring took.

        Raises:
            ValueError: another shape or type, no samples, samples that are not finite, or a rate
                that sound cannot have.
        """
        _check(waveform, "waveform", "(samples,)", 1)
        _check_rate(sample_rate, len(waveform))
        began = time.perf_counter()
        own = resampled(waveform, sample_rate, self.sample_rate)
        # Overlapping segments have equal samples only if they were not resampled.
        scores = self._scores(own[None], start if own is waveform else None)[0]
        seconds = time.perf_counter() - began
        first = start or 0
        end = first + max(round(len(waveform) * SAMPLE_RATE / sample_rate), 1)
        return Prediction(first, end, scores, rms_dbfs(waveform), seconds, self.network)

    def at_own_rate(self, waveforms: NDArray[np.float32]) -> NDArray[np.float32]:
        """Waveforms resampled to the network's rate.

        Args:
            waveforms: float32 (batch, samples) in [-1, 1] at 32 kHz.

        Returns:
            float32 (batch, samples) at the network's rate.
        """
        return resampled(waveforms, SAMPLE_RATE, self.sample_rate)

    def embed(self, waveforms: NDArray[np.float32]) -> NDArray[np.float32]:
        """The embeddings of a batch of waveforms.

        Args:
            waveforms: as for scores().

        Returns:
            float32 (batch, embedding).

        Raises:
            ValueError: as for scores().
        """
        return self.run(waveforms).embedding

    def _scores(
        self, waveforms: NDArray[np.float32], start: int | None = None
    ) -> NDArray[np.float32]:
        scored = self._runtime.run(waveforms, start)
        return _softmax(scored.logits) if self._softmax else scored.scores


def _open(
    file: WeightsFile, runtime: Literal["onnx", "torch"], precision: Precision, threads: int
) -> Runtime:
    """The network in a weights file."""
    try:
        if runtime == "onnx":
            return open_converted(file.path, precision, threads, file.architecture, file.checksum)
        from epanns.runtimes.torch_runtime import TorchRuntime

        return TorchRuntime(file.path, file.architecture)
    except UnfitWeightsError as error:
        if not file.published:
            raise
        raise UnfitWeightsError(f"{error} {catalogue.how_to_replace(file.name)}") from None


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    scores: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return scores


def _choose(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"The {name} must be {' or '.join(choices)}; found {value!r}.")


def _check_rate(sample_rate: float, samples: int) -> None:
    """Refuse a rate that sound cannot have: resampling would take all memory, or crash."""
    low, high = RATES
    is_number = isinstance(sample_rate, Real) and not isinstance(sample_rate, bool)
    if not is_number or not low <= sample_rate <= high:
        raise ValueError(
            f"The sample rate, {low:,} to {high:,} Hz, must be a positive number; found"
            f" {sample_rate!r:.40}."
        )
    if sample_rate < SLOW and samples > LONGEST * sample_rate:
        raise ValueError(
            f"The waveform would last {samples / sample_rate:,.0f} s at the sample rate of"
            f" {sample_rate:g} Hz; below {SLOW} Hz {LONGEST} s are the most."
        )


def _check(array: NDArray[np.float32], name: str, shape: str, ndim: int) -> None:
    """Refuse an array that cannot be scored; the error names what was expected and found."""
    if not isinstance(array, np.ndarray) or array.dtype != np.float32:
        found = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise ValueError(f"The {name} must be a numpy array of float32; found {found}.")
    if array.ndim != ndim or not array.size:
        raise ValueError(f"The {name} must have the shape {shape}; found {array.shape}.")
    loudest = np.abs(array).max()
    if not loudest <= LOUDEST:
        raise ValueError(f"The {name} must hold numbers in [-1, 1]; found {loudest}.")
