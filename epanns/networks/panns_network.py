"""What the networks of PANNs have in common in PyTorch: the head, and blocks of convolutions."""

from abc import abstractmethod

import torch.nn.functional as F
from torch import Tensor, nn

from epanns.networks.architecture import Architecture
from epanns.networks.network import LogMelNetwork, TorchOutput
from epanns.networks.panns_layers import Sizes
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary


class ConvBlock(nn.Module):
    """Two 3x3 convolutions, each with batch normalisation and ReLU, then average pooling."""

    def __init__(self, inputs: int, widths: tuple[int, int], pool: int | tuple[int, int]) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, widths[0], 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(widths[0], widths[1], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.bn2 = nn.BatchNorm2d(widths[1])
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block.

        Args:
            x: float32 (batch, inputs, time, bands).

        Returns:
            float32 (batch, widths[1], time // pool, bands // pool).
        """
        x = F.relu_(self.bn1(self.conv1(x)))
        x = F.relu_(self.bn2(self.conv2(x)))
        return x if self.pool == 1 else F.avg_pool2d(x, self.pool)


class PannsNetwork(LogMelNetwork):
    """A network of PANNs: an image of features, pooled, and two linear layers.

    Args:
        architecture: its entry.
        vocabulary: the classes.
        sizes: the outputs of layers, by their names; those published where it names none.
    """

    drops_before_hidden = True  # whether there is dropout before the first linear layer

    def __init__(
        self,
        architecture: Architecture,
        vocabulary: Vocabulary = AUDIOSET,
        sizes: Sizes | None = None,
    ) -> None:
        super().__init__(architecture, vocabulary)
        self._sizes = sizes or {}
        self.build()

    @abstractmethod
    def build(self) -> None:
        """Add the layers, whose names are those of the published files."""

    @abstractmethod
    def image_features(self, image: Tensor) -> Tensor:
        """From normalised log-mel images to features.

        Args:
            image: float32 (batch, 1, frames, mels).

        Returns:
            float32 (batch, channels, time, bands).
        """

    def decide(self, normalised: Tensor) -> TorchOutput:
        """Score normalised log-mel spectrograms, float32 (batch, frames, 64); see LogMelNetwork."""
        return self.decide_features(self.image_features(normalised[:, None]))

    def decide_features(self, features: Tensor) -> TorchOutput:
        """The head: mean over frequency, maximum plus mean over time, two linear layers.

        Args:
            features: float32 (batch, channels, time, bands).
        """
        x = features.mean(dim=3)
        x = x.amax(dim=2) + x.mean(dim=2)
        if self.drops_before_hidden:
            x = self.drop(x, self.dropout[1])
        embedding = F.relu_(self.fc1(x))
        logits = self.fc_audioset(self.drop(embedding, self.dropout[1]))
        return TorchOutput(logits, embedding, None)

    def size(self, layer: str, published: int) -> int:
        """The outputs of a layer."""
        return self._sizes.get(layer, published)

    def block(self, name: str, inputs: int, width: int, pool: int | tuple[int, int]) -> ConvBlock:
        """Two convolutions of a name, with the sizes that they have."""
        widths = self.size(f"{name}.conv1", width), self.size(f"{name}.conv2", width)
        return ConvBlock(inputs, widths, pool)

    def add_head(self, inputs: int, embedding: int) -> None:
        """Add the two linear layers."""
        self.fc1 = nn.Linear(inputs, self.size("fc1", embedding))
        self.fc_audioset = nn.Linear(self.fc1.out_features, len(self.vocabulary))

    def drop(self, x: Tensor, share: float) -> Tensor:
        """Drop a share in training."""
        return F.dropout(x, share, self.training)
