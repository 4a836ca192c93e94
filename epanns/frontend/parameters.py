"""The parameters of the front ends, each defined once."""

import math
from dataclasses import dataclass
from typing import Literal

SAMPLE_RATE = 32000  # Hz of all sound in this program: ring buffers, recordings, packs


@dataclass(frozen=True, slots=True)
class LogMelParameters:
    """A log-mel front end: from a waveform to levels in mel bands.

    Frames are centred, unless it is said otherwise: the first one on the first sample, with the
    waveform reflected at its ends. What follows the mel bands, a logarithm and a scale, is the
    network's.

    Attributes:
        sample_rate: of the waveform, in Hz.
        n_fft: samples of the Fourier transform of a frame.
        hop: samples from one frame to the next.
        mels: number of bands.
        f_min, f_max: edges of the lowest and the highest band, in Hz.
        floor: the least power; lower ones are raised to it.
        window: samples of the Hann window, with zeros around it; 0 for `n_fft`.
        symmetric: whether the window is symmetric, not periodic.
        centred: whether frames are centred; else the first one begins with the first sample, and
            zeros follow the window.
        pre_emphasis: by how much of its predecessor each sample is reduced first; there is one
            sample less then.
        mel_scale: "slaney", whose triangles have area 1, or "htk", whose triangles are straight in
            mel and have height 1.
    """

    sample_rate: int
    n_fft: int
    hop: int
    mels: int
    f_min: float
    f_max: float
    floor: float = 1e-10
    window: int = 0
    symmetric: bool = False
    centred: bool = True
    pre_emphasis: float = 0.0
    mel_scale: Literal["slaney", "htk"] = "slaney"

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
        filtered = samples - bool(self.pre_emphasis)
        return 1 + (filtered if self.centred else filtered - self.length) // self.hop

    @property
    def least_samples(self) -> int:
        """The length of the shortest waveform with a frame."""
        return (self.reach + 1 if self.centred else self.length) + bool(self.pre_emphasis)

    @property
    def length(self) -> int:
        """The samples of a frame, with the zeros around a centred one's window."""
        return self.n_fft if self.centred or not self.window else self.window

    @property
    def reach(self) -> int:
        """How many samples before its place a frame begins."""
        return self.n_fft // 2 if self.centred else 0


# PANNs (Kong et al. 2020, section IV): windows of 32 ms, 100 frames a second.
PANNS = LogMelParameters(
    sample_rate=SAMPLE_RATE, n_fft=1024, hop=320, mels=64, f_min=50, f_max=14000
)
PANNS_16K = LogMelParameters(sample_rate=16000, n_fft=512, hop=160, mels=64, f_min=50, f_max=8000)
