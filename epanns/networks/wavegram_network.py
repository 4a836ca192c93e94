"""Wavegram-CNN and Wavegram-Logmel-CNN in PyTorch; see wavegram.py."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from epanns.networks.network import Change, TorchOutput
from epanns.networks.panns_network import ConvBlock, PannsNetwork

BLOCKS = 6
WIDTHS = (64, 128, 256, 512, 1024, 2048)
PRE_WIDTHS = (64, 128, 128)
BANDS = 32  # of the image that the waveform becomes
EMBEDDING = 2048


class WaveBlock(nn.Module):
    """Two convolutions over time, the second dilated, then the maximum of each four steps."""

    def __init__(self, inputs: int, widths: tuple[int, int]) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(inputs, widths[0], 3, padding=1, bias=False)
        self.conv2 = nn.Conv1d(widths[0], widths[1], 3, padding=2, dilation=2, bias=False)
        self.bn1 = nn.BatchNorm1d(widths[0])
        self.bn2 = nn.BatchNorm1d(widths[1])

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block to float32 (batch, inputs, steps)."""
        x = F.relu_(self.bn1(self.conv1(x)))
        x = F.relu_(self.bn2(self.conv2(x)))
        return F.max_pool1d(x, 4)


class WavegramLogmelCnn14(PannsNetwork):
    """Wavegram-Logmel-CNN of any widths; see PannsNetwork.

    Segments of any length: silence is added up to a multiple of 640 samples, as both images then
    have the same number of columns (and 10,240 at least).
    """

    joins_log_mel = True
    conv_block1: ConvBlock
    pre_block4: ConvBlock

    def build(self) -> None:
        """See PannsNetwork."""
        if not self.joins_log_mel:
            del self.spectrogram_extractor, self.logmel_extractor
        inputs = self.size("pre_conv0", WIDTHS[0])
        self.pre_conv0 = nn.Conv1d(1, inputs, 11, stride=5, padding=5, bias=False)
        self.pre_bn0 = nn.BatchNorm1d(inputs)
        for number, width in enumerate(PRE_WIDTHS, 1):
            name = f"pre_block{number}"
            widths = self.size(f"{name}.conv1", width), self.size(f"{name}.conv2", width)
            setattr(self, name, WaveBlock(inputs, widths))
            inputs = widths[1]
        self.pre_block4 = self.block("pre_block4", inputs // BANDS, WIDTHS[0], pool=(2, 1))
        inputs = 1
        for number, width in enumerate(WIDTHS, 1):
            block = self.block(f"conv_block{number}", inputs, width, 1 if number == BLOCKS else 2)
            setattr(self, f"conv_block{number}", block)
            inputs = block.conv2.out_channels
            if number == 1:
                wavegram = self.pre_block4.conv2.out_channels
                inputs = inputs + wavegram if self.joins_log_mel else wavegram
        self.add_head(inputs, EMBEDDING)

    def forward(self, waveforms: Tensor) -> TorchOutput:
        """Score a batch of waveforms; see Network."""
        fitted = self.padded(waveforms)
        image = self.normalise(self.log_mel(fitted)) if self.joins_log_mel else None
        return self._decide_both(fitted, image)

    def from_inputs(self, inputs: Mapping[str, Tensor]) -> TorchOutput:
        """Score waveforms, with their power spectra where these are joined; see Network."""
        image = None
        if self.joins_log_mel:
            image = self.normalise(self.from_spectrum(inputs["spectrum"]))
        return self._decide_both(inputs["waveform"], image)

    def levels(self, waveforms: Tensor) -> Tensor:
        """See TrainableNetwork; none where the network takes the waveform alone."""
        return super().levels(waveforms) if self.joins_log_mel else waveforms[:, :0, None]

    def from_levels(self, levels: Tensor, waveforms: Tensor, change: Change) -> TorchOutput:
        """See TrainableNetwork; the image of the waveform is not changed."""
        image = change(self.normalise(levels)) if self.joins_log_mel else None
        return self._decide_both(waveforms, image)

    def wavegram(self, waveforms: Tensor) -> Tensor:
        """The image that a waveform becomes.

        Args:
            waveforms: float32 (batch, samples).

        Returns:
            float32 (batch, channels, samples // 640, 32).
        """
        x = F.relu_(self.pre_bn0(self.pre_conv0(waveforms[:, None])))
        for number in range(1, len(PRE_WIDTHS) + 1):
            x = self.get_submodule(f"pre_block{number}")(x)
        x = x.reshape(len(x), -1, BANDS, x.shape[-1]).transpose(2, 3)
        image: Tensor = self.pre_block4(x)
        return image

    def image_features(self, image: Tensor) -> Tensor:
        """From the joined images, float32 (batch, channels, time, 32), to features."""
        x = self.drop(image, self.dropout[0])
        for number in range(2, BLOCKS + 1):
            x = self.drop(self.get_submodule(f"conv_block{number}")(x), self.dropout[0])
        return x

    def _decide_both(self, waveforms: Tensor, normalised: Tensor | None) -> TorchOutput:
        image = self.wavegram(waveforms)
        if normalised is not None:
            image = torch.cat((self.conv_block1(normalised[:, None]), image), dim=1)
        return self.decide_features(self.image_features(image))


class WavegramCnn14(WavegramLogmelCnn14):
    """Wavegram-CNN of any widths: the same without the log-mel spectrum; see PannsNetwork.

    The published file holds `bn0` and `conv_block1`, too, which have no effect.
    """

    joins_log_mel = False
