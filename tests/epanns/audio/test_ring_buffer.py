"""The ring buffer: what was written can be read, contiguous, numbered, and never torn."""

import threading
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epanns.audio.ring_buffer import Gap, RingBuffer, Stretch

sizes = st.lists(st.integers(0, 70), max_size=30)


def count_up(start: int, n: int) -> np.ndarray:
    """Samples that carry their own number."""
    return np.arange(start, start + n, dtype=np.float32)


@given(capacity=st.integers(1, 50), chunks=sizes, wanted=st.integers(1, 50))
def test_latest_is_the_newest_samples_whatever_the_chunks(
    capacity: int, chunks: list[int], wanted: int
) -> None:
    ring = RingBuffer(capacity)
    for chunk in chunks:
        ring.write(count_up(ring.position, chunk))
    wanted = min(wanted, capacity)

    stretch = ring.latest(wanted)

    assert ring.position == stretch.end == sum(chunks)
    assert stretch.waveform.dtype == np.float32
    assert stretch.waveform.size == min(wanted, sum(chunks))
    np.testing.assert_array_equal(stretch.waveform, count_up(stretch.start, stretch.waveform.size))


@given(capacity=st.integers(1, 50), chunks=sizes, position=st.integers(0, 2000))
def test_since_gives_all_from_a_position_or_what_is_left(
    capacity: int, chunks: list[int], position: int
) -> None:
    ring = RingBuffer(capacity)
    for chunk in chunks:
        ring.write(count_up(ring.position, chunk))

    stretch = ring.since(position)

    assert stretch.start == max(min(position, ring.position), ring.position - capacity, 0)
    np.testing.assert_array_equal(
        stretch.waveform, count_up(stretch.start, ring.position - stretch.start)
    )


def test_what_was_read_does_not_change_when_more_is_written() -> None:
    ring = RingBuffer(4)
    ring.write(count_up(0, 4))
    stretch = ring.latest(4)
    ring.write(count_up(4, 4))
    np.testing.assert_array_equal(stretch.waveform, [0, 1, 2, 3])


def test_a_gap_of_known_length_keeps_the_counter_true_and_is_never_part_of_a_segment() -> None:
    ring = RingBuffer(100)
    ring.write(count_up(0, 30))
    ring.mark_gap("microphone lost", samples=250)
    ring.write(np.full(5, 7, np.float32))

    assert ring.position == 285
    assert list(ring.gaps) == [Gap(30, 250, "microphone lost")]
    assert ring.gap_count == 1
    assert ring.latest(50).start == 280
    np.testing.assert_array_equal(ring.latest(50).waveform, np.full(5, 7))
    np.testing.assert_array_equal(ring.since(275).waveform, [0] * 5 + [7] * 5)


def test_gaps_of_one_kind_that_follow_each_other_are_one() -> None:
    ring = RingBuffer(100)
    ring.mark_gap("microphone lost", samples=10)
    ring.mark_gap("microphone lost", samples=20)
    ring.mark_gap("overflow")
    assert list(ring.gaps) == [Gap(0, 30, "microphone lost"), Gap(30, 0, "overflow")]
    assert ring.gap_count == 2


def test_a_gap_of_unknown_length_is_marked_and_does_not_cut_segments() -> None:
    ring = RingBuffer(100)
    ring.write(count_up(0, 30))
    ring.mark_gap("overflow")
    ring.write(count_up(30, 30))
    assert list(ring.gaps) == [Gap(30, 0, "overflow")]
    np.testing.assert_array_equal(ring.latest(40).waveform, count_up(20, 40))


@pytest.mark.parametrize("n", [0, -1, 11])
def test_asking_for_more_than_is_kept_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match=f"asked for {n} samples of a ring buffer of 10"):
        RingBuffer(10).latest(n)


def test_a_ring_buffer_needs_room() -> None:
    with pytest.raises(ValueError, match="at least 1 sample"):
        RingBuffer(0)


class Overtaken(RingBuffer):
    """A ring buffer whose writer comes round once while a reader copies."""

    overtake = 0

    def _copy(self, start: int, end: int) -> Stretch:
        self.write(count_up(self.position, self.overtake))
        self.overtake = 0
        return super()._copy(start, end)


@pytest.mark.parametrize("read", [lambda ring: ring.latest(60), lambda ring: ring.since(40)])
def test_a_reader_that_is_overtaken_while_it_copies_reads_again(
    read: Callable[[RingBuffer], Stretch],
) -> None:
    ring = Overtaken(100)
    ring.write(count_up(0, 100))
    ring.overtake = 150
    stretch = read(ring)
    np.testing.assert_array_equal(stretch.waveform, count_up(stretch.start, stretch.waveform.size))


class HalfWritten(RingBuffer):
    """A ring buffer whose writer has stored a piece and not moved on yet while a reader copies."""

    stored = 0

    def _copy(self, start: int, end: int) -> Stretch:
        self.position = max(self.position, self._reserved)  # the writer has moved on meanwhile
        if self.stored:
            self._reserved = self.position + self.stored
            at = self.position % self.capacity
            self._samples[at : at + self.stored] = np.nan
            self.stored = 0
        return super()._copy(start, end)


@pytest.mark.parametrize("read", [lambda ring: ring.latest(90), lambda ring: ring.since(5)])
def test_a_reader_never_keeps_what_is_being_overwritten(
    read: Callable[[RingBuffer], Stretch],
) -> None:
    ring = HalfWritten(100)
    ring.write(count_up(0, 100))
    ring.stored = 20
    stretch = read(ring)
    assert stretch.end == ring.position == 120
    assert stretch.start >= 20


def test_readers_and_a_writer_on_threads_of_their_own() -> None:
    ring = RingBuffer(1000)
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            numbers = np.arange(ring.position, ring.position + 37) % 2**20
            ring.write(numbers.astype(np.float32))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5000):
            stretch = ring.latest(900)
            expected = np.arange(stretch.start, stretch.end) % 2**20
            np.testing.assert_array_equal(stretch.waveform, expected)
    finally:
        done.set()
        writer.join()


def test_the_latest_until_a_sample() -> None:
    ring = RingBuffer(10)
    ring.write(np.arange(25, dtype=np.float32))
    assert ring.latest(4, until=20) == (16, pytest.approx([16, 17, 18, 19]))
    assert ring.latest(4, until=99).end == 25
    with pytest.raises(ValueError, match="sample 14 is no longer among the last 10"):
        ring.latest(4, until=18)


def test_a_reader_that_is_always_overtaken_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = RingBuffer(1000)
    ring.write(np.zeros(1000, np.float32))
    copy = ring._copy

    def overtaken(start: int, end: int) -> Stretch:
        stretch = copy(start, end)
        ring.write(np.zeros(1000, np.float32))
        return stretch

    monkeypatch.setattr(ring, "_copy", overtaken)
    with pytest.raises(ValueError, match="overwritten while they are copied"):
        ring.latest(100)
    assert ring.since(0).waveform.size == 0
