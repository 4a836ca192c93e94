"""YAMNet in PyTorch; see yamnet.py. Batch norms are folded into the convolutions before them."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from epanns.networks.architecture import Architecture
from epanns.networks.banded_network import BandedNetwork
from epanns.networks.network import TorchOutput, logits_of
from epanns.networks.panns_layers import Sizes
from epanns.networks.yamnet_layers import PATCH_FRAMES, PATCH_HOP, SEPARABLE, STEM
from epanns.vocabulary.vocabulary import Vocabulary


class SameConvolution(nn.Conv2d):
    """A 3x3 convolution with ReLU, padded as TensorFlow pads it.

    With stride 2, images of even sides have a row and a column of zeros behind them, none before.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, groups: int = 1) -> None:
        super().__init__(inputs, outputs, 3, stride, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer to float32 (batch, inputs, time, bands)."""
        before = 1 if self.stride == (1, 1) else 0
        return F.relu_(super().forward(F.pad(x, (before, 1, before, 1))))


class Separable(nn.Module):
    """A depthwise and a pointwise convolution, each with ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.depthwise_conv = SameConvolution(inputs, inputs, stride, groups=inputs)
        self.pointwise_conv = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer to float32 (batch, inputs, time, bands)."""
        return F.relu_(self.pointwise_conv(self.depthwise_conv(x)))


class YAMNet(BandedNetwork):
    """YAMNet of any widths, from waveforms at 16 kHz to logits.

    The score of a class is the mean of its scores in all patches, the embedding likewise.

    Args:
        architecture: its entry.
        vocabulary: the classes; None for the architecture's.
        sizes: the outputs of layers, by their names; those published where it names none.
    """

    def __init__(
        self,
        architecture: Architecture,
        vocabulary: Vocabulary | None = None,
        sizes: Sizes | None = None,
    ) -> None:
        super().__init__(architecture, vocabulary, sizes)
        inputs = self.size("layer1.conv", STEM)
        self.layer1 = nn.ModuleDict({"conv": SameConvolution(1, inputs, 2)})
        self._layers = [f"layer{number}" for number in range(2, len(SEPARABLE) + 2)]
        for name, (width, stride) in zip(self._layers, SEPARABLE, strict=True):
            outputs = self.size(f"{name}.pointwise_conv", width)
            setattr(self, name, Separable(inputs, outputs, stride))
            inputs = outputs
        self.dense = nn.Linear(inputs, len(self.vocabulary))

    def from_inputs(self, inputs: Mapping[str, Tensor]) -> TorchOutput:
        """Score power spectra of the numpy front end; see Network."""
        log_mel = self.log_mel(inputs["spectrum"])
        count = (log_mel.shape[1] - PATCH_FRAMES) // PATCH_HOP + 1
        starts = torch.arange(count, device=log_mel.device) * PATCH_HOP
        places = starts[:, None] + torch.arange(PATCH_FRAMES, device=log_mel.device)
        patches = log_mel[:, places]  # (batch, patches, frames, mels)
        x = self.layer1["conv"](patches.flatten(0, 1)[:, None])
        for name in self._layers:
            x = self.get_submodule(name)(x)
        embeddings = x.mean(dim=(2, 3)).unflatten(0, patches.shape[:2])
        scores = torch.sigmoid(self.dense(embeddings)).mean(dim=1)
        return TorchOutput(logits_of(scores), embeddings.mean(dim=1), None)

    def log_mel(self, power: Tensor) -> Tensor:
        """Log-mel spectrograms of the magnitudes, not of the power.

        Args:
            power: float32 (batch, frames, bins).

        Returns:
            float32 (batch, frames, mels).
        """
        return torch.log(power.sqrt() @ self.bands + self.architecture.front_end.floor)
