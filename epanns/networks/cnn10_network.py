"""Cnn6 and Cnn10 in PyTorch; see cnn10.py."""

import torch.nn.functional as F
from torch import Tensor, nn

from epanns.networks.panns_network import PannsNetwork

WIDTHS = (64, 128, 256, 512)
EMBEDDING = 512


class SingleConvBlock(nn.Module):
    """A 5x5 convolution with batch normalisation and ReLU, then average pooling over 2x2."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 5, padding=2, bias=False)
        self.bn1 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block to float32 (batch, inputs, time, bands)."""
        return F.avg_pool2d(F.relu_(self.bn1(self.conv1(x))), 2)


class _FourBlocks(PannsNetwork):
    """Four blocks, each of which halves time and frequency."""

    def image_features(self, image: Tensor) -> Tensor:
        """See PannsNetwork."""
        for number in range(1, len(WIDTHS) + 1):
            image = self.drop(self.get_submodule(f"conv_block{number}")(image), self.dropout[0])
        return image


class Cnn6(_FourBlocks):
    """Cnn6 of any widths; see PannsNetwork."""

    def build(self) -> None:
        """See PannsNetwork."""
        inputs = 1
        for number, width in enumerate(WIDTHS, 1):
            outputs = self.size(f"conv_block{number}.conv1", width)
            setattr(self, f"conv_block{number}", SingleConvBlock(inputs, outputs))
            inputs = outputs
        self.add_head(inputs, EMBEDDING)


class Cnn10(_FourBlocks):
    """Cnn10 of any widths; see PannsNetwork."""

    def build(self) -> None:
        """See PannsNetwork."""
        inputs = 1
        for number, width in enumerate(WIDTHS, 1):
            block = self.block(f"conv_block{number}", inputs, width, pool=2)
            setattr(self, f"conv_block{number}", block)
            inputs = block.conv2.out_channels
        self.add_head(inputs, EMBEDDING)
