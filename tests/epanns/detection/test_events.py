"""From scores to events: thresholds, hysteresis, joining, lengths, and where in time they lie."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from epanns.detection.events import Detector, Event, EventRules, RunningMedian, TimeGrid
from epanns.errors import SettingsError
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

Floats = NDArray[np.float32]

SECONDS = TimeGrid(0.0, 1.0)
DOG, CAT = 74, 81


def all_at(value: float) -> Floats:
    return np.full(len(AUDIOSET), value, np.float32)


def rules(threshold: float = 0.5, low: float | None = None, **others: Any) -> EventRules:
    return EventRules(
        AUDIOSET, all_at(threshold), all_at(threshold if low is None else low), **others
    )


def scores(**classes: Sequence[float]) -> Floats:
    """Scores (n, 527), zero but for classes by their names."""
    table = np.zeros((len(next(iter(classes.values()))), len(AUDIOSET)), np.float32)
    for name, column in classes.items():
        table[:, AUDIOSET.index(name)] = column
    return table


def detect(
    table: Floats, which: EventRules, grid: TimeGrid = SECONDS, duration: float | None = None
) -> list[Event]:
    detector = Detector(which, grid)
    detector.feed(table)
    return detector.events(len(table) * grid.hop if duration is None else duration)


def times(events: Sequence[Event]) -> list[tuple[float, float]]:
    return [(event.onset, event.offset) for event in events]


def test_an_event_lasts_as_long_as_the_score_reaches_the_threshold() -> None:
    (event,) = detect(scores(dog=[0, 0.5, 0.9, 0.6, 0.49, 0]), rules(0.5))
    assert event == (DOG, 1.0, 4.0, pytest.approx(0.9))


def test_each_class_has_its_own_events_by_onset() -> None:
    found = detect(scores(dog=[0, 1, 0, 1], cat=[1, 1, 0, 0]), rules())
    assert [(event.label, event.onset) for event in found] == [(CAT, 0), (DOG, 1), (DOG, 3)]


def test_each_class_has_its_own_threshold() -> None:
    thresholds = all_at(0.8)
    thresholds[CAT] = 0.3
    found = detect(scores(dog=[0.5], cat=[0.5]), EventRules(AUDIOSET, thresholds, thresholds))
    assert [event.label for event in found] == [CAT]


def test_with_hysteresis_an_event_lasts_as_long_as_the_low_threshold_is_reached() -> None:
    column = [0.1, 0.3, 0.6, 0.3, 0.1, 0.3, 0.4, 0.3]
    assert times(detect(scores(dog=column), rules(0.5))) == [(2, 3)]
    assert times(detect(scores(dog=column), rules(0.5, 0.2))) == [(1, 4)]  # 0.4 begins none


def test_gaps_are_joined_up_to_their_length() -> None:
    table = scores(dog=[1, 0, 0.6, 0, 0, 0.7])
    assert times(detect(table, rules())) == [(0, 1), (2, 3), (5, 6)]
    (first, last) = detect(table, rules(gap=1.0))
    assert first == Event(DOG, 0, 3, 1.0) and last.onset == 5
    assert times(detect(table, rules(gap=2.0))) == [(0, 6)]


def test_only_events_are_joined_not_what_is_too_faint_to_be_one() -> None:
    table = scores(dog=[1, 0, 0.3, 0, 1])
    assert times(detect(table, rules(0.5, 0.2, gap=1.0))) == [(0, 1), (4, 5)]


def test_short_events_are_left_out_after_joining() -> None:
    table = scores(dog=[1, 0, 1, 0, 0, 1])
    assert times(detect(table, rules(minimum=3.0))) == []
    assert times(detect(table, rules(minimum=3.0, gap=1.0))) == [(0, 3)]


def test_lengths_are_not_at_the_mercy_of_rounding() -> None:
    table = scores(dog=[0, 1, 1, 1, 0, 0, 0, 1, 0])  # 0.1 s to 0.4 s, 0.7 s to 0.8 s
    tenths = TimeGrid(0.0, 0.1)
    assert len(detect(table, rules(minimum=0.3), tenths)) == 1
    assert len(detect(table, rules(gap=0.3), tenths)) == 1
    assert len(detect(table, rules(gap=0.29), tenths)) == 2


def test_median_takes_out_what_is_shorter_than_half_of_it() -> None:
    table = scores(dog=[0, 0, 1, 0, 0, 1, 1, 0, 0, 0], cat=[1, 1, 0, 1, 1, 1, 1, 1, 1, 1])
    found = detect(table, rules(median=3.0))
    assert [(event.label, event.onset, event.offset) for event in found] == [
        (CAT, 0, 10), (DOG, 5, 7)
    ]  # fmt: skip


def test_only_classes_that_are_wanted_are_found() -> None:
    found = detect(scores(dog=[1], cat=[1]), rules(classes=[CAT]))
    assert [event.label for event in found] == [CAT]


def test_score_of_a_segment_stands_around_its_centre() -> None:
    # Segments of 1 s, one every 0.2 s: the third one hears 0.4 to 1.4 s, its centre is at 0.9 s.
    grid = TimeGrid.of_segments(32000, 6400)
    (event,) = detect(scores(dog=[0, 0, 1, 0, 0, 0]), rules(), grid, duration=2.0)
    assert times([event]) == [(pytest.approx(0.8), pytest.approx(1.0))]


def test_first_and_last_score_stand_for_what_is_before_and_behind() -> None:
    grid = TimeGrid.of_segments(32000, 6400)
    found = detect(scores(dog=[1, 0, 0, 0, 0, 1]), rules(), grid, duration=2.07)
    assert times(found) == [(0.0, pytest.approx(0.6)), (pytest.approx(1.4), 2.07)]


def test_nothing_reaches_beyond_the_sound() -> None:
    grid = TimeGrid.of_segments(32000, 3200)  # of a sound of 0.2 s, padded to a segment
    assert times(detect(scores(dog=[1]), rules(), grid, duration=0.2)) == [(0.0, 0.2)]
    assert detect(scores(dog=[0, 1, 0]), rules(), grid, duration=0.2) == []


def test_a_sound_in_the_middle_is_found_in_the_middle() -> None:
    """Whatever the segment: it is heard by all segments that reach it, as many on both sides."""
    for segment, hop in [(32000, 3200), (64000, 6400), (16000, 16000), (9920, 320)]:
        starts = np.arange(0, 320000 - segment + 1, hop)
        heard = np.minimum(starts + segment, 176000) - np.maximum(starts, 144000)
        column = np.maximum(heard, 0) / 32000  # seconds of 4.5 to 5.5 s that each hears
        (event,) = detect(
            scores(dog=column), rules(0.01), TimeGrid.of_segments(segment, hop), duration=10.0
        )
        assert (event.onset + event.offset) / 2 == pytest.approx(5.0, abs=hop / 32000)


@settings(max_examples=60)
@given(
    column=st.lists(st.sampled_from([0.0, 0.3, 0.6, 0.9]), min_size=1, max_size=40),
    cuts=st.lists(st.integers(0, 40), max_size=6),
    median=st.sampled_from([0.0, 3.0, 5.0]),
    gap=st.sampled_from([0.0, 2.0]),
)
def test_events_do_not_depend_on_how_the_scores_are_cut(
    column: list[float], cuts: list[int], median: float, gap: float
) -> None:
    table = scores(dog=column, cat=column[::-1])
    which = rules(0.5, 0.2, median=median, gap=gap, minimum=2.0)
    for places in (sorted(cuts), range(1, len(column))):
        detector = Detector(which, SECONDS)
        for piece in np.split(table, places):
            detector.feed(piece)
        assert detector.events(len(column)) == detect(table, which)


@settings(max_examples=60)
@given(
    length=st.integers(1, 50),
    cuts=st.lists(st.integers(0, 50), max_size=6),
    half=st.integers(0, 7),
)
def test_running_median_is_the_median_at_once(length: int, cuts: list[int], half: int) -> None:
    table = np.random.default_rng(length).random((length, 3), np.float32)
    running = RunningMedian(2 * half + 1)
    pieces = [running.feed(piece) for piece in np.split(table, sorted(cuts))]
    last = running.finish()
    found = np.concatenate([*pieces, last] if last.size else pieces)
    expected = median_filter(table, (2 * half + 1, 1), mode="nearest")
    np.testing.assert_array_equal(found, expected)


def test_low_threshold_above_the_threshold_is_refused() -> None:
    low = all_at(0.2)
    low[DOG] = 0.6
    with pytest.raises(SettingsError, match=r"low threshold of Dog is 0.6, .* of 0.5; lower it"):
        EventRules(AUDIOSET, all_at(0.5), low)
    EventRules(AUDIOSET, all_at(0.5), low, classes=[CAT])  # dogs are not looked for


@pytest.mark.parametrize("name", ["median", "gap", "minimum"])
@pytest.mark.parametrize("length", [-0.1, float("nan"), float("inf")])
def test_lengths_that_cannot_be_are_refused(name: str, length: float) -> None:
    with pytest.raises(SettingsError, match=f"The {name} must be 0 seconds or more"):
        rules(**{name: length})


def test_all_classes_of_the_vocabulary_are_looked_for() -> None:
    birds = Vocabulary(("Blackbird", "Robin", "Wren"))
    half = np.full(3, 0.5, np.float32)
    table = np.array([[0, 0, 1], [0, 1, 1]], np.float32)
    found = detect(table, EventRules(birds, half, half))
    assert [(event.label, event.onset) for event in found] == [(2, 0.0), (1, 1.0)]
    found = detect(table, EventRules(birds, half, half, classes=[1]))
    assert [event.label for event in found] == [1]
    low = np.array([0.5, 0.6, 0.5], np.float32)
    with pytest.raises(SettingsError, match=r"low threshold of Robin is 0\.6"):
        EventRules(birds, half, low)
