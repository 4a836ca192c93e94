"""The numpy half of the front end against torchlibrosa's."""

import numpy as np
import pytest
import torch

from epanns.features import SAMPLE_RATE, frame_count, front_end
from epanns.spectrum import BINS, power_spectrum


@pytest.mark.parametrize("samples", [513, 9920, 32000, 47777])
def test_is_what_torchlibrosa_makes(samples: int) -> None:
    waveforms = np.random.default_rng(0).normal(0, 0.1, (2, samples)).astype(np.float32)
    found = power_spectrum(waveforms)
    expected = front_end()[0](torch.from_numpy(waveforms))[:, 0].numpy()
    assert found.shape == (2, frame_count(samples), BINS) and found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6 * expected.max())


def test_tone_is_in_its_bin() -> None:
    hertz = 100 * SAMPLE_RATE / 1024
    tone = np.sin(2 * np.pi * hertz * np.arange(SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    spectrum = power_spectrum(tone[None])[0, 50]
    assert spectrum.argmax() == 100
    assert spectrum[100] == pytest.approx((1024 / 4) ** 2, rel=1e-3)  # a Hann window's gain is 1/2
    assert spectrum[103:].max() < 1e-6 * spectrum[100]


def test_silence_has_no_power() -> None:
    assert not power_spectrum(np.zeros((1, 2000), np.float32)).any()
