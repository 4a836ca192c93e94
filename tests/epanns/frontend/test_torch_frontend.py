"""The front end in PyTorch: by FFT it gives what the network's own gives."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from epanns.frontend import numpy_frontend
from epanns.frontend.numpy_frontend import mel_bands
from epanns.frontend.parameters import PANNS, LogMelParameters
from epanns.frontend.torch_frontend import front_end_modules, log_mel, power_spectrum
from tests.support.golden.standin import build, waveforms


@pytest.mark.parametrize("name", ["tones", "sweep", "blip"])
def test_same_as_the_networks_own(name: str) -> None:
    network, waveform = build(), torch.from_numpy(waveforms()[name])
    batch = torch.stack([waveform, 0.001 * waveform, torch.zeros_like(waveform)])
    found, expected = network.levels(batch), network.log_mel(batch)
    assert found.shape == expected.shape == (3, 1 + len(waveform) // 320, 64)
    # Far below the rest of a frame, rounding is all there is; the network cannot rely on that.
    quiet = expected < expected.amax(dim=2, keepdim=True) - 80
    torch.testing.assert_close(found[~quiet], expected[~quiet], atol=1e-2, rtol=0)
    torch.testing.assert_close(found[2], torch.full_like(found[2], -100.0), atol=1e-4, rtol=0)


def test_other_numbers_make_another_front_end() -> None:
    coarse = replace(PANNS, sample_rate=16000, n_fft=512, hop=160, mels=40, f_max=8000, floor=1e-6)
    spectrogram, logmel = front_end_modules(coarse)
    waveforms = torch.from_numpy(np.random.default_rng(0).normal(0, 0.1, (2, 8000))).float()
    waveforms[1] = 0
    expected = logmel(spectrogram(waveforms))[:, 0]
    found = log_mel(waveforms, torch.from_numpy(mel_bands(coarse)), coarse)
    assert found.shape == expected.shape == (2, coarse.frame_count(8000), 40)
    torch.testing.assert_close(found, expected, atol=1e-2, rtol=0)
    torch.testing.assert_close(found[1], torch.full_like(found[1], coarse.floor_db))


FRONT_ENDS = {
    "panns": PANNS,
    "pre-emphasised": replace(PANNS, window=800, symmetric=True, pre_emphasis=0.97),
    "not centred": LogMelParameters(16000, 512, 160, 64, 125, 7500, window=400, centred=False),
    "narrow windows": replace(PANNS, window=800),
    "symmetric": replace(PANNS, symmetric=True),
    "htk": replace(PANNS, mel_scale="htk"),
}


@pytest.mark.parametrize("name", FRONT_ENDS)
@pytest.mark.parametrize("samples", [1025, 15600, 32000])
def test_power_spectra_are_those_of_the_numpy_front_end(name: str, samples: int) -> None:
    front_end = FRONT_ENDS[name]
    waveforms = np.random.default_rng(0).normal(0, 0.1, (2, samples)).astype(np.float32)
    expected = numpy_frontend.power_spectrum(waveforms, front_end)
    found = power_spectrum(torch.from_numpy(waveforms), front_end).numpy()
    assert found.shape == (2, front_end.frame_count(samples), front_end.bins)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6 * expected.max())


@pytest.mark.parametrize("name", FRONT_ENDS)
def test_log_mel_spectrograms_of_any_numbers_are_those_of_the_numpy_front_end(name: str) -> None:
    front_end = FRONT_ENDS[name]
    waveforms = np.random.default_rng(0).normal(0, 0.1, (2, 15600)).astype(np.float32)
    power = numpy_frontend.power_spectrum(waveforms, front_end)
    expected = numpy_frontend.decibels(numpy_frontend.mel_power(power, front_end), front_end)
    spectrogram, logmel = front_end_modules(front_end)
    by_modules = logmel(spectrogram(torch.from_numpy(waveforms)))[:, 0]
    bands = logmel.get_parameter("melW")
    fast = log_mel(torch.from_numpy(waveforms), bands, front_end)
    for found in (by_modules, fast):
        np.testing.assert_allclose(found.numpy(), expected, rtol=0, atol=1e-2)
    assert not bands.requires_grad
