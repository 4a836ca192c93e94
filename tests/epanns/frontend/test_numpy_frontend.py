"""The numpy half of the front end against torchlibrosa's."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from epanns.frontend.numpy_frontend import (
    decibels,
    mel_bands,
    mel_centres,
    mel_power,
    power_of_frames,
    power_of_windows,
    power_spectrum,
    reflected,
    windows_of,
)
from epanns.frontend.parameters import PANNS, SAMPLE_RATE, LogMelParameters
from epanns.frontend.torch_frontend import front_end_modules

COARSE = replace(PANNS, sample_rate=16000, n_fft=512, hop=160, mels=40, f_max=8000, floor=1e-6)


@pytest.mark.parametrize("samples", [513, 9920, 32000, 47777])
@pytest.mark.parametrize("front_end", [PANNS, COARSE])
def test_is_what_torchlibrosa_makes(front_end: LogMelParameters, samples: int) -> None:
    waveforms = np.random.default_rng(0).normal(0, 0.1, (2, samples)).astype(np.float32)
    found = power_spectrum(waveforms, front_end)
    expected = front_end_modules(front_end)[0](torch.from_numpy(waveforms))[:, 0].numpy()
    assert found.shape == (2, front_end.frame_count(samples), front_end.bins)
    assert found.dtype == np.float32
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


@pytest.mark.parametrize("front_end", [PANNS, COARSE])
def test_bands_are_those_of_torchlibrosa(front_end: LogMelParameters) -> None:
    expected = front_end_modules(front_end)[1].state_dict()["melW"].numpy()
    found = mel_bands(front_end)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-8, rtol=1e-4)


def test_each_band_is_highest_at_its_centre() -> None:
    centres = mel_centres()
    highest = mel_bands().argmax(axis=0) * PANNS.sample_rate / PANNS.n_fft
    assert centres.shape == (PANNS.mels,) and PANNS.f_min < centres[0] < centres[-1] < PANNS.f_max
    np.testing.assert_allclose(centres, highest, atol=PANNS.sample_rate / PANNS.n_fft)


@pytest.mark.parametrize("front_end", [PANNS, COARSE])
def test_log_mel_is_what_torchlibrosa_makes(front_end: LogMelParameters) -> None:
    waveform = np.random.default_rng(0).normal(0, 0.1, (1, 16000)).astype(np.float32)
    spectrogram, logmel = front_end_modules(front_end)
    expected = logmel(spectrogram(torch.from_numpy(waveform)))[:, 0].numpy()
    found = decibels(mel_power(power_spectrum(waveform, front_end), front_end), front_end)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_digital_silence_has_the_floor() -> None:
    for front_end in (PANNS, COARSE):
        levels = decibels(np.zeros((2, 3), np.float32), front_end)
        np.testing.assert_allclose(levels, front_end.floor_db, atol=1e-4)


def test_frames_inside_a_waveform_are_those_that_reach_over_no_end() -> None:
    waveform = np.random.default_rng(0).normal(0, 0.1, 32000).astype(np.float32)
    found = power_of_frames(waveform)
    assert found.shape == (1 + (32000 - PANNS.n_fft) // PANNS.hop, PANNS.bins)
    # Frame 0 begins at the first sample; frame 2 of the whole is centred on sample 640.
    inside = power_of_frames(waveform[640 - PANNS.n_fft // 2 :])
    np.testing.assert_array_equal(inside, power_spectrum(waveform[None])[0, 2:-2])


def test_a_part_of_the_frames_is_that_part_of_them() -> None:
    waveforms = np.random.default_rng(0).normal(0, 0.1, (2, 32000)).astype(np.float32)
    whole = power_spectrum(waveforms)
    part = power_of_windows(windows_of(reflected(waveforms))[:, 30:70])
    np.testing.assert_array_equal(part, whole[:, 30:70])


def test_ends_are_reflected() -> None:
    short = replace(PANNS, n_fft=4)
    found = reflected(np.arange(5, dtype=np.float32)[None], short)
    np.testing.assert_array_equal(found, [[2, 1, 0, 1, 2, 3, 4, 3, 2]])


def test_bands_that_are_straight_in_mel_have_height_1_and_the_same_width_in_mel() -> None:
    front_end = replace(PANNS, mels=20, f_min=0, mel_scale="htk")
    bands = mel_bands(front_end)
    mel = 1127 * np.log1p(np.arange(front_end.bins) * SAMPLE_RATE / 1024 / 700)
    edges = np.linspace(0, 1127 * np.log1p(14000 / 700), 22)
    for band, left, middle, right in zip(bands.T, edges, edges[1:], edges[2:], strict=False):
        expected = np.interp(mel, [left, middle, right], [0, 1, 0])
        np.testing.assert_allclose(band, expected, atol=1e-5)


def test_frames_that_are_not_centred_begin_with_the_first_sample() -> None:
    front_end = LogMelParameters(16000, 512, 160, 64, 125, 7500, window=400, centred=False)
    waveform = np.random.default_rng(0).normal(0, 0.1, 15600).astype(np.float32)
    found = power_spectrum(waveform[None], front_end)[0]
    assert len(found) == front_end.frame_count(15600) == 96
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    expected = np.abs(np.fft.rfft(waveform[160:560] * hann, 512)) ** 2
    np.testing.assert_allclose(found[1], expected, rtol=1e-3, atol=1e-6 * expected.max())


def test_pre_emphasis_takes_most_of_each_sample_from_the_next_one() -> None:
    front_end = replace(PANNS, pre_emphasis=0.97)
    waveform = np.random.default_rng(0).normal(0, 0.1, 32000).astype(np.float32)
    found = power_spectrum(waveform[None], front_end)
    expected = power_spectrum(waveform[None, 1:] - np.float32(0.97) * waveform[None, :-1])
    np.testing.assert_array_equal(found, expected)
    assert found.shape[1] == front_end.frame_count(32000) == 100
