"""The front end of PANNs: its numbers, its shapes, and what silence looks like in it."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from epanns.frontend.parameters import PANNS, SAMPLE_RATE
from epanns.frontend.torch_frontend import front_end_modules
from epanns.networks.cnn14_layers import MIN_SAMPLES, POOLED_FRAMES

LogMel = Callable[[Any], NDArray[np.float32]]


@pytest.fixture(scope="module")
def log_mel() -> LogMel:
    spectrogram, logmel = front_end_modules(PANNS)
    return lambda waveform: logmel(spectrogram(torch.as_tensor(waveform)[None]))[0, 0].numpy()


def test_numbers_are_those_of_panns() -> None:
    assert (PANNS.sample_rate, PANNS.n_fft, PANNS.hop, PANNS.mels) == (32000, 1024, 320, 64)
    assert (PANNS.f_min, PANNS.f_max, PANNS.floor) == (50, 14000, 1e-10)
    assert (PANNS.bins, PANNS.floor_db) == (513, -100)


def test_shortest_segment_is_the_least_that_five_halvings_leave_a_column_of() -> None:
    assert MIN_SAMPLES == 9920
    assert PANNS.frame_count(MIN_SAMPLES) // POOLED_FRAMES == 1
    assert PANNS.frame_count(MIN_SAMPLES - 1) // POOLED_FRAMES == 0


def test_numbers_are_imported_without_torch() -> None:
    code = (
        "import sys, epanns.frontend.parameters, epanns.zoo.catalogue;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("samples", [513, 9920, 32000, 32319, 32320])
def test_one_frame_a_hop_and_one_more(log_mel: LogMel, samples: int) -> None:
    assert log_mel(np.zeros(samples, np.float32)).shape == (1 + samples // 320, 64)
    assert PANNS.frame_count(samples) == 1 + samples // 320


def test_digital_silence_is_minus_100_db(log_mel: LogMel) -> None:
    np.testing.assert_allclose(log_mel(np.zeros(3200, np.float32)), -100.0, atol=1e-4)


def test_ten_times_the_amplitude_is_20_db_more(log_mel: LogMel) -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.01, 6400).astype(np.float32)
    np.testing.assert_allclose(log_mel(10 * noise) - log_mel(noise), 20.0, atol=1e-3)


def test_bands_rise_with_frequency_and_stay_deaf_beyond_their_edges(log_mel: LogMel) -> None:
    def tone(hertz: float) -> NDArray[np.float32]:
        t = np.arange(SAMPLE_RATE) / SAMPLE_RATE
        return log_mel(np.sin(2 * np.pi * hertz * t).astype(np.float32))[20:-20].mean(axis=0)

    loudest = [int(tone(hertz).argmax()) for hertz in (100, 440, 1000, 3000, 8000, 13000)]
    assert loudest == sorted(set(loudest))
    assert tone(15500).max() < tone(13000).max() - 40


def test_front_end_is_frozen() -> None:
    assert not any(
        p.requires_grad for stage in front_end_modules(PANNS) for p in stage.parameters()
    )
