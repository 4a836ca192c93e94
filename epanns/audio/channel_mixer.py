"""Several channels become one: their mean, or one of them where the mean would lose the sound.

Sound is lost in the mean where channels cancel (opposite polarity, a difference signal) or where
only one of many is live. So where the mean is more than 6 dB below the loudest channel, that
channel is taken instead, from then on until the mean is well again.
"""

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from epanns.audio.selection import ChannelChoice

Floats = NDArray[np.float32]

PIECE = 0.05  # seconds that are judged at a time, and over which one mix fades into another
JUDGED = 0.4  # seconds whose power counts
MEAN_LOST = 10**-0.6  # power of the mean below which it is left, as a share of the loudest's
MEAN_WELL = 10**-0.5  # and above which it is taken again
LOUDER = 2.0  # times the power of a channel, with which another one takes its place
FAINT = 1e-9  # power, -90 dBFS: below it nothing is judged
TOLD_AFTER = 1.0  # seconds of one channel alone after which it is worth a word
TOLD_SHARE = 0.1  # or this share of a recording
FORGOTTEN_AFTER = 3.0  # seconds of the mean after which it is no more


class ChannelMixer:
    """Mixes the channels of a stream. For one thread.

    Args:
        sample_rate: in Hz.
        channels: of the stream.
        choice: which channel to take, "mean" or "loudest"; None for the mean, and the loudest where
            the mean is lost.

    Attributes:
        sample_rate, channels: see Args.
        non_finite: how many frames had a NaN or infinity in a channel that is mixed; zeros stand in
            for these.
        silent_samples: with how many frames of exact zeros in all channels the stream has ended.
        frames: how many there were.
        frames_alone: for how many frames each channel was taken in place of the mean, int64
            (channels,); none of them where the user chose.
    """

    def __init__(self, sample_rate: float, channels: int, choice: ChannelChoice = None) -> None:
        self.channels = channels
        self.non_finite = 0
        self.silent_samples = 0
        self.frames = 0
        self.frames_alone = np.zeros(channels, np.int64)
        self.sample_rate = sample_rate
        self._piece = max(round(PIECE * sample_rate), 1)
        self._choice = choice
        # The channel that is taken, or None for the mean.
        self._taken = choice - 1 if isinstance(choice, int) else None
        self._heard = False  # whether the last pieces were not silent
        self._judged: deque[tuple[int, NDArray[np.float64]]] = deque()
        self._alone_for = self._mean_for = 0  # frames
        self._told: int | None = None
        self._shares = np.full(channels, 1 / channels, np.float32)  # of the channels in the mean
        self._waiting = np.zeros((0, channels), np.float32)  # less than a piece
        self._mono = np.zeros(0, np.float32)

    @property
    def alone(self) -> tuple[int, int] | None:
        """The number of the channel that is taken in place of the mean, and how many there are.

        It keeps to what lasts: a channel that is taken for a moment is none.
        """
        return None if self._told is None else (self._told + 1, self.channels)

    def mix(self, frames: Floats) -> Floats:
        """The next frames of the stream as one channel.

        Args:
            frames: float32 (frames, channels) of any values; not changed.

        Returns:
            float32 (frames,): as many as were given, less what is held back until a piece of 50 ms
            is there to be judged. May hold NaN and infinities where a single channel or the sum
            does. The next call uses the array again.
        """
        with np.errstate(invalid="ignore", over="ignore"):
            heard = frames[-1:].any() or frames.any()  # mostly, the last frame tells
            self.silent_samples = 0 if heard else self.silent_samples + len(frames)
            if self.channels > 1 and self._choice in (None, "loudest"):
                if len(self._waiting):
                    frames = np.concatenate((self._waiting, frames))
                whole = len(frames) - len(frames) % self._piece
                self._waiting = frames[whole:].copy()
                frames = frames[:whole]
            return self._mixed(frames)

    def rest(self) -> Floats:
        """What is held back, after the last frames: float32 (frames,)."""
        frames, self._waiting = self._waiting, self._waiting[:0]
        with np.errstate(invalid="ignore", over="ignore"):
            return self._mixed(frames)

    def _mixed(self, frames: Floats) -> Floats:
        if len(frames) > self._mono.size:
            self._mono = np.zeros(len(frames), np.float32)
        self.frames += len(frames)
        mono = self._mono[: len(frames)]
        if self.channels == 1 or isinstance(self._choice, int):
            np.copyto(mono, frames[:, self._taken or 0])
            return mono
        for start in range(0, len(frames), self._piece):
            end = start + self._piece
            self._mix_piece(frames[start:end], mono[start:end])
        return mono

    def _mix_piece(self, frames: Floats, mono: Floats) -> None:
        frames, products = self._products(frames)
        before, heard_before = self._taken, self._heard
        if self._choice != "mean":
            self._judge(len(frames), products)
        self._take(self._taken, frames, mono)
        if heard_before and before != self._taken:
            old = np.empty_like(mono)
            self._take(before, frames, old)
            fade = np.linspace(0.0, 1.0, len(mono), dtype=np.float32)
            mono += (old - mono) * (1 - fade)

    def _products(self, frames: Floats) -> tuple[Floats, NDArray[np.float64]]:
        """The frames without NaN and infinities, and the sums of products of their channels."""
        products = frames.T @ frames
        if math.isfinite(products.sum()):
            return frames, products.astype(np.float64)
        finite = np.isfinite(frames)
        self.non_finite += int(np.count_nonzero(~finite.all(axis=1)))
        frames = np.where(finite, frames, np.float32(0))
        wide = frames.astype(np.float64)  # values up to the largest of float32 may be squared
        return frames, wide.T @ wide

    def _judge(self, frames: int, products: NDArray[np.float64]) -> None:
        """Choose what is taken from now on, from the power of the last pieces."""
        self._judged.append((frames, products))
        length = sum(each[0] for each in self._judged)
        while length - self._judged[0][0] >= JUDGED * self.sample_rate:
            length -= self._judged.popleft()[0]
        products = sum((each[1] for each in self._judged), np.zeros_like(products))
        powers = products.diagonal()
        loudest = int(powers.argmax())
        highest = powers[loudest]
        mean = products.sum() / self.channels**2
        self._heard = bool(highest > FAINT * length)
        if self._heard:
            limit = MEAN_LOST if self._taken is None else MEAN_WELL
            if self._choice is None and mean >= limit * highest:
                self._taken = None
            elif self._taken is None or powers[self._taken] * LOUDER < highest:
                self._taken = loudest
        if self._choice is None:
            self._note(frames)

    def _note(self, frames: int) -> None:
        """Keep for how long which channel has been taken alone."""
        if self._taken is None:
            self._mean_for += frames
            self._alone_for = 0
            if self._mean_for > FORGOTTEN_AFTER * self.sample_rate:
                self._told = None
            return
        self.frames_alone[self._taken] += frames
        self._alone_for += frames
        self._mean_for = 0
        if self._alone_for > TOLD_AFTER * self.sample_rate:
            self._told = self._taken

    def _take(self, channel: int | None, frames: Floats, mono: Floats) -> None:
        """A channel, or the mean of all if it is None, into `mono`."""
        if channel is None:
            np.matmul(frames, self._shares, out=mono)
        else:
            np.copyto(mono, frames[:, channel])


def lost_in_mean(subject: str, mixer: ChannelMixer) -> list[str]:
    """The sentence about channels that were taken in place of the mean; none if none was for long.

    Args:
        subject: what has the channels.
        mixer: which has mixed them.
    """
    frames = mixer.frames_alone
    if frames.sum() < min(TOLD_AFTER * mixer.sample_rate, max(TOLD_SHARE * mixer.frames, 1)):
        return []
    taken = [str(index + 1) for index in np.argsort(-frames, kind="stable") if frames[index]]
    listed = " and ".join([", ".join(taken[:-1]), taken[-1]] if taken[1:] else taken)
    return [
        f"{subject}: for {frames.sum() / mixer.sample_rate:.1f} s the mean of its"
        f" {mixer.channels} channels is more than 6 dB below the loudest one; there the loudest"
        f" was taken ({'channels' if taken[1:] else 'channel'} {listed}). --channel chooses."
    ]
