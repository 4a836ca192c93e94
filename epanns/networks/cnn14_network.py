"""Cnn14 in PyTorch; see cnn14.py.

The names of the layers are those of the published checkpoints, which load without renaming.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from epanns.formatting import millions
from epanns.networks.architecture import Architecture
from epanns.networks.cnn14_layers import ATTENTION, BLOCKS, CNN14_WIDTHS, MEAN
from epanns.networks.network import LogMelNetwork, TorchOutput, logits_of, table_of
from epanns.networks.panns_network import ConvBlock
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

ATTENTION_LIMIT = 10.0  # of the attention's logits


class AttentionHead(nn.Module):
    """A mean over time of the scores of columns, weighted class by class; as published.

    `bn_att` is in the published file and has no effect.
    """

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.att = nn.Conv1d(inputs, classes, 1)
        self.cla = nn.Conv1d(inputs, classes, 1)
        self.bn_att = nn.BatchNorm1d(classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Score columns.

        Args:
            x: float32 (batch, inputs, columns).

        Returns:
            Probabilities of the clip, float32 (batch, classes), and of the columns, (batch,
            columns, classes).
        """
        weights = torch.softmax(self.att(x).clamp(-ATTENTION_LIMIT, ATTENTION_LIMIT), dim=2)
        scores = torch.sigmoid(self.cla(x))
        return (weights * scores).sum(dim=2), scores.transpose(1, 2)


class Cnn14(LogMelNetwork):
    """Cnn14 of any widths, from waveforms at 32 kHz to logits; Kong et al. 2020, see cnn14.py.

    Args:
        architecture: decides the head: the clipwise one pools time before its linear layers, the
            framewise ones apply them to every column and take the maximum or the mean over time
            (published as Cnn14_DecisionLevelMax and -Avg), or one that is weighted by attention
            (-Att). All but the last have the same keys and shapes.
        widths: the output channels of the twelve convolutions.
        embedding: the width of the last hidden layer.
        vocabulary: the classes.

    Raises:
        ValueError: not twelve widths.
    """

    def __init__(
        self,
        architecture: Architecture,
        widths: Sequence[int] = CNN14_WIDTHS,
        embedding: int = 2048,
        vocabulary: Vocabulary = AUDIOSET,
    ) -> None:
        if len(widths) != 2 * BLOCKS:
            raise ValueError(f"Cnn14 has {2 * BLOCKS} convolutions; found {len(widths)} widths.")
        super().__init__(architecture, vocabulary)
        self.widths = tuple(widths)
        inputs = 1
        for number in range(1, BLOCKS + 1):
            first, second = self.widths[2 * number - 2 : 2 * number]
            pool = 1 if number == BLOCKS else 2
            setattr(self, f"conv_block{number}", ConvBlock(inputs, (first, second), pool))
            inputs = second
        self.fc1 = nn.Linear(inputs, embedding)
        if architecture.head == ATTENTION:
            self.att_block = AttentionHead(embedding, len(vocabulary))
        else:
            self.fc_audioset = nn.Linear(embedding, len(vocabulary))

    @property
    def title(self) -> str:
        """In a few words, such as "Cnn14 64-128-256-256-512-1024, 24.3 M values"."""
        return f"Cnn14 {_outline(self.widths)}, {millions(self.values)} values"

    @property
    def summary(self) -> str:
        """Its properties for people, one a line."""
        size = sum(each.nbytes for each in self.state_dict().values())
        framewise = self.architecture.framewise
        head = f"framewise (decision-level {self.architecture.head})" if framewise else "clipwise"
        return table_of(
            {
                "layers": f"log-mel front end, {2 * BLOCKS} convolutions in {BLOCKS} blocks,"
                " 2 linear",
                "widths": f"{_outline(self.widths)}, embedding {self.embedding_width}",
                "parameters": f"{millions(self.values, 2)}, of which {millions(self.learnt, 2)}"
                " learnt and the rest the fixed STFT and mel matrices",
                "size": f"{size / 1e6:.1f} MB in memory",
                "segment": self.segment,
                "classes": f"{len(self.vocabulary)}, {head}",
            }
        )

    def decide(self, normalised: Tensor) -> TorchOutput:
        """Score normalised log-mel spectrograms, float32 (batch, frames, 64); see LogMelNetwork."""
        x = normalised[:, None]
        for number in range(1, BLOCKS + 1):
            x = self._dropout(self.get_submodule(f"conv_block{number}")(x), self.dropout[0])
        x = x.mean(dim=3)  # over frequency: (batch, channels, columns)
        if self.architecture.framewise:
            return self._decide_steps(x)
        return self._decide_clip(x)

    def _decide_clip(self, x: Tensor) -> TorchOutput:
        """The clipwise head: maximum plus mean over time, then the linear layers.

        Args:
            x: (batch, channels, columns).
        """
        x = self._dropout(x.amax(dim=2) + x.mean(dim=2), self.dropout[1])
        embedding = F.relu_(self.fc1(x))
        logits = self.fc_audioset(self._dropout(embedding, self.dropout[1]))
        return TorchOutput(logits, embedding, None)

    def _decide_steps(self, x: Tensor) -> TorchOutput:
        """The decision-level head: smoothing over time, then the linear layers on every column.

        Args:
            x: (batch, channels, columns). Each column is a step of 32 frames.
        """
        x = F.max_pool1d(x, 3, stride=1, padding=1) + F.avg_pool1d(x, 3, stride=1, padding=1)
        x = self._dropout(x, self.dropout[1]).transpose(1, 2)
        embeddings = F.relu_(self.fc1(x))
        embedding = embeddings.mean(dim=1)
        x = self._dropout(embeddings, self.dropout[1])
        if self.architecture.head == ATTENTION:
            clip, scores = self.att_block(x.transpose(1, 2))
            return TorchOutput(logits_of(clip), embedding, scores)
        logits = self.fc_audioset(x)  # (batch, columns, classes)
        scores = torch.sigmoid(logits)
        if self.architecture.head == MEAN:
            return TorchOutput(logits_of(scores.mean(dim=1)), embedding, scores)
        return TorchOutput(logits.amax(dim=1), embedding, scores)

    def _dropout(self, x: Tensor, share: float) -> Tensor:
        return F.dropout(x, share, self.training)


def _outline(widths: Sequence[int]) -> str:
    """The widths of the blocks joined by dashes, such as 64-128; both of a block if they differ."""
    pairs = zip(widths[::2], widths[1::2], strict=True)
    return "-".join(str(a) if a == b else f"{a}/{b}" for a, b in pairs)
