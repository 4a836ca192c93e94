"""The base classes of all networks in PyTorch and of those with a log-mel front end."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from epanns.formatting import millions
from epanns.frontend import torch_frontend
from epanns.networks.architecture import Architecture, UnfitError
from epanns.vocabulary.vocabulary import Vocabulary

Change = Callable[[Tensor], Tensor]
CERTAIN = 1e-6  # what a mean of scores is kept away from 0 and 1 by, to have a logit


class TorchOutput(NamedTuple):
    """The outputs of a network for a batch of waveforms; all float32.

    Attributes:
        logits: (batch, classes); their sigmoid is the clipwise probability. For a framewise
            network, the largest logit over time, whose sigmoid is the published clipwise maximum.
        embedding: (batch, embedding), the last hidden layer; for a framewise network, its mean over
            time.
        framewise: probabilities (batch, frames, classes), a frame for each hop of the front end,
            or None if the network scores clips as a whole.
    """

    logits: Tensor
    embedding: Tensor
    framewise: Tensor | None = None


class StoredForm(NamedTuple):
    """How a file holds a network; see epanns.networks.checkpoint.save_checkpoint.

    Attributes:
        half: in half precision, but for the fixed matrices of its front end.
        complete: with these matrices, which can be computed.
    """

    half: bool = False
    complete: bool = False


def logits_of(scores: Tensor) -> Tensor:
    """The logits of scores that are means of others, within the limits that CERTAIN sets.

    Args:
        scores: float32 of any shape, 0 to 1.
    """
    return torch.logit(scores, CERTAIN)


class Network(nn.Module, ABC):
    """A network from waveforms to logits.

    Args:
        architecture: its entry.
        vocabulary: its classes, in the order of its outputs.

    Attributes:
        architecture, vocabulary: see Args.
        own_vocabulary: the classes without a table beside the weights file: those that it names,
            or the architecture's. A converted copy keeps these, as a table may change or go.
        stored: how the file that it was read from holds it.
    """

    def __init__(self, architecture: Architecture, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.architecture = architecture
        self.vocabulary = self.own_vocabulary = vocabulary
        self.stored = StoredForm()

    @abstractmethod
    def forward(self, waveforms: Tensor) -> TorchOutput:
        """Score waveforms.

        Args:
            waveforms: float32 (batch, samples) in [-1, 1] at the architecture's rate, from 1
                sample.

        Raises:
            ValueError: not of two dimensions, or no samples.
        """

    @abstractmethod
    def from_inputs(self, inputs: Mapping[str, Tensor]) -> TorchOutput:
        """Score what the converted network takes.

        Args:
            inputs: by their names; see Architecture.inputs.

        Returns:
            As the network, but framewise scores are (batch, steps, classes), a step for each
            step_frames of the architecture.
        """

    @property
    def embedding_width(self) -> int:
        """How many numbers an embedding has: as many as the last layer takes."""
        return self.get_parameter(self.architecture.classes_key).shape[1]

    @property
    def values(self) -> int:
        """The number of its parameters, learnt and fixed."""
        return sum(each.numel() for each in self.parameters())

    @property
    def learnt(self) -> int:
        """The number of its learnt parameters; the others are the front end's fixed matrices."""
        return sum(each.numel() for each in self.parameters() if each.requires_grad)

    @property
    def title(self) -> str:
        """The network in a few words."""
        return f"{self.architecture.title}, {millions(self.values)} values"

    @property
    def segment(self) -> str:
        """Which segments it scores, for people."""
        rate = self.architecture.sample_rate
        return f"{self.architecture.least_samples / rate} s and longer, at {rate} Hz"

    @property
    def summary(self) -> str:
        """Its properties for people, one a line."""
        rows = {
            "parameters": millions(self.values, 2),
            "segment": self.segment,
            "classes": f"{len(self.vocabulary)}",
        }
        return table_of(rows)

    def padded(self, waveforms: Tensor) -> Tensor:
        """Waveforms followed by silence up to a length that the network scores.

        Silence is added, as it often follows a short sound and adds no sound of its own: repeating
        the segment would turn a click into a rattle.

        Args:
            waveforms: float32 (batch, samples), from 1 sample.

        Returns:
            float32 (batch, samples) of a length that the network scores.

        Raises:
            ValueError: not of two dimensions, or no samples.
        """
        if waveforms.ndim != 2 or not waveforms.shape[1]:
            raise ValueError(
                f"Waveforms must have the shape (batch, samples); found {tuple(waveforms.shape)}."
            )
        missing = self.architecture.missing(waveforms.shape[1])
        return F.pad(waveforms, (0, missing)) if missing > 0 else waveforms


class TrainableNetwork(Network):
    """A network whose way from log-mel levels on can be trained; see epanns.training."""

    @abstractmethod
    def levels(self, waveforms: Tensor) -> Tensor:
        """Log-mel levels, in float32 and without gradients.

        Args:
            waveforms: as padded() returns them.

        Returns:
            float32 (batch, frames, mels) in dB, which may be changed.
        """

    @abstractmethod
    def from_levels(self, levels: Tensor, waveforms: Tensor, change: Change) -> TorchOutput:
        """Score log-mel levels; a framewise network gives steps, see from_inputs.

        Args:
            levels: of the waveforms, as levels() gives them.
            waveforms: for networks that take these, too.
            change: made to the spectrogram as the network takes it, float32 (batch, frames, mels).
        """


class LogMelNetwork(TrainableNetwork):
    """A network on log-mel spectrograms whose bands are normalised first, as PANNs have it.

    Attributes:
        dropout: the shares dropped in training: after every block, and before each linear layer.
    """

    def __init__(self, architecture: Architecture, vocabulary: Vocabulary) -> None:
        super().__init__(architecture, vocabulary)
        self.dropout = (0.2, 0.5)  # those of PANNs
        front_end = architecture.front_end
        self.spectrogram_extractor, self.logmel_extractor = torch_frontend.front_end_modules(
            front_end
        )
        self.bn0 = nn.BatchNorm2d(front_end.mels)

    def forward(self, waveforms: Tensor) -> TorchOutput:
        """Score a batch of waveforms; see Network. Short ones are followed by silence."""
        padded = self.padded(waveforms)
        output = self.decide(self.normalise(self.log_mel(padded)))
        if output.framewise is None:
            return output
        frames = self.architecture.front_end.frame_count(waveforms.shape[1])
        steps = self.architecture.steps_of(frames, output.framewise.shape[1])
        return output._replace(framewise=output.framewise[:, steps])

    def log_mel(self, waveforms: Tensor) -> Tensor:
        """Log-mel spectrograms of waveforms.

        Args:
            waveforms: float32 (batch, samples) in [-1, 1] at the architecture's rate, more than
                half a window.

        Returns:
            float32 (batch, frames, mels) in dB.
        """
        logmel: Tensor = self.logmel_extractor(self.spectrogram_extractor(waveforms))
        return logmel.squeeze(1)

    def levels(self, waveforms: Tensor) -> Tensor:
        """As log_mel(), by FFT; see TrainableNetwork and epanns.frontend.torch_frontend.log_mel."""
        bands = self.logmel_extractor.get_parameter("melW")
        return torch_frontend.log_mel(waveforms, bands, self.architecture.front_end)

    def from_levels(self, levels: Tensor, waveforms: Tensor, change: Change) -> TorchOutput:
        """See TrainableNetwork."""
        return self.decide(change(self.normalise(levels)))

    def normalise(self, log_mel: Tensor) -> Tensor:
        """Log-mel spectrograms with each band normalised by batch norm bn0.

        Training masks parts of the result with zero, which is the mean.

        Args:
            log_mel: float32 (batch, frames, mels) in dB.

        Returns:
            float32 (batch, frames, mels).
        """
        normalised: Tensor = self.bn0(log_mel[:, None].transpose(1, 3)).transpose(1, 3)
        return normalised.squeeze(1)

    def from_inputs(self, inputs: Mapping[str, Tensor]) -> TorchOutput:
        """Score power spectra of the numpy front end; see Network and decide."""
        return self.decide(self.normalise(self.from_spectrum(inputs["spectrum"])))

    def from_spectrum(self, power: Tensor) -> Tensor:
        """Log-mel spectrograms, see log_mel, of power spectra, float32 (batch, frames, bins)."""
        log_mel: Tensor = self.logmel_extractor(power[:, None])
        return log_mel.squeeze(1)

    @abstractmethod
    def decide(self, normalised: Tensor) -> TorchOutput:
        """Score normalised log-mel spectrograms.

        Args:
            normalised: float32 (batch, frames, mels), of at least the architecture's shortest
                segment.

        Returns:
            As of the network, but the framewise scores are (batch, steps, classes), a step for each
            step_frames of the architecture.
        """


class SizeLimit(TorchFunctionMode):
    """Refuses to create layers that are larger than the file which their sizes are from.

    Shapes that do not belong together would ask for their product before they can be compared.

    Args:
        most: the bytes of all layers together.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Pass a call of PyTorch's on, unless it asks for too much memory for a layer."""
        kwargs = kwargs or {}
        if function is torch.empty:
            self._left -= function(*args, **{**kwargs, "device": "meta"}).nbytes
            if self._left < 0:
                raise UnfitError(
                    "shapes of layers that follow each other", "ones of layers too large for it"
                )
        return function(*args, **kwargs)


def table_of(rows: dict[str, str]) -> str:
    """Names and values in two columns, one row a line."""
    return "\n".join(f"{name:<11} {value}" for name, value in rows.items())
