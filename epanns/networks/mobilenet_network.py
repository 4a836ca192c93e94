"""MobileNetV1 and MobileNetV2 in PyTorch; see mobilenet.py.

Where the networks for pictures have strides, these average over 2x2 after the convolution.
"""

from torch import Tensor, nn

from epanns.networks.panns_network import PannsNetwork

STEM = 32
EMBEDDING = 1024
# Outputs and pooling of the depthwise separable convolutions of MobileNetV1.
V1 = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1),
      (512, 1), (512, 1), (1024, 2), (1024, 1))  # fmt: skip
# Expansion, outputs, repeats, and pooling of the first, of the inverted residuals of MobileNetV2.
V2 = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 2), (6, 160, 3, 1),
      (6, 320, 1, 1))  # fmt: skip
V2_LAST = 1280


class InvertedResidual(nn.Module):
    """A pointwise, a depthwise and a pointwise convolution, beside the image if that fits."""

    def __init__(self, inputs: int, inner: int | None, outputs: int, pool: int) -> None:
        """Args: inner: channels between; None for those of the image, without the first one."""
        super().__init__()
        wide = inputs if inner is None else inner
        expanded = [] if inner is None else [*_pointwise(inputs, wide), nn.ReLU6(inplace=True)]
        depthwise = nn.Conv2d(wide, wide, 3, padding=1, groups=wide, bias=False)
        self.conv = nn.Sequential(
            *expanded,
            depthwise,
            nn.AvgPool2d(pool),
            nn.BatchNorm2d(wide),
            nn.ReLU6(inplace=True),
            *_pointwise(wide, outputs),
        )
        self.outputs = outputs
        self.adds = pool == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block to float32 (batch, inputs, time, bands)."""
        made: Tensor = self.conv(x)
        return x + made if self.adds else made


class _MobileNet(PannsNetwork):
    """A row of blocks, then the head."""

    features: nn.Sequential

    def image_features(self, image: Tensor) -> Tensor:
        """See PannsNetwork."""
        found: Tensor = self.features(image)
        return found


class MobileNetV1(_MobileNet):
    """MobileNetV1 of any widths; see PannsNetwork."""

    def build(self) -> None:
        """See PannsNetwork."""
        inputs = self.size("features.0.0", STEM)
        self.features = nn.Sequential(_stem(inputs, nn.ReLU(inplace=True)))
        for number, (width, pool) in enumerate(V1, 1):
            outputs = self.size(f"features.{number}.4", width)
            self.features.append(_separable(inputs, outputs, pool))
            inputs = outputs
        self.add_head(inputs, EMBEDDING)


class MobileNetV2(_MobileNet):
    """MobileNetV2 of any widths; see PannsNetwork."""

    drops_before_hidden = False

    def build(self) -> None:
        """See PannsNetwork."""
        inputs = self.size("features.0.0", STEM)
        self.features = nn.Sequential(_stem(inputs, nn.ReLU6(inplace=True)))
        for expansion, width, repeats, pool in V2:
            for index in range(repeats):
                made = self._residual(inputs, expansion, width, 1 if index else pool)
                self.features.append(made)
                inputs = made.outputs
        last = self.size(f"features.{len(self.features)}.0", V2_LAST)
        self.features.append(nn.Sequential(*_pointwise(inputs, last), nn.ReLU6(inplace=True)))
        self.add_head(last, EMBEDDING)

    def _residual(self, inputs: int, expansion: int, width: int, pool: int) -> InvertedResidual:
        """The next block.

        Args:
            inputs: channels of the image.
            expansion: published; how many times as many channels there are between.
            width: published; channels of the result.
            pool: 2 if it halves time and frequency.
        """
        name = f"features.{len(self.features)}.conv"
        if expansion == 1:
            return InvertedResidual(inputs, None, self.size(f"{name}.4", width), pool)
        inner = self.size(f"{name}.0", expansion * inputs)
        return InvertedResidual(inputs, inner, self.size(f"{name}.7", width), pool)


def _stem(width: int, activation: nn.Module) -> nn.Sequential:
    convolution = nn.Conv2d(1, width, 3, padding=1, bias=False)
    return nn.Sequential(convolution, nn.AvgPool2d(2), nn.BatchNorm2d(width), activation)


def _separable(inputs: int, outputs: int, pool: int) -> nn.Sequential:
    """A depthwise and a pointwise convolution."""
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False),
        nn.AvgPool2d(pool),
        nn.BatchNorm2d(inputs),
        nn.ReLU(inplace=True),
        *_pointwise(inputs, outputs),
        nn.ReLU(inplace=True),
    )


def _pointwise(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
