"""Spectra of overlapping segments are those of each by itself, with less work."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epanns.frontend import rolling_spectrum
from epanns.frontend.numpy_frontend import Floats, mel_power, power_of_windows, power_spectrum
from epanns.frontend.parameters import PANNS, LogMelParameters
from epanns.frontend.rolling_spectrum import RollingSpectrum

PRE_EMPHASISED = replace(PANNS, window=800, symmetric=True, pre_emphasis=0.97)
NOT_CENTRED = LogMelParameters(16000, 512, 160, 64, 125, 7500, window=400, centred=False)
LONG = LogMelParameters(32000, 2048, 512, 128, 20, 16000)
HOPS = (0, 1, 100, 320, 512, 960, 3200, 5120, 9600, 20000, -3200)


@pytest.mark.parametrize("front_end", [PANNS, PRE_EMPHASISED, NOT_CENTRED, LONG])
@settings(max_examples=60)
@given(
    samples=st.integers(9920, 20000),
    hops=st.lists(st.sampled_from(HOPS), max_size=6),
)
def test_rolling_over_a_stream_changes_nothing(
    front_end: LogMelParameters, samples: int, hops: list[int]
) -> None:
    stream = np.random.default_rng(1).normal(0, 0.1, 200_000).astype(np.float32)
    rolling = RollingSpectrum(front_end)
    start = 60_000
    for hop in [0, *hops]:
        start += hop
        segment = stream[start : start + samples]
        expected = power_spectrum(segment[None], front_end)
        np.testing.assert_array_equal(rolling(segment, start), expected)


def test_it_computes_only_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[int] = []

    def count(windows: Floats, front_end: LogMelParameters = PANNS) -> Floats:
        computed.append(windows.shape[1])
        return power_of_windows(windows, front_end)

    monkeypatch.setattr(rolling_spectrum, "power_of_windows", count)
    stream = np.random.default_rng(1).normal(0, 0.1, 40_000).astype(np.float32)
    rolling = RollingSpectrum()
    rolling(stream[:32000], 0)
    assert computed == [101]
    rolling(stream[3200:35200], 3200)
    assert computed[1:] == [14], "ten new frames and two at each end"


def test_it_does_not_mix_streams() -> None:
    one, other = np.random.default_rng(2).normal(0, 0.1, (2, 40_000)).astype(np.float32)
    rolling = RollingSpectrum()
    rolling(one[:32000], 0)
    segment = other[3200:35200]
    np.testing.assert_array_equal(rolling(segment, 3200), power_spectrum(segment[None]))


def test_it_does_not_depend_on_what_becomes_of_the_waveform() -> None:
    stream = np.random.default_rng(1).normal(0, 0.1, 40_000).astype(np.float32)
    rolling = RollingSpectrum()
    segment = stream[:32000].copy()
    rolling(segment, 0)
    segment[:] = 0
    expected = power_spectrum(stream[None, 3200:35200])
    np.testing.assert_array_equal(rolling(stream[3200:35200], 3200), expected)


def test_it_serves_several_threads() -> None:
    stream = np.random.default_rng(6).normal(0, 0.1, 60_000).astype(np.float32)
    rolling = RollingSpectrum()

    def right(start: int) -> bool:
        segment = stream[start : start + 12_000]
        return bool((rolling(segment, start) == power_spectrum(segment[None])).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(right, [start for start in range(0, 48_000, 320) for _ in range(4)]))


def test_it_keeps_to_the_numbers_of_its_front_end() -> None:
    coarse = replace(PANNS, sample_rate=16000, n_fft=512, hop=160, mels=40, f_max=8000)
    stream = np.random.default_rng(1).normal(0, 0.1, 40_000).astype(np.float32)
    rolling = RollingSpectrum(coarse)
    for start in (0, 1600, 3200, 3360):
        segment = stream[start : start + 16_000]
        expected = power_spectrum(segment[None], coarse)
        np.testing.assert_array_equal(rolling(segment, start), expected)


def test_it_gives_bands_where_these_are_asked_for() -> None:
    stream = np.random.default_rng(1).normal(0, 0.1, 40_000).astype(np.float32)
    rolling = RollingSpectrum(PRE_EMPHASISED, banded=True)
    for start in (0, 3200, 4000, 4320):
        segment = stream[start : start + 32_000]
        expected = mel_power(power_spectrum(segment[None], PRE_EMPHASISED), PRE_EMPHASISED)
        np.testing.assert_allclose(rolling(segment, start), expected, rtol=1e-5)
