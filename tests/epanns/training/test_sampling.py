"""Which clips are drawn: evenly, rarer classes more often, and the same whoever asks when."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epanns.training.sampling import blended, by_class, in_passes

CLIPS = np.array([3, 5, 6, 10, 11, 12, 20], np.int64)
# Class 0 has six clips, class 2 two, class 3 one, class 1 none; clip 20 has no label.
TARGETS = np.array(
    [[1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 1, 0], [1, 0, 1, 1], [0] * 4],
    np.float32,
)


@given(seed=st.integers(0, 2**32 - 1))
def test_a_pass_draws_every_clip_once(seed: int) -> None:
    draw = in_passes(CLIPS, seed)
    for passed in range(3):
        assert {draw(7 * passed + place) for place in range(7)} == set(CLIPS)


def test_passes_differ_in_order() -> None:
    draw = in_passes(np.arange(30), seed=0)
    orders = {tuple(draw(30 * passed + place) for place in range(30)) for passed in range(5)}
    assert len(orders) == 5


@given(seed=st.integers(0, 2**32 - 1))
def test_every_class_is_drawn_as_often_and_its_clips_evenly(seed: int) -> None:
    draw = by_class(CLIPS, TARGETS, seed)
    drawn = Counter(draw(number) for number in range(3 * 12))  # twelve cycles of three classes
    # Class 0 draws each of its six clips twice, class 2 either of its two six times, and class 3
    # its only one twelve times.
    assert drawn == {3: 2, 5: 2, 6: 2, 10: 2, 11: 2 + 6, 12: 2 + 6 + 12}


def test_every_cycle_draws_every_class_once() -> None:
    draw = by_class(np.array([0, 1, 2, 3]), np.eye(4, dtype=np.float32), seed=3)
    cycles = [[draw(4 * cycle + place) for place in range(4)] for cycle in range(6)]
    assert all(sorted(cycle) == [0, 1, 2, 3] for cycle in cycles)
    assert len({tuple(cycle) for cycle in cycles}) > 1


def test_draws_do_not_depend_on_what_was_drawn_before() -> None:
    forth, back = by_class(CLIPS, TARGETS, seed=5), by_class(CLIPS, TARGETS, seed=5)
    numbers = range(200)
    assert [forth(n) for n in numbers] == [back(n) for n in reversed(numbers)][::-1]


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_draws_are_blended_by_a_share_without_leaving_any_out(share: float) -> None:
    draw = blended(lambda number: number, lambda number: -number - 1, share)
    drawn = [draw(number) for number in range(80)]
    first, second = [n for n in drawn if n >= 0], [-n - 1 for n in drawn if n < 0]
    assert first == list(range(round(80 * share)))
    assert second == list(range(80 - round(80 * share)))
    for start in range(0, 80, 4):  # evenly, not in blocks
        assert sum(n >= 0 for n in drawn[start : start + 4]) == 4 * share


def test_another_seed_draws_in_another_order() -> None:
    first, second = in_passes(np.arange(30), 0), in_passes(np.arange(30), 1)
    assert [first(n) for n in range(30)] != [second(n) for n in range(30)]
