import math

import pytest

from gui.main_window.level_meter import reading, share, tone


@pytest.mark.parametrize(
    ("dbfs", "expected"),
    [(-math.inf, 0.0), (-80, 0.0), (-60, 0.0), (-30, 0.5), (0, 1.0), (3, 1.0), (math.nan, 0.0)],
)
def test_share_runs_from_the_floor_to_full_scale(dbfs: float, expected: float) -> None:
    assert share(dbfs) == expected


@pytest.mark.parametrize(("peak", "colour"), [(-20, "good"), (-2, "warning"), (0, "bad")])
def test_tone_warns_of_clipping(peak: float, colour: str) -> None:
    assert tone(peak) == colour


def test_reading_has_words_for_digital_silence() -> None:
    assert reading(-31.4) == "\N{MINUS SIGN}31 dBFS"
    assert reading(-math.inf) == "silence"
    assert reading(math.nan) == "no sound"
