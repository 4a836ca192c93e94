"""F1 and error rate as defined by Mesaros, Heittola and Virtanen (2016), against counts by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epanns.detection.event_metrics import EventMetrics, Tally, event_based, measure, segment_based
from epanns.detection.events import Event

A, B, C = 0, 1, 2


def events(*triples: tuple[int, float, float]) -> list[Event]:
    return [Event(label, onset, offset, 0.5) for label, onset, offset in triples]


# Second:     0  1  2  3  4
# reference   A  A  AB B  .
# system      A  .  A  C  C
# hits        1  0  1  0  0
# missed      0  1  1  1  0
# false       0  0  0  1  1
REFERENCE = events((A, 0.0, 2.5), (B, 2.2, 4.0))
SYSTEM = events((A, 0.3, 0.9), (A, 2.0, 2.6), (C, 3.1, 5.0))


def test_segments_are_counted_as_by_hand() -> None:
    tally = segment_based(REFERENCE, SYSTEM)
    assert tally == Tally(
        references=5, outputs=4, hits=2, substitutions=1, deletions=2, insertions=1
    )
    assert tally.precision == 2 / 4 and tally.recall == 2 / 5
    assert tally.f1 == pytest.approx(2 * 0.5 * 0.4 / 0.9)
    assert tally.error_rate == 4 / 5


def test_an_event_is_active_in_every_segment_that_it_touches() -> None:
    assert segment_based(events((A, 0.99, 2.01)), []).references == 3
    assert segment_based(events((A, 1.0, 2.0)), []).references == 1  # and in no other
    assert segment_based(events((A, 1.0, 2.0)), [], length=0.25).references == 4


def test_two_events_of_a_class_in_a_segment_count_once() -> None:
    assert segment_based(events((A, 0.1, 0.2), (A, 0.7, 0.8)), []).references == 1


def test_rounding_does_not_move_an_event_into_another_segment() -> None:
    onset = sum([0.1] * 10)  # 0.9999999999999999
    assert segment_based(events((A, onset, 3 * onset + 1e-9)), []).references == 2


def test_substitutions_need_a_miss_and_a_false_one_in_the_same_segment() -> None:
    apart = segment_based(events((A, 0.0, 1.0)), events((B, 1.0, 2.0)))
    assert (apart.substitutions, apart.deletions, apart.insertions) == (0, 1, 1)
    together = segment_based(events((A, 0.0, 1.0)), events((B, 0.0, 1.0)))
    assert (together.substitutions, together.deletions, together.insertions) == (1, 0, 0)


@pytest.mark.parametrize(
    ("onset", "offset", "share", "hit"),
    [
        (5.0, 7.0, 0.2, True),
        (5.2, 7.4, 0.2, True),  # just within: 200 ms, 20 % of 2 s
        (4.8, 6.6, 0.2, True),
        (5.21, 7.0, 0.2, False),  # the onset never has more than the collar
        (5.0, 7.41, 0.2, False),
        (5.0, 7.41, 0.5, True),  # half of 2 s
        (5.0, 8.01, 0.5, False),
        (5.0, 7.2, 0.0, True),  # the collar alone
        (5.0, 7.21, 0.0, False),
    ],
)
def test_an_event_agrees_within_the_collars(
    onset: float, offset: float, share: float, hit: bool
) -> None:
    tally = event_based(events((A, 5.0, 7.0)), events((A, onset, offset)), share=share)
    assert tally.hits == hit and tally.deletions == tally.insertions == (not hit)


def test_the_collar_of_a_short_event_is_200_ms() -> None:
    assert event_based(events((A, 1.0, 1.1)), events((A, 1.2, 1.3))).hits == 1
    assert event_based(events((A, 1.0, 1.1)), events((A, 1.0, 1.31))).hits == 0


def test_share_is_of_the_reference_not_of_the_system() -> None:
    assert event_based(events((A, 0.0, 1.0)), events((A, 0.0, 3.0)), share=0.5).hits == 0
    assert event_based(events((A, 0.0, 4.0)), events((A, 0.0, 2.0)), share=0.5).hits == 1


def test_events_are_counted_as_by_hand() -> None:
    reference = events((A, 0.0, 1.0), (B, 2.0, 3.0), (A, 5.0, 6.0), (B, 8.0, 9.0))
    system = events(
        (A, 0.1, 1.1),  # a hit
        (C, 2.1, 2.9),  # in place of B
        (A, 5.5, 6.0),  # too late: false, and one is missed
        (C, 20.0, 21.0),  # false
    )
    tally = event_based(reference, system)
    assert tally == Tally(
        references=4, outputs=4, hits=1, substitutions=1, deletions=2, insertions=2
    )
    assert tally.f1 == 2 * 1 / 8 and tally.error_rate == 5 / 4


def test_events_are_paired_so_that_most_are_hits() -> None:
    # Whoever gives 0.9 the first that fits it, 1.0, leaves 0.75 for 1.1, which it does not fit.
    reference = events((A, 0.9, 2.0), (A, 1.1, 2.0))
    system = events((A, 1.0, 2.0), (A, 0.75, 2.0))
    assert event_based(reference, system).hits == 2
    assert event_based(reference[::-1], system[::-1]).hits == 2


def test_hits_come_before_substitutions() -> None:
    tally = event_based(events((A, 1.0, 2.0), (B, 1.0, 2.0)), events((B, 1.0, 2.0)))
    assert (tally.hits, tally.substitutions, tally.deletions) == (1, 0, 1)


def test_each_event_counts_once() -> None:
    tally = event_based(events((A, 1.0, 2.0)), events((A, 1.0, 2.0), (A, 1.1, 2.1)))
    assert (tally.hits, tally.insertions) == (1, 1)


some_events = st.lists(
    st.builds(
        lambda label, onset, length: Event(label, onset / 10, (onset + length) / 10, 0.5),
        st.integers(0, 2),
        st.integers(0, 300),
        st.integers(1, 30),
    ),
    max_size=20,
)


@given(some_events, some_events)
def test_counts_add_up(reference: list[Event], system: list[Event]) -> None:
    for tally in (segment_based(reference, system), event_based(reference, system)):
        assert tally.references == tally.hits + tally.substitutions + tally.deletions
        assert tally.outputs == tally.hits + tally.substitutions + tally.insertions
        assert min(tally) >= 0


@given(some_events)
def test_what_is_the_same_has_no_errors(reference: list[Event]) -> None:
    for tally in (segment_based(reference, reference), event_based(reference, reference)):
        assert tally.hits == tally.references
        assert not reference or (tally.error_rate == 0.0 and tally.f1 == 1.0)


@given(some_events, some_events)
@settings(max_examples=30)
def test_far_apart_stretches_are_measured_as_if_alone(one: list[Event], other: list[Event]) -> None:
    moved = [event._replace(onset=event.onset + 100, offset=event.offset + 100) for event in other]
    reference, system = one + moved, one[1:] + moved[1:]
    together = event_based(reference, system)
    apart = event_based(one, one[1:]).plus(event_based(moved, moved[1:]))
    assert together == apart


def test_nothing_cannot_be_measured() -> None:
    for tally in (segment_based([], []), event_based([], [])):
        assert all(map(math.isnan, (tally.f1, tally.error_rate, tally.precision, tally.recall)))
    alone = event_based([], events((A, 0.0, 1.0)))
    assert alone.f1 == 0.0 and math.isnan(alone.error_rate) and alone.insertions == 1
    deaf = segment_based(events((A, 0.0, 1.0)), [])
    assert deaf.f1 == 0.0 and deaf.error_rate == 1.0 and math.isnan(deaf.precision)


def test_recordings_are_pooled_and_classes_measured_by_themselves() -> None:
    first = (events((A, 0.0, 1.0), (B, 0.0, 1.0)), events((A, 0.0, 1.0)))
    second = (events((B, 3.0, 4.0)), events((B, 3.0, 4.0), (C, 3.0, 4.0)))
    measured = measure([first, second], [A, B])
    assert isinstance(measured, EventMetrics)
    assert measured.events == Tally(references=3, outputs=2, hits=2, deletions=1)
    assert measured.segments == measured.events
    assert measured.by_class[A][1] == Tally(references=1, outputs=1, hits=1)
    assert measured.by_class[B][1] == Tally(references=2, outputs=1, hits=1, deletions=1)
    assert C not in measured.by_class


def test_thousands_of_events_are_no_burden() -> None:
    onsets = np.arange(5000) * 1.5
    reference = [Event(A, onset, onset + 1, 0.5) for onset in onsets]
    assert event_based(reference, reference).hits == 5000
