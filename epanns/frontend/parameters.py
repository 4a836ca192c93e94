"""The log-mel front end of PANNs (Kong et al. 2020, section IV), its numbers stated once here.

Importing this module is quick: torch is imported when a front end is built.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

SAMPLE_RATE = 32000  # Hz; every waveform in the engine
N_FFT = 1024  # samples of one Hann window, 32 ms
HOP = 320  # samples from one frame to the next: 100 frames a second
MELS = 64  # bands of Slaney's mel scale
F_MIN = 50  # Hz, lower edge of the lowest band
F_MAX = 14000  # Hz, upper edge of the highest band

POOLINGS = 5  # halvings of time and frequency inside the network
POOLED_FRAMES = 2**POOLINGS  # log-mel frames that one column of the last block stands for
MIN_SAMPLES = (POOLED_FRAMES - 1) * HOP  # the shortest segment that leaves the network one column


def frame_count(samples: int) -> int:
    """Log-mel frames of a waveform: they are centred, the first one on the first sample."""
    return 1 + samples // HOP


def front_end() -> "tuple[nn.Module, nn.Module]":
    """The two frozen stages from a waveform to its log-mel spectrogram.

    Returns:
        A module from waveforms (batch, samples) to power spectrograms (batch, 1, frames, 513),
        and one from these to log-mel spectrograms (batch, 1, frames, 64) in dB. Digital silence
        is -100 dB in every bin.
    """
    from torchlibrosa.stft import LogmelFilterBank, Spectrogram

    spectrogram = Spectrogram(
        n_fft=N_FFT,
        hop_length=HOP,
        win_length=N_FFT,
        window="hann",
        center=True,
        pad_mode="reflect",
        freeze_parameters=True,
    )
    logmel = LogmelFilterBank(
        sr=SAMPLE_RATE,
        n_fft=N_FFT,
        n_mels=MELS,
        fmin=F_MIN,
        fmax=F_MAX,
        ref=1.0,
        amin=1e-10,
        top_db=None,
        freeze_parameters=True,
    )
    return spectrogram, logmel
