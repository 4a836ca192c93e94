"""Levels in dBFS against values known by heart."""

import math

import numpy as np
import pytest

from epanns.audio.level import LOWEST_DBFS, finite_dbfs, peak_dbfs, rms_dbfs


def test_a_full_scale_sine_is_3_db_below_full_scale_and_peaks_at_0() -> None:
    sine = np.sin(2 * np.pi * 100 * np.arange(32000) / 32000).astype(np.float32)
    assert rms_dbfs(sine) == pytest.approx(-3.01, abs=0.01)
    assert peak_dbfs(sine) == pytest.approx(0.0, abs=0.01)


def test_a_negative_peak_counts() -> None:
    assert peak_dbfs(np.array([0.1, -0.5], np.float32)) == pytest.approx(-6.02, abs=0.01)


@pytest.mark.parametrize("samples", [0, 1, 100])
def test_silence_and_nothing_are_minus_infinity(samples: int) -> None:
    waveform = np.zeros(samples, np.float32)
    assert rms_dbfs(waveform) == peak_dbfs(waveform) == -math.inf


@pytest.mark.parametrize(
    ("level", "written"),
    [(-20.04, -20.0), (-150.0, LOWEST_DBFS), (-math.inf, LOWEST_DBFS), (math.nan, LOWEST_DBFS)],
)
def test_a_level_is_written_as_a_number_to_a_tenth(level: float, written: float) -> None:
    assert finite_dbfs(level) == written
