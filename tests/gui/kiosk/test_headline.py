"""Large words: as large as their place allows."""

import pytest

from gui.kiosk.headline import LINE_GAP, fit_line, fit_title


def measure(text: str, pixels: float) -> float:
    """A font whose letters are half as wide as high."""
    return 0.5 * pixels * len(text)


def test_a_short_word_is_limited_by_the_height() -> None:
    assert fit_title("Dog", 1000, 100, measure) == ("Dog", 100 / LINE_GAP)


def test_a_long_line_is_limited_by_the_width() -> None:
    text, pixels = fit_line("a" * 40, 1000, 100, measure)
    assert measure(text, pixels) == pytest.approx(1000)


def test_a_title_is_broken_where_that_makes_it_larger() -> None:
    text, pixels = fit_title("Domestic animals, pets", 500, 200, measure)
    assert text == "Domestic\nanimals, pets"
    assert pixels > fit_line("Domestic animals, pets", 500, 200, measure)[1]


def test_nothing_has_a_size_too() -> None:
    assert fit_title("", 500, 200, measure)[0] == ""
