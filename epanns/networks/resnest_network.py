"""ResNeSt-50 and ResNeSt-50-fast in PyTorch; see resnest.py.

What they take is a picture, which a log-mel spectrogram becomes first: 224 pixels high, low
frequencies at the top, three equal channels of values from 0 to 1.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from epanns.frontend.torch_frontend import power_spectrum
from epanns.networks.architecture import Architecture
from epanns.networks.banded_network import BandedNetwork
from epanns.networks.network import Change, TorchOutput, TrainableNetwork
from epanns.networks.panns_layers import Sizes
from epanns.vocabulary.vocabulary import Vocabulary

TOP_DB = 80.0  # what lies further below the loudest place of a picture is raised to that
CONSTANT = 1e-3  # dB: a picture of a smaller range holds rounding errors only
HEIGHT, CHANNELS = 224, 3  # of a picture
STEM = {0: 32, 3: 32, 6: 64}  # its convolutions: places and widths
WIDTHS, COUNTS, EXPANSION = (64, 128, 256, 512), (3, 4, 6, 3), 4  # of the four layers
REDUCTION, LEAST = 4, 32  # of the hidden layer of split attention
SLOPE, HEAD_DROPOUT = 0.02, 0.2  # of the head of three linear layers


class SplitAttention(nn.Module):
    """A 3x3 convolution into parts, and their sum, weighted by what all of them hold (section 3).

    Args:
        width: channels of the image, and of each part.
        hidden: of the layer that decides the weights.
        radix: how many parts; a single one has a gate instead.
    """

    def __init__(self, width: int, hidden: int, radix: int) -> None:
        super().__init__()
        self.radix = radix
        self.conv = nn.Conv2d(width, radix * width, 3, padding=1, groups=radix, bias=False)
        self.bn0 = nn.BatchNorm2d(radix * width)
        self.fc1 = nn.Conv2d(width, hidden, 1)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.fc2 = nn.Conv2d(hidden, radix * width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer to float32 (batch, width, bands, time)."""
        parts = F.relu_(self.bn0(self.conv(x))).chunk(self.radix, dim=1)
        means = sum(part.mean(dim=(2, 3), keepdim=True) for part in parts)
        decided = self.fc2(F.relu_(self.bn1(self.fc1(means)))).unflatten(1, (self.radix, -1))
        weights = decided.softmax(dim=1) if self.radix > 1 else decided.sigmoid()
        weighted: Tensor = sum(weights[:, index] * part for index, part in enumerate(parts))
        return weighted


class SplitBottleneck(nn.Module):
    """Split attention between two 1x1 convolutions, beside a shortcut.

    Args:
        inputs, outputs: channels of the image and of the result.
        attention: the split attention.
        stride: 2 if it halves the image, by averages over 3x3.
        pools_first: whether it does so before the attention, not after it.
        shortcut: what the image passes on the other way.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        attention: SplitAttention,
        stride: int,
        pools_first: bool,
        shortcut: nn.Module,
    ) -> None:
        super().__init__()
        width = attention.fc1.in_channels
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = attention
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.pool = nn.AvgPool2d(3, stride, padding=1) if stride > 1 else nn.Identity()
        self.pools_first = pools_first
        self.downsample = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block to float32 (batch, inputs, bands, time)."""
        shortcut = self.downsample(x)
        x = F.relu_(self.bn1(self.conv1(x)))
        x = self.conv2(self.pool(x)) if self.pools_first else self.pool(self.conv2(x))
        return F.relu_(self.bn3(self.conv3(x)) + shortcut)


class ResNeSt50(BandedNetwork, TrainableNetwork):
    """ResNeSt-50 of any widths, from waveforms at 32 kHz to logits.

    Scores segments of any length from 0.288 s on, whose picture fills a column of the last layer;
    silence follows shorter ones. Networks of sounds were trained on crops of 5 s, 547 pixels wide.

    Args:
        architecture: its entry.
        vocabulary: the classes; None for the architecture's.
        sizes: the outputs of layers, by their names; those published where it names none. With
            "fc.0" among them the head has three linear layers, not one.
    """

    radix = 2
    pools_first = False

    def __init__(
        self,
        architecture: Architecture,
        vocabulary: Vocabulary | None = None,
        sizes: Sizes | None = None,
    ) -> None:
        super().__init__(architecture, vocabulary, sizes)
        self.conv1, inputs = self._stem()
        self.bn1 = nn.BatchNorm2d(inputs)
        self._layers = [f"layer{number}" for number in range(1, len(WIDTHS) + 1)]
        for name, width, count in zip(self._layers, WIDTHS, COUNTS, strict=True):
            outputs = self.size(f"{name}.0.conv3", EXPANSION * width)
            blocks = nn.Sequential()
            for index in range(count):
                blocks.append(self._block(f"{name}.{index}", inputs, width, outputs))
                inputs = outputs
            setattr(self, name, blocks)
        self._embedding_width = inputs
        self.fc = self._head()
        self._initialise()

    @property
    def embedding_width(self) -> int:
        """How many numbers an embedding has."""
        return self._embedding_width

    def from_inputs(self, inputs: Mapping[str, Tensor]) -> TorchOutput:
        """Score power spectra of the numpy front end; see Network."""
        return self.from_picture(self.picture(self.log_mel(inputs["spectrum"])))

    def log_mel(self, power: Tensor) -> Tensor:
        """Log-mel spectrograms.

        Args:
            power: float32 (batch, frames, bins).

        Returns:
            float32 (batch, frames, mels) in dB.
        """
        floor = self.architecture.front_end.floor
        return 10 * torch.log10((power @ self.bands).clamp(min=floor))

    @torch.no_grad()
    def levels(self, waveforms: Tensor) -> Tensor:
        """See TrainableNetwork."""
        return self.log_mel(power_spectrum(waveforms, self.architecture.front_end))

    def from_levels(self, levels: Tensor, waveforms: Tensor, change: Change) -> TorchOutput:
        """See TrainableNetwork."""
        return self.from_picture(self.picture(levels, change))

    def picture(self, log_mel: Tensor, change: Change = lambda scaled: scaled) -> Tensor:
        """Log-mel spectrograms as pictures.

        What lies over 80 dB below the loudest place is raised to that; then each picture goes from
        0 to 1 (its mean and deviation, by which it was standardised before that in training, have
        no effect on the result), and is enlarged, bilinear, with its aspect kept. Silence is all 0.
        In training pictures were rounded to 8 bits, to store them; they are not here.

        Args:
            log_mel: float32 (batch, frames, mels) in dB.
            change: made before they are enlarged, to float32 (batch, frames, mels) from 0 to 1.

        Returns:
            float32 (batch, 3, 224, frames * 224 // mels) from 0 to 1.
        """
        levels = log_mel.maximum(log_mel.amax(dim=(1, 2), keepdim=True) - TOP_DB)
        levels = levels - levels.amin(dim=(1, 2), keepdim=True)
        scaled = levels / levels.amax(dim=(1, 2), keepdim=True).clamp(min=CONSTANT)
        upright = change(scaled).transpose(1, 2)[:, None]
        size = HEIGHT, upright.shape[3] * HEIGHT // upright.shape[2]
        enlarged = F.interpolate(upright, size, mode="bilinear", align_corners=False)
        return enlarged.expand(-1, CHANNELS, -1, -1)

    def from_picture(self, picture: Tensor) -> TorchOutput:
        """Score pictures, float32 (batch, 3, height, width) from 0 to 1, of any size."""
        x = F.max_pool2d(F.relu_(self.bn1(self.conv1(picture))), 3, 2, 1)
        for name in self._layers:
            x = self.get_submodule(name)(x)
        embedding = x.mean(dim=(2, 3))
        return TorchOutput(self.fc(embedding), embedding, None)

    def _stem(self) -> tuple[nn.Sequential, int]:
        """Three convolutions, and how many channels come out of them."""
        layers: list[nn.Module] = []
        inputs = CHANNELS
        for index, width in STEM.items():
            if index:
                layers += [nn.BatchNorm2d(inputs), nn.ReLU(inplace=True)]
            outputs = self.size(f"conv1.{index}", width)
            stride = 1 if index else 2
            layers.append(nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False))
            inputs = outputs
        return nn.Sequential(*layers), inputs

    def _block(self, name: str, inputs: int, width: int, outputs: int) -> SplitBottleneck:
        """A block of a name; the first one of each layer has a convolution on its shortcut."""
        hidden = self.size(f"{name}.conv2.fc1", max(width * self.radix // REDUCTION, LEAST))
        attention = SplitAttention(self.size(f"{name}.conv1", width), hidden, self.radix)
        first = name.endswith(".0")
        stride = 2 if first and name != "layer1.0" else 1
        shortcut = _shortcut(inputs, outputs, stride) if first else nn.Identity()
        return SplitBottleneck(inputs, outputs, attention, stride, self.pools_first, shortcut)

    def _head(self) -> nn.Module:
        """From embeddings to logits: one linear layer, or three where the first one has a size."""
        inputs, classes = self._embedding_width, len(self.vocabulary)
        if "fc.0" not in self.sizes:
            return nn.Linear(inputs, classes)
        first = self.sizes["fc.0"]
        second = self.size("fc.3", first)
        return nn.Sequential(
            nn.Linear(inputs, first),
            nn.LeakyReLU(SLOPE),
            nn.Dropout(HEAD_DROPOUT),
            nn.Linear(first, second),
            nn.LeakyReLU(SLOPE),
            nn.Dropout(HEAD_DROPOUT),
            nn.Linear(second, classes),
        )

    def _initialise(self) -> None:
        """Convolutions as published: normal, by the number of values that come out of them."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                values = module.kernel_size[0] * module.kernel_size[1] * module.out_channels
                nn.init.normal_(module.weight, 0, (2 / values) ** 0.5)


class ResNeSt50Fast(ResNeSt50):
    """ResNeSt-50-fast (1s1x64d) of any widths; see ResNeSt50."""

    radix = 1
    pools_first = True


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """The way past a block that changes the number of channels and perhaps halves the image."""
    halves = nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False)
    convolution = nn.Conv2d(inputs, outputs, 1, bias=False)
    pool = halves if stride == 2 else nn.Identity()
    return nn.Sequential(pool, convolution, nn.BatchNorm2d(outputs))
