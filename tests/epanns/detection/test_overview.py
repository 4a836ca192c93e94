"""A recording at a glance is the recording, only coarser."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from epanns.detection.overview import overview
from epanns.frontend.parameters import PANNS
from epanns.frontend.torch_frontend import front_end_modules

Floats = NDArray[np.float32]


def sound(samples: int) -> Floats:
    random = np.random.default_rng(samples)
    loudness = np.repeat(random.random(samples // 1000 + 1), 1000)[:samples]
    return (0.3 * loudness * random.normal(0, 1, samples)).clip(-1, 1).astype(np.float32)


@pytest.mark.parametrize(("samples", "frames"), [(64100, 201), (700000, 2188)])
def test_spectrogram_is_the_log_mel_spectrogram_of_the_network(samples: int, frames: int) -> None:
    waveform = sound(samples)
    spectrogram, logmel = front_end_modules(PANNS)
    with torch.no_grad():
        expected = logmel(spectrogram(torch.from_numpy(waveform[None])))[0, 0].numpy()
    seen = overview([waveform])
    assert seen.seconds == 0.01
    assert seen.log_mel.shape == (frames, 64)
    np.testing.assert_allclose(seen.log_mel, expected[:frames], atol=0.01)


def test_columns_hold_the_lowest_and_the_highest_sample() -> None:
    waveform = sound(32000)
    seen = overview([waveform])
    np.testing.assert_array_equal(seen.low, waveform.reshape(-1, 320).min(axis=1))
    np.testing.assert_array_equal(seen.high, waveform.reshape(-1, 320).max(axis=1))


@pytest.mark.parametrize("columns", [16, 50, 64, 4096])
def test_long_sounds_have_no_more_columns_than_allowed(columns: int) -> None:
    waveform = sound(2_000_000)  # 6,250 frames
    fine, coarse = overview([waveform], 8192), overview([waveform], columns)
    stride = round(coarse.seconds / fine.seconds)
    count = len(coarse.low)
    assert columns // 2 <= count <= columns and count == -(-len(fine.low) // stride)
    for number in range(count):
        frames = slice(number * stride, (number + 1) * stride)
        assert coarse.low[number] == fine.low[frames].min()
        assert coarse.high[number] == fine.high[frames].max()
        power = 10 ** (fine.log_mel[frames].astype(np.float64) / 10)
        np.testing.assert_allclose(coarse.log_mel[number], 10 * np.log10(power.mean(0)), atol=1e-3)


def test_blocks_do_not_matter() -> None:
    waveform = sound(900_001)
    whole = overview([waveform], 128)
    pieces = overview(np.split(waveform, range(10_007, 900_001, 10_007)), 128)
    np.testing.assert_array_equal(whole.low, pieces.low)
    np.testing.assert_array_equal(whole.high, pieces.high)
    np.testing.assert_allclose(whole.log_mel, pieces.log_mel, atol=1e-4)


@pytest.mark.parametrize("samples", [1, 319, 400])
def test_very_short_sounds_have_a_column(samples: int) -> None:
    seen = overview([np.full(samples, 0.5, np.float32)])
    assert len(seen.low) == len(seen.log_mel) == -(-samples // 320)
    assert np.isfinite(seen.log_mel).all()
