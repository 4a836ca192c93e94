"""Numbers for people, and foreign names as text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epanns import formatting
from epanns.formatting import cell, text_of, visible

BLANK = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0"), (0.05, "5"), (0.055, "5.5"), (0.07, "7"), (0.1234, "12.3"), (1.0, "100")],
)
def test_a_share_has_the_digits_it_needs_up_to_three(share: float, text: str) -> None:
    assert formatting.per_cent(share) == f"{text}{BLANK}%"


@pytest.mark.parametrize(
    ("count", "text"),
    [(24_300_000, "24.3 M"), (100_000, "0.1 M"), (99_999, "99,999"), (9_456, "9,456"), (0, "0")],
)
def test_the_values_of_a_small_network_are_not_rounded_to_nothing(count: int, text: str) -> None:
    assert formatting.millions(count) == text


@pytest.mark.parametrize(("share", "text"), [(0.934, "93"), (0.996, "100"), (0.0, "0")])
def test_a_whole_share_is_rounded(share: float, text: str) -> None:
    assert formatting.whole_per_cent(share) == f"{text}{BLANK}%"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0:00"),
        (7.9, "0:07"),
        (754.0, "12:34"),
        (3599.9, "59:59"),
        (3600.0, "1:00:00"),
        (3723.0, "1:02:03"),
        (100_000.0, "27:46:40"),
    ],
)
def test_elapsed_time_counts_whole_seconds(seconds: float, text: str) -> None:
    assert formatting.elapsed(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4.2, "4.2 s"), (59.94, "59.9 s"), (187.0, "3 min 7 s"), (7500.0, "2 h 5 min")],
)
def test_a_duration_has_two_units_at_most(seconds: float, text: str) -> None:
    assert formatting.duration(seconds) == text


def test_an_amount_is_how_long_and_how_much() -> None:
    assert formatting.amount(83.4, 6_120_000) == f"1:23, 6.1{BLANK}MB"
    assert formatting.amount(0.0, 0) == f"0:00, 0.0{BLANK}MB"
    assert formatting.amount(7200.0, 1_234_567_890) == f"2:00:00, 1.23{BLANK}GB"


@pytest.mark.parametrize(
    ("size", "text"), [(4_838_000, "4.84 MB"), (327_428_481, "327 MB"), (12_000, "0.012 MB")]
)
def test_megabytes_have_three_digits(size: int, text: str) -> None:
    assert formatting.megabytes(size) == text


def test_on_a_scale_of_time_the_present_is_named() -> None:
    assert [formatting.ago(seconds) for seconds in (0.0, 15.0, 60.0)] == [
        "now", "15 s ago", "60 s ago",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("frequency", "text"), [(50.0, "50 Hz"), (999.0, "999 Hz"), (1000.0, "1 kHz"), (14e3, "14 kHz")]
)
def test_a_frequency_has_the_unit_that_fits(frequency: float, text: str) -> None:
    assert formatting.hertz(frequency) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, ""), (1, "a"), (3, "a, b, c"), (4, "a, b, c and 1 more")]
)
def test_of_many_texts_the_first_are_listed(count: int, text: str) -> None:
    assert formatting.listed("abcdef"[:count], 3) == text


def test_what_a_terminal_would_obey_is_shown_as_an_escape() -> None:
    assert visible("a\x1b[2Jb\tc\nd\x9b") == "a\\x1b[2Jb\\tc\\nd\\x9b"
    assert visible("gpj.\u202ewav") == "gpj.\\u202ewav"
    assert visible("\udcff") == "\\udcff"


@pytest.mark.parametrize("text", ["Žluťoučký kůň.wav", "犬 の声", "👩\u200d🚒", "10\u00a0%"])
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(st.text())
def test_no_text_has_power_over_a_terminal(text: str) -> None:
    assert not any(unicodedata.category(each) in ("Cc", "Cs", "Zl") for each in visible(text))


@given(st.text("'=+-@a", max_size=4))
def test_a_spreadsheet_computes_no_text(text: str) -> None:
    assert not cell(text).startswith(("=", "+", "-", "@"))
    assert text_of(cell(text)) == text
