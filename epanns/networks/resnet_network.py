"""ResNet22, ResNet38 and ResNet54 in PyTorch; see resnet.py.

No convolution is strided: the first block of each layer but the first averages its input over 2x2.
"""

from abc import abstractmethod

import torch.nn.functional as F
from torch import Tensor, nn

from epanns.networks.panns_network import PannsNetwork

STEM = 64
WIDTHS = (64, 128, 256, 512)  # of the four layers
AFTER = 2048
BLOCK_DROPOUT = 0.1
EXPANSION = 4  # of bottlenecks


class BasicBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut.

    Args:
        inputs: channels of the image.
        inner, outputs: of the two convolutions.
        pool: 2 if the image is averaged over 2x2 first, else 1.
        shortcut: what the image passes on the other way; None if it is added as it is.
    """

    def __init__(
        self, inputs: int, inner: int, outputs: int, pool: int, shortcut: nn.Module | None
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, inner, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        nn.init.zeros_(self.bn2.weight)  # a block begins as its shortcut
        self.pool = pool
        self.downsample = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block to float32 (batch, inputs, time, bands)."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.avg_pool2d(x, 2) if self.pool == 2 else x
        x = F.relu_(self.bn1(self.conv1(x)))
        x = F.dropout(x, BLOCK_DROPOUT, self.training)
        return F.relu_(self.bn2(self.conv2(x)) + shortcut)


class Bottleneck(nn.Module):
    """A 3x3 convolution between two of 1x1, beside a shortcut; see BasicBlock."""

    def __init__(
        self,
        inputs: int,
        inner: tuple[int, int],
        outputs: int,
        pool: int,
        shortcut: nn.Module | None,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, inner[0], 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner[0])
        self.conv2 = nn.Conv2d(inner[0], inner[1], 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(inner[1])
        self.conv3 = nn.Conv2d(inner[1], outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        nn.init.zeros_(self.bn3.weight)
        self.pool = pool
        self.downsample = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block to float32 (batch, inputs, time, bands)."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.avg_pool2d(x, 2) if self.pool == 2 else x
        x = F.relu_(self.bn1(self.conv1(x)))
        x = F.relu_(self.bn2(self.conv2(x)))
        x = F.dropout(x, BLOCK_DROPOUT, self.training)
        return F.relu_(self.bn3(self.conv3(x)) + shortcut)


class ResNet(PannsNetwork):
    """A stem, four layers of residual blocks, two more convolutions, the head."""

    counts: tuple[int, int, int, int]  # of the blocks in each layer
    expansion = 1

    def build(self) -> None:
        """See PannsNetwork."""
        self.conv_block1 = self.block("conv_block1", 1, STEM, pool=2)
        inputs = self.conv_block1.conv2.out_channels
        self.resnet = nn.Module()
        for number, (count, width) in enumerate(zip(self.counts, WIDTHS, strict=True), 1):
            layer = nn.Sequential()
            for index in range(count):
                pool = 2 if number > 1 and not index else 1
                made = self.residual(f"resnet.layer{number}.{index}", inputs, width, pool)
                layer.append(made)
                inputs = self.outputs_of(number, width)
            self.resnet.add_module(f"layer{number}", layer)
        self.conv_block_after1 = self.block("conv_block_after1", inputs, AFTER, pool=1)
        inputs = self.conv_block_after1.conv2.out_channels
        self.add_head(inputs, AFTER)

    @abstractmethod
    def residual(self, name: str, inputs: int, width: int, pool: int) -> nn.Module:
        """A residual block.

        Args:
            name: of the block.
            inputs: channels of the image.
            width: published, of its 3x3 convolutions.
            pool: 2 if it halves time and frequency.
        """

    @abstractmethod
    def outputs_of(self, number: int, width: int) -> int:
        """Channels after a layer; the same after each of its blocks, as they are added up."""

    def shortcut(self, inputs: int, outputs: int, pool: int) -> nn.Module:
        """The way past a block that changes the number of channels or the size of the image."""
        layers = [nn.AvgPool2d(2)] if pool == 2 else []
        convolution = nn.Conv2d(inputs, outputs, 1, bias=False)
        return nn.Sequential(*layers, convolution, nn.BatchNorm2d(outputs))

    def image_features(self, image: Tensor) -> Tensor:
        """See PannsNetwork."""
        x = self.drop(self.conv_block1(image), self.dropout[0])
        for layer in self.resnet.children():
            x = layer(x)
        x = self.drop(F.avg_pool2d(x, 2), self.dropout[0])
        return self.drop(self.conv_block_after1(x), self.dropout[0])


class ResNet22(ResNet):
    """ResNet22 of any widths; see PannsNetwork."""

    counts = (2, 2, 2, 2)

    def residual(self, name: str, inputs: int, width: int, pool: int) -> nn.Module:
        """See ResNet."""
        outputs = self.outputs_of(int(name.split(".")[1].removeprefix("layer")), width)
        shortcut = self.shortcut(inputs, outputs, pool) if pool == 2 else None
        return BasicBlock(inputs, self.size(f"{name}.conv1", width), outputs, pool, shortcut)

    def outputs_of(self, number: int, width: int) -> int:
        """See ResNet."""
        return self.size(f"resnet.layer{number}.0.conv2", width)


class ResNet38(ResNet22):
    """ResNet38 of any widths; see PannsNetwork."""

    counts = (3, 4, 6, 3)


class ResNet54(ResNet):
    """ResNet54 of any widths; see PannsNetwork."""

    counts = (3, 4, 6, 3)

    def residual(self, name: str, inputs: int, width: int, pool: int) -> nn.Module:
        """See ResNet."""
        _, layer, index = name.split(".")
        outputs = self.outputs_of(int(layer.removeprefix("layer")), width)
        inner = self.size(f"{name}.conv1", width), self.size(f"{name}.conv2", width)
        shortcut = self.shortcut(inputs, outputs, pool) if index == "0" else None
        return Bottleneck(inputs, inner, outputs, pool, shortcut)

    def outputs_of(self, number: int, width: int) -> int:
        """See ResNet."""
        return self.size(f"resnet.layer{number}.0.conv3", EXPANSION * width)
