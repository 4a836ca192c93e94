import pytest
from hypothesis import given
from hypothesis import strategies as st

from epanns.vocabulary.audioset import AUDIOSET
from gui.widgets.text_fitting import SMALLEST_ROW, cut, lay_out, shrink, split_name


def monospaced(text: str, pixels: float) -> float:
    return 0.6 * pixels * len(text)


@pytest.mark.parametrize(
    ("name", "head", "rest"),
    [
        ("Speech", "Speech", ""),
        ("Male speech, man speaking", "Male speech", "man speaking"),
        ("Vehicle horn, car horn, honking", "Vehicle horn", "car horn, honking"),
        ("Heavy engine (low frequency)", "Heavy engine", "(low frequency)"),
        ("Fire engine, fire truck (siren)", "Fire engine", "fire truck (siren)"),
    ],
)
def test_name_is_split_into_head_and_synonyms(name: str, head: str, rest: str) -> None:
    assert split_name(name) == (head, rest)


def test_splitting_loses_no_word() -> None:
    for name in AUDIOSET.names:
        head, rest = split_name(name)
        assert head
        assert [*head.split(), *rest.split()] == name.replace(f"{head},", head, 1).split()


@given(st.text(min_size=1, max_size=60), st.floats(6, 60), st.floats(10, 400))
def test_shrunk_text_fits_or_is_only_an_ellipsis(text: str, font: float, width: float) -> None:
    shown, size = shrink(text, font, width, monospaced)
    assert monospaced(shown, size) <= width or shown == "…"
    assert size <= font
    assert shown == text or shown.endswith("…")


def test_cut_keeps_as_much_as_fits() -> None:
    assert cut("abcdefghij", 10, 60, monospaced) == "abcdefghij"
    assert cut("abcdefghij", 10, 36, monospaced) == "abcde…"
    assert cut("abc, defghij", 10, 36, monospaced) == "abc…"


@given(st.integers(200, 4000), st.integers(20, 2200), st.integers(1, 527), st.floats(0.5, 4.0))
def test_layout_stays_inside_at_any_size(
    width: int, height: int, wanted: int, scale: float
) -> None:
    layout = lay_out(width, height, wanted, scale)
    assert 1 <= layout.rows <= wanted
    assert layout.top <= height
    assert layout.centre(layout.rows - 1) - layout.row / 2 >= -0.001
    assert layout.name_width < layout.bar_left < layout.bar_right
    assert layout.rows == 1 or layout.row >= min(SMALLEST_ROW * scale, height / 3) - 0.001


def test_more_room_shows_more_rows_and_larger_writing() -> None:
    small, large = lay_out(640, 300, 30, 1.0), lay_out(1920, 900, 30, 1.0)
    assert small.rows < large.rows == 30
    assert lay_out(640, 300, 8, 1.0).font < lay_out(1920, 900, 8, 1.0).font
