"""What every source of sound has in common."""

from abc import ABC, abstractmethod

from epanns.audio.ring_buffer import RingBuffer
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.status import SourcePhase, SourceState

RING_SECONDS = 60


class Source(ABC):
    """Writes sound into its ring buffer from a thread of its own; can be started once.

    Attributes:
        ring: the last minute of sound, float32 mono at 32 kHz.
        state: what the source is doing; replaced as a whole, so any thread may read it.
        overflows: gaps that the sound system reported.
        non_finite: samples that were NaN or infinite and were replaced by zeros.
    """

    def __init__(self, name: str) -> None:
        self.ring = RingBuffer(RING_SECONDS * SAMPLE_RATE)
        self.state = SourceState(SourcePhase.STOPPED, name)
        self.overflows = 0
        self.non_finite = 0

    @abstractmethod
    def start(self) -> None:
        """Begin to capture; returns at once."""

    @abstractmethod
    def stop(self) -> None:
        """End the capture and its thread, within 1 s."""
