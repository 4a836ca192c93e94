"""Cnn14, the network of PANNs and E-PANNs, with any channel widths and either of its two heads.

Kong et al. 2020, "PANNs: Large-scale pretrained audio neural networks for audio pattern
recognition", describe the network and its training; Singh, Liu and Plumbley 2023, "E-PANNs: Sound
recognition using efficient pre-trained audio neural networks", prune it. The names of the layers
are those of the published checkpoints, so that these load as they are.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from epanns.frontend.parameters import (
    MELS,
    MIN_SAMPLES,
    POOLED_FRAMES,
    POOLINGS,
    SAMPLE_RATE,
    frame_count,
    front_end,
)

CLASSES = 527
BLOCKS = POOLINGS + 1  # every block but the last halves time and frequency
CNN14_WIDTHS = (64, 64, 128, 128, 256, 256, 512, 512, 1024, 1024, 2048, 2048)
EPANNS_WIDTHS = (64, 64, 128, 128, 256, 256, 256, 256, 512, 512, 1024, 1024)


class TorchOutput(NamedTuple):
    """What the network says about a batch of waveforms; all float32.

    Attributes:
        logits: (batch, classes); their sigmoid is the clipwise probability. With the framewise
            head, the largest logit over time, whose sigmoid is the published clipwise maximum.
        embedding: (batch, embedding), the last hidden layer after its ReLU; with the framewise
            head, its mean over time.
        framewise: probabilities (batch, frames, classes), one frame a hop of the waveform, or None
            if the network has the clipwise head.
    """

    logits: Tensor
    embedding: Tensor
    framewise: Tensor | None


class ConvBlock(nn.Module):
    """Two 3x3 convolutions, each with batch normalisation and ReLU, then average pooling."""

    def __init__(self, inputs: int, widths: tuple[int, int], pool: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, widths[0], 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(widths[0], widths[1], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.bn2 = nn.BatchNorm2d(widths[1])
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        """From (batch, inputs, time, bands) to (batch, widths[1], time / pool, bands / pool)."""
        x = F.relu_(self.bn1(self.conv1(x)))
        x = F.relu_(self.bn2(self.conv2(x)))
        return F.avg_pool2d(x, self.pool) if self.pool > 1 else x


class Cnn14(nn.Module):
    """Cnn14 of any widths, from waveforms at 32 kHz to AudioSet logits.

    Args:
        widths: the output channels of the twelve convolutions.
        embedding: the width of the last hidden layer.
        classes: the number of classes.
        framewise: False for the clipwise head, which pools time before its linear layers; True
            for the head that decides frame by frame (published as Cnn14_DecisionLevelMax). Both
            have the same keys and shapes.

    Attributes:
        dropout: in training, which share is dropped behind every block, and of the inputs of each
            linear layer.
    """

    def __init__(
        self,
        widths: Sequence[int] = CNN14_WIDTHS,
        embedding: int = 2048,
        classes: int = CLASSES,
        framewise: bool = False,
    ) -> None:
        super().__init__()
        if len(widths) != 2 * BLOCKS:
            raise ValueError(f"Cnn14 has {2 * BLOCKS} convolutions; found {len(widths)} widths.")
        self.widths = tuple(widths)
        self.framewise = framewise
        self.dropout = (0.2, 0.5)  # those of PANNs
        self.spectrogram_extractor, self.logmel_extractor = front_end()
        self.bn0 = nn.BatchNorm2d(MELS)
        inputs = 1
        for number in range(1, BLOCKS + 1):
            first, second = self.widths[2 * number - 2 : 2 * number]
            pool = 1 if number == BLOCKS else 2
            setattr(self, f"conv_block{number}", ConvBlock(inputs, (first, second), pool))
            inputs = second
        self.fc1 = nn.Linear(inputs, embedding)
        self.fc_audioset = nn.Linear(embedding, classes)

    def log_mel(self, waveforms: Tensor) -> Tensor:
        """Log-mel spectrograms (batch, frames, 64) in dB of waveforms (batch, samples) at 32 kHz.

        Waveforms of 512 samples and fewer are too short for the reflection at their ends.
        """
        logmel: Tensor = self.logmel_extractor(self.spectrogram_extractor(waveforms))
        return logmel.squeeze(1)

    def forward(self, waveforms: Tensor) -> TorchOutput:
        """Score a batch of waveforms.

        A segment shorter than 9,920 samples (0.31 s), the least that survives five poolings, is
        followed by silence up to that length: what a microphone hears after a short sound, and it
        adds no sound that was not there (repeating the segment would make a click a rattle).

        Args:
            waveforms: float32 (batch, samples), at 32 kHz in [-1, 1]; any length from 1 sample.

        Raises:
            ValueError: not of two dimensions, or no samples.
        """
        if waveforms.ndim != 2 or not waveforms.shape[1]:
            raise ValueError(
                f"Waveforms must have the shape (batch, samples); found {tuple(waveforms.shape)}."
            )
        samples = waveforms.shape[1]
        if samples < MIN_SAMPLES:
            waveforms = F.pad(waveforms, (0, MIN_SAMPLES - samples))
        return self.decide(self.normalise(self.log_mel(waveforms)), frame_count(samples))

    def normalise(self, log_mel: Tensor) -> Tensor:
        """Log-mel spectrograms (batch, frames, 64) in dB with each band brought to one scale.

        Training masks parts of the result by zero, which is the mean.
        """
        normalised: Tensor = self.bn0(log_mel[:, None].transpose(1, 3)).transpose(1, 3)
        return normalised.squeeze(1)

    def decide(self, normalised: Tensor, frames: int | None = None) -> TorchOutput:
        """Score normalised log-mel spectrograms.

        Args:
            normalised: (batch, frames, 64), of 31 frames and more.
            frames: how many of them the framewise head is to score; None for all.
        """
        x = normalised[:, None]
        for number in range(1, BLOCKS + 1):
            x = self._dropout(self.get_submodule(f"conv_block{number}")(x), self.dropout[0])
        x = x.mean(dim=3)  # over frequency: (batch, channels, columns)
        if self.framewise:
            return self._decide_frames(x, frames or normalised.shape[1])
        return self._decide_clip(x)

    def _decide_clip(self, x: Tensor) -> TorchOutput:
        """The clipwise head: the maximum and the mean over time, then the linear layers."""
        x = self._dropout(x.amax(dim=2) + x.mean(dim=2), self.dropout[1])
        embedding = F.relu_(self.fc1(x))
        logits = self.fc_audioset(self._dropout(embedding, self.dropout[1]))
        return TorchOutput(logits, embedding, None)

    def _decide_frames(self, x: Tensor, frames: int) -> TorchOutput:
        """The decision-level head: smoothed over time, the linear layers on every column."""
        x = F.max_pool1d(x, 3, stride=1, padding=1) + F.avg_pool1d(x, 3, stride=1, padding=1)
        x = self._dropout(x, self.dropout[1]).transpose(1, 2)
        embeddings = F.relu_(self.fc1(x))
        logits = self.fc_audioset(
            self._dropout(embeddings, self.dropout[1])
        )  # (batch, columns, classes)
        # Each column stands for 32 frames; the last one also for those that pooling left over.
        framewise = torch.sigmoid(logits).repeat_interleave(POOLED_FRAMES, dim=1)
        left_over = max(frames - framewise.shape[1], 0)
        framewise = torch.cat([framewise, framewise[:, -1:].expand(-1, left_over, -1)], dim=1)
        return TorchOutput(logits.amax(dim=1), embeddings.mean(dim=1), framewise[:, :frames])

    def _dropout(self, x: Tensor, share: float) -> Tensor:
        return F.dropout(x, share, self.training)


def title(network: Cnn14) -> str:
    """The network in a few words, such as "Cnn14 64-128-256-256-512-1024, 24.3 M values"."""
    values = sum(each.numel() for each in network.parameters())
    return f"Cnn14 {_outline(network.widths)}, {values / 1e6:.1f} M values"


def summarise(network: Cnn14) -> str:
    """A short summary for humans, one property a line."""
    learnt = sum(each.numel() for each in network.parameters() if each.requires_grad)
    values = sum(each.numel() for each in network.parameters())
    size = sum(each.nbytes for each in network.state_dict().values())
    head = "framewise (decision-level maximum)" if network.framewise else "clipwise"
    rows = {
        "layers": f"log-mel front end, {2 * BLOCKS} convolutions in {BLOCKS} blocks, 2 linear",
        "widths": f"{_outline(network.widths)}, embedding {network.fc1.out_features}",
        "parameters": f"{values / 1e6:.2f} M, of which {learnt / 1e6:.2f} M learnt"
        " and the rest the fixed STFT and mel matrices",
        "size": f"{size / 1e6:.1f} MB in memory",
        "segment": f"{MIN_SAMPLES / SAMPLE_RATE} s and longer, at {SAMPLE_RATE} Hz",
        "classes": f"{network.fc_audioset.out_features}, {head}",
    }
    return "\n".join(f"{name:<11} {value}" for name, value in rows.items())


def _outline(widths: Sequence[int]) -> str:
    """The widths of the blocks joined by dashes; both convolutions where they differ."""
    pairs = zip(widths[::2], widths[1::2], strict=True)
    return "-".join(str(a) if a == b else f"{a}/{b}" for a, b in pairs)
