"""The parameters of the front ends, each defined once."""

import math
from dataclasses import dataclass

SAMPLE_RATE = 32000  # Hz of all sound in this program: ring buffers, recordings, packs


@dataclass(frozen=True, slots=True)
class LogMelParameters:
    """A log-mel front end: from a waveform to levels in mel bands.

    Frames are centred: the first one on the first sample, with the waveform reflected at its ends.
    The mel scale is Slaney's, its triangles have area 1.

    Attributes:
        sample_rate: of the waveform, in Hz.
        n_fft: samples of one periodic Hann window, and of its Fourier transform.
        hop: samples from one frame to the next.
        mels: number of bands.
        f_min, f_max: edges of the lowest and the highest band, in Hz.
        floor: the least power; lower ones are raised to it.
    """

    sample_rate: int
    n_fft: int
    hop: int
    mels: int
    f_min: float
    f_max: float
    floor: float = 1e-10

    @property
    def bins(self) -> int:
        """The number of frequencies in the spectrum of a frame."""
        return self.n_fft // 2 + 1

    @property
    def floor_db(self) -> float:
        """The level of digital silence in every band, in dB."""
        return 10 * math.log10(self.floor)

    def frame_count(self, samples: int) -> int:
        """The number of frames of a waveform with `samples` samples."""
        return 1 + samples // self.hop


# PANNs (Kong et al. 2020, section IV): windows of 32 ms, 100 frames a second.
PANNS = LogMelParameters(
    sample_rate=SAMPLE_RATE, n_fft=1024, hop=320, mels=64, f_min=50, f_max=14000
)
