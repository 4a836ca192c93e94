"""A ring buffer for one writer and many readers, with a sample counter that only grows.

One thread, that of the capture callback, writes; all other threads read. There is no lock, so no
thread waits. The writer first announces the end of what it is about to store, then stores it, and
moves `position` last. A reader copies first and then checks whether the writer has overwritten the
copied samples in the meantime.

Samples are kept twice, one buffer length apart, so that any stretch is one contiguous slice.
"""

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

REMEMBERED_GAPS = 1000
TRIES = 10  # copies of a stretch that the writer overwrites meanwhile


class Stretch(NamedTuple):
    """A contiguous piece of the captured stream.

    Attributes:
        start: number of the first sample, counted since the start of the stream.
        waveform: float32 (samples,) in [-1, 1]; a copy.
    """

    start: int
    waveform: NDArray[np.float32]

    @property
    def end(self) -> int:
        """Number of the sample after the last."""
        return self.start + self.waveform.size


class Gap(NamedTuple):
    """A place where sound is missing.

    Attributes:
        position: number of the first missing sample.
        samples: how many are missing (zeros stand in for them); 0 where that is not known.
        reason: what happened, such as "overflow" or "microphone lost".
    """

    position: int
    samples: int
    reason: str

    def goes_on_with(self, other: "Gap") -> bool:
        """Whether another gap of the same kind begins where this one ends."""
        return self.reason == other.reason and self.position + self.samples == other.position


class RingBuffer:
    """The last `capacity` samples of a stream, as float32.

    Attributes:
        capacity: how many samples are kept.
        position: how many samples have been written since the start.
        gaps: the most recent places where sound is missing, oldest first.
        gap_count: how many such places there have been.

    Raises:
        ValueError: the capacity is less than 1.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"a ring buffer needs room for at least 1 sample, not {capacity}")
        self.capacity = capacity
        self.position = 0
        self.gaps: deque[Gap] = deque(maxlen=REMEMBERED_GAPS)
        self.gap_count = 0
        self._reserved = 0
        self._unbroken_since = 0
        self._samples = np.zeros(2 * capacity, np.float32)

    def write(self, waveform: NDArray[np.float32]) -> None:
        """Append samples. For the writer's thread only; allocates no arrays.

        Args:
            waveform: float32 (samples,) in [-1, 1]; it is copied.
        """
        done = 0
        while done < waveform.size:
            at = self.position % self.capacity
            piece = waveform[done : done + self.capacity - at]
            self._reserved = self.position + piece.size
            self._samples[at : at + piece.size] = piece
            self._samples[self.capacity + at : self.capacity + at + piece.size] = piece
            self.position = self._reserved
            done += piece.size

    def mark_gap(self, reason: str, samples: int = 0) -> None:
        """Record that sound is missing here. For the writer's thread only.

        Args:
            reason: what happened.
            samples: how many samples are missing; as many zeros are written, so that the counter
                keeps to real time. 0 if unknown.
        """
        gap = Gap(self.position, samples, reason)
        if samples and self.gaps and self.gaps[-1].goes_on_with(gap):
            last = self.gaps.pop()
            gap = last._replace(samples=last.samples + samples)
        else:
            self.gap_count += 1
        self.gaps.append(gap)
        if samples:
            self._unbroken_since = self.position + samples
            skipped = max(samples - self.capacity, 0)
            self._reserved = self.position = self.position + skipped
            self.write(np.zeros(samples - skipped, np.float32))

    def latest(self, n: int, until: int | None = None) -> Stretch:
        """The newest n samples, fewer where fewer were captured since the start or the last gap.

        A stretch never spans a gap of known length, as the zeros in it were not captured.

        Args:
            n: how many, 1 to `capacity`.
            until: number of the sample to stop before; None for the newest.

        Returns:
            At most n samples, float32 (samples,).

        Raises:
            ValueError: n is out of range, or the samples are no longer kept or were overwritten
                while they were copied.
        """
        if not 0 < n <= self.capacity:
            raise ValueError(f"asked for {n} samples of a ring buffer of {self.capacity}")
        if until is not None and self.position - (until - n) > self.capacity:
            raise ValueError(f"sample {until - n} is no longer among the last {self.capacity}")
        for _ in range(TRIES):
            end = self.position if until is None else min(until, self.position)
            stretch = self._copy(min(max(end - n, self._unbroken_since, 0), end), end)
            if self._intact(stretch.start):
                return stretch
        raise ValueError("the samples are overwritten while they are copied")

    def since(self, position: int) -> Stretch:
        """All samples from number `position` on, including the zeros of gaps.

        Where the first of them have been overwritten, the stretch starts later than asked; it is
        empty if all are, again and again, while they are copied.

        Returns:
            At most `capacity` samples, float32 (samples,).
        """
        for attempt in range(TRIES):
            end = self.position
            oldest = end - self.capacity + attempt * self.capacity // 100  # away from the writer
            stretch = self._copy(max(min(position, end), min(oldest, end), 0), end)
            if self._intact(stretch.start):
                return stretch
        return Stretch(self.position, np.zeros(0, np.float32))

    def _copy(self, start: int, end: int) -> Stretch:
        at = start % self.capacity
        return Stretch(start, self._samples[at : at + end - start].copy())

    def _intact(self, start: int) -> bool:
        """Whether samples from `start` on were still there after they had been copied."""
        return self._reserved - start <= self.capacity
