"""The numpy half of the front end against torchlibrosa's."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from epanns.frontend import numpy_frontend
from epanns.frontend.numpy_frontend import BINS, RollingSpectrum, power_spectrum
from epanns.frontend.parameters import SAMPLE_RATE, frame_count, front_end


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


@settings(max_examples=60)
@given(
    samples=st.integers(9920, 20000),
    hops=st.lists(st.sampled_from([0, 1, 100, 320, 960, 3200, 9600, 20000, -3200]), max_size=6),
)
def test_rolling_over_a_stream_changes_nothing(samples: int, hops: list[int]) -> None:
    stream = np.random.default_rng(1).normal(0, 0.1, 200_000).astype(np.float32)
    rolling = RollingSpectrum()
    start = 60_000
    for hop in [0, *hops]:
        start += hop
        segment = stream[start : start + samples]
        np.testing.assert_array_equal(rolling(segment, start), power_spectrum(segment[None]))


def test_rolling_computes_only_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[int] = []
    power = numpy_frontend._power

    def count(padded: NDArray[np.float32], first: int, end: int) -> NDArray[np.float32]:
        computed.append(end - first)
        return power(padded, first, end)

    monkeypatch.setattr(numpy_frontend, "_power", count)
    stream = np.random.default_rng(1).normal(0, 0.1, 40_000).astype(np.float32)
    rolling = RollingSpectrum()
    rolling(stream[:32000], 0)
    assert computed == [101]
    rolling(stream[3200:35200], 3200)
    assert sum(computed[1:]) == 14, "ten new frames and two at each end"


def test_rolling_does_not_mix_streams() -> None:
    one, other = np.random.default_rng(2).normal(0, 0.1, (2, 40_000)).astype(np.float32)
    rolling = RollingSpectrum()
    rolling(one[:32000], 0)
    segment = other[3200:35200]
    np.testing.assert_array_equal(rolling(segment, 3200), power_spectrum(segment[None]))


def test_rolling_does_not_depend_on_what_becomes_of_the_waveform() -> None:
    stream = np.random.default_rng(1).normal(0, 0.1, 40_000).astype(np.float32)
    rolling = RollingSpectrum()
    segment = stream[:32000].copy()
    rolling(segment, 0)
    segment[:] = 0
    expected = power_spectrum(stream[None, 3200:35200])
    np.testing.assert_array_equal(rolling(stream[3200:35200], 3200), expected)


def test_rolling_serves_several_threads() -> None:
    stream = np.random.default_rng(6).normal(0, 0.1, 60_000).astype(np.float32)
    rolling = RollingSpectrum()

    def right(start: int) -> bool:
        segment = stream[start : start + 12_000]
        return bool((rolling(segment, start) == power_spectrum(segment[None])).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(right, [start for start in range(0, 48_000, 320) for _ in range(4)]))
