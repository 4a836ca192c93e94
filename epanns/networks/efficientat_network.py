"""EfficientAT in PyTorch; see efficientat.py.

The layers are those of MobileNetV3-Large (Howard et al. 2019, table 1), their names those of the
published files.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from epanns.frontend.torch_frontend import power_spectrum
from epanns.networks.architecture import Architecture
from epanns.networks.banded_network import BandedNetwork
from epanns.networks.network import Change, TorchOutput, TrainableNetwork
from epanns.networks.panns_layers import Sizes
from epanns.vocabulary.vocabulary import Vocabulary

EPSILON = 1e-3  # of batch norms
DROPOUT = 0.2
OFFSET, SCALE = 4.5, 1 / 5  # of log-mel levels: added, and then multiplied by
WIDTH = 0.4  # of mn04, whose sizes are taken where there are no others


class _Block(NamedTuple):
    """An inverted residual of MobileNetV3-Large."""

    kernel: int
    expanded: int
    outputs: int
    gated: bool
    hard: bool  # whether its activation is hard-swish, not ReLU
    stride: int


STEM, LAST, HIDDEN = 16, 960, 1280
BLOCKS = (
    _Block(3, 16, 16, False, False, 1),
    _Block(3, 64, 24, False, False, 2),
    _Block(3, 72, 24, False, False, 1),
    _Block(5, 72, 40, True, False, 2),
    _Block(5, 120, 40, True, False, 1),
    _Block(5, 120, 40, True, False, 1),
    _Block(3, 240, 80, False, True, 2),
    _Block(3, 200, 80, False, True, 1),
    _Block(3, 184, 80, False, True, 1),
    _Block(3, 184, 80, False, True, 1),
    _Block(3, 480, 112, True, True, 1),
    _Block(3, 672, 112, True, True, 1),
    _Block(5, 672, 160, True, True, 2),
    _Block(5, 960, 160, True, True, 1),
    _Block(5, 960, 160, True, True, 1),
)


class Gate(nn.Module):
    """Squeeze and excitation: each channel times a factor that follows from all of them."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        layers = {"fc1": nn.Linear(channels, squeezed), "fc2": nn.Linear(squeezed, channels)}
        self.conc_se_layers = nn.ModuleList([nn.ModuleDict(layers)])

    def forward(self, x: Tensor) -> Tensor:
        """Apply the gate to float32 (batch, channels, bands, time)."""
        squeeze = self.get_submodule("conc_se_layers.0.fc1")
        excite = self.get_submodule("conc_se_layers.0.fc2")
        factors = torch.sigmoid(excite(F.relu(squeeze(x.mean(dim=(2, 3))))))
        return x * factors[:, :, None, None]


class InvertedBottleneck(nn.Module):
    """Widen, filter each channel, perhaps gate, and narrow; beside the image if that fits."""

    def __init__(self, layers: list[nn.Module], adds: bool) -> None:
        super().__init__()
        self.block = nn.Sequential(*layers)
        self.adds = adds

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block to float32 (batch, inputs, bands, time)."""
        made: Tensor = self.block(x)
        return x + made if self.adds else made


class EfficientAT(BandedNetwork, TrainableNetwork):
    """EfficientAT of any width, from waveforms at 32 kHz to logits.

    Args:
        architecture: its entry.
        vocabulary: the classes.
        sizes: the outputs of layers, by their names; those of mn04 where it names none.
    """

    def __init__(
        self,
        architecture: Architecture,
        vocabulary: Vocabulary | None = None,
        sizes: Sizes | None = None,
    ) -> None:
        super().__init__(architecture, vocabulary, sizes)
        inputs = self.size("features.0.0", _scaled(STEM))
        self.features = nn.Sequential(_unit(1, inputs, 3, 2, nn.Hardswish(inplace=True)))
        for number, block in enumerate(BLOCKS, 1):
            self.features.append(self._block(f"features.{number}.block", inputs, block))
            inputs = self._outputs(number, block)
        last = self.size(f"features.{len(BLOCKS) + 1}.0", _scaled(LAST))
        self.features.append(_unit(inputs, last, 1, 1, nn.Hardswish(inplace=True)))
        self._embedding_width = last
        hidden = self.size("classifier.2", _scaled(HIDDEN))
        self.classifier = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(1),
            nn.Linear(last, hidden),
            nn.Hardswish(),
            nn.Dropout(DROPOUT),
            nn.Linear(hidden, len(self.vocabulary)),
        )

    @property
    def embedding_width(self) -> int:
        """How many numbers an embedding has."""
        return self._embedding_width

    def from_inputs(self, inputs: Mapping[str, Tensor]) -> TorchOutput:
        """Score the power in mel bands of the numpy front end; see Network."""
        return self._decide(self.log_mel(inputs["bands"]))

    @torch.no_grad()
    def levels(self, waveforms: Tensor) -> Tensor:
        """See TrainableNetwork."""
        front_end = self.architecture.front_end
        bands = power_spectrum(waveforms, front_end) @ self.bands
        return 10 * torch.log10(bands + front_end.floor)

    def from_levels(self, levels: Tensor, waveforms: Tensor, change: Change) -> TorchOutput:
        """See TrainableNetwork."""
        natural = levels * (math.log(10) / 10)
        return self._decide(change((natural + OFFSET) * SCALE))

    def _decide(self, log_mel: Tensor) -> TorchOutput:
        """Score log-mel spectrograms as log_mel() gives them."""
        features = self.features(log_mel.transpose(1, 2)[:, None])
        embedding = features.mean(dim=(2, 3))
        hidden = F.hardswish(self.classifier[2](embedding))
        logits = self.classifier[5](F.dropout(hidden, DROPOUT, self.training))
        return TorchOutput(logits, embedding, None)

    def log_mel(self, bands: Tensor) -> Tensor:
        """Log-mel spectrograms as the network takes them.

        Args:
            bands: the power in each mel band, float32 (batch, frames, mels).

        Returns:
            float32 (batch, frames, mels), about -1.4 for silence, 0 to 1 for sound.
        """
        return (torch.log(bands + self.architecture.front_end.floor) + OFFSET) * SCALE

    def _outputs(self, number: int, block: _Block) -> int:
        """The outputs of a block, by its last convolution."""
        last = 1 + (number > 1) + block.gated
        return self.size(f"features.{number}.block.{last}.0", _scaled(block.outputs))

    def _block(self, name: str, inputs: int, block: _Block) -> InvertedBottleneck:
        number = int(name.split(".")[1])
        activation = nn.Hardswish if block.hard else nn.ReLU
        layers: list[nn.Module] = []
        wide = inputs
        if number > 1:
            wide = self.size(f"{name}.0.0", _scaled(block.expanded))
            layers.append(_unit(inputs, wide, 1, 1, activation(inplace=True)))
        layers.append(
            _unit(wide, wide, block.kernel, block.stride, activation(inplace=True), groups=wide)
        )
        if block.gated:
            gate = f"{name}.{len(layers)}.conc_se_layers.0.fc1"
            layers.append(Gate(wide, self.size(gate, _rounded(wide / 4))))
        outputs = self._outputs(number, block)
        layers.append(_unit(wide, outputs, 1, 1))
        return InvertedBottleneck(layers, block.stride == 1 and inputs == outputs)


def _unit(
    inputs: int, outputs: int, kernel: int, stride: int, *activation: nn.Module, groups: int = 1
) -> nn.Sequential:
    """A convolution with batch norm, and perhaps an activation."""
    padding = (kernel - 1) // 2
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=EPSILON, momentum=0.01),
        *activation,
    )


def _scaled(channels: int) -> int:
    return _rounded(WIDTH * channels)


def _rounded(channels: float) -> int:
    """The nearest multiple of 8 that is no more than a tenth below."""
    near = max(8, int(channels + 4) // 8 * 8)
    return near + 8 if near < 0.9 * channels else near
