"""Waveforms at another rate."""

import numpy as np
import pytest

from epanns.audio.offline_resampling import resampled, resampled_blocks


def tone(rate: int, seconds: float = 1.0) -> np.ndarray:
    return np.sin(2 * np.pi * 440 * np.arange(rate * seconds) / rate).astype(np.float32)


@pytest.mark.parametrize(("rate", "wanted"), [(44_100, 32_000), (32_000, 16_000), (8000, 32_000)])
def test_a_tone_stays_the_tone_at_another_rate(rate: int, wanted: int) -> None:
    found = resampled(tone(rate), rate, wanted)
    assert found.dtype == np.float32
    inner = slice(wanted // 10, -wanted // 10)
    np.testing.assert_allclose(found[inner], tone(wanted)[inner], rtol=0, atol=2e-3)


def test_a_batch_is_resampled_row_by_row() -> None:
    batch = np.stack([tone(32_000), -tone(32_000)])
    found = resampled(batch, 32_000, 16_000)
    np.testing.assert_array_equal(found[0], resampled(batch[0], 32_000, 16_000))
    assert found.shape == (2, 16_000)


def test_the_same_rate_changes_nothing_and_one_sample_stays_one() -> None:
    waveform = tone(32_000)
    assert resampled(waveform, 32_000, 32_000) is waveform
    assert resampled(waveform[:1], 96_000, 16_000).size == 1


@pytest.mark.parametrize(("rate", "wanted"), [(32_000, 16_000), (44_100, 32_000)])
@pytest.mark.parametrize("block", [1, 777, 100_000])
def test_blocks_become_what_the_whole_becomes(rate: int, wanted: int, block: int) -> None:
    whole = tone(rate, seconds=0.2)
    blocks = np.split(whole, range(block, len(whole), block))
    found = np.concatenate(list(resampled_blocks(blocks, rate, wanted)))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, resampled(whole, rate, wanted), rtol=0, atol=1e-6)


def test_blocks_of_the_same_rate_are_not_changed() -> None:
    blocks = [tone(32_000), tone(32_000)]
    found = list(resampled_blocks(blocks, 32_000, 32_000))
    assert all(one is other for one, other in zip(found, blocks, strict=True))
