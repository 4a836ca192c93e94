"""Sound that a stream has lost is found from when its blocks come."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from epanns.audio.stream_clock import LOSS, SETTLED, StreamClock, real_seconds

BLOCK = 0.05  # seconds


class Device:
    """A sound system: it buffers up to `room` seconds while the program stalls."""

    def __init__(self, room: float = 16.0) -> None:
        self.room = room
        self.now = 1000.0
        self.clock = StreamClock()
        self.written: list[int] = []  # numbers of the blocks
        self.gaps: list[tuple[int, float, bool]] = []  # before which block, how long, reported
        self._next = 0
        self.clock.begin(self.now)

    def play(self, seconds: float, jitter: float = 0.0, rate: float = 1.0) -> None:
        """Blocks at their pace, each at most `jitter` late."""
        random = np.random.default_rng(7)
        for _ in range(round(seconds / BLOCK)):
            self.now += BLOCK / rate
            self._take(self.now + jitter * random.random())

    def stall(self, seconds: float) -> None:
        """The program stands still; then all that was buffered comes at once."""
        blocks = round(seconds / BLOCK)
        kept = min(blocks, round(self.room / BLOCK))
        self.now += blocks * BLOCK
        for place in range(kept):
            self._take(self.now + 0.0002 * place)
        self._next += blocks - kept

    def lose(self, seconds: float) -> None:
        """Sound is lost; blocks go on coming."""
        self.now += seconds
        self._next += round(seconds / BLOCK)

    def _take(self, now: float) -> None:
        for due in self.clock.take(now, BLOCK, np.full((1, 1), self._next, np.float32)):
            number = int(due.block[0, 0])
            if due.missing is not None:
                self.gaps.append((number, due.missing, due.reported))
            self.written.append(number)
        self._next += 1

    def off(self) -> float:
        """By how many seconds the sound that is written differs from real time."""
        return abs(self.clock.filled - self.now)


def test_blocks_at_their_pace_are_written_at_once() -> None:
    device = Device()
    device.play(60.0, jitter=0.04)
    assert device.written == list(range(1200)) and not device.gaps


def test_a_stall_that_was_buffered_loses_nothing() -> None:
    device = Device()
    device.play(2.0)
    device.stall(5.0)
    device.play(2.0)
    assert device.written == list(range(len(device.written))) and not device.gaps
    assert device.off() < BLOCK


def test_what_was_not_buffered_is_one_gap_of_its_length_where_it_is_missing() -> None:
    device = Device(room=16.0)
    device.play(10.0)
    device.stall(60.0)
    device.play(5.0)
    ((before, missing, reported),) = device.gaps
    assert abs(missing - 44.0) <= LOSS and not reported
    kept = (10.0 + 16.0) / BLOCK
    assert abs(device.written.index(before) - kept) <= 2, "what was buffered comes before the gap"
    assert device.off() < BLOCK


def test_a_loss_without_a_stall_is_found_within_seconds() -> None:
    device = Device()
    device.play(5.0)
    device.lose(0.2)
    device.play(3.0)
    ((_, missing, _),) = device.gaps
    assert abs(missing - 0.2) <= LOSS and device.off() < BLOCK


def test_clocks_that_differ_a_little_lose_nothing() -> None:
    for rate in (1 - 1e-4, 1 + 1e-4):
        device = Device()
        device.play(3600.0, rate=rate)
        assert not device.gaps


def test_what_the_sound_system_reports_is_a_gap_even_if_its_length_is_not_known() -> None:
    device = Device()
    device.play(1.0)
    device.clock.suspect()
    device.play(1.0)
    assert device.gaps == [(20, 0.0, True)]
    device.clock.suspect()
    device.lose(1.0)
    device.play(1.0)
    ((_, missing, reported),) = device.gaps[1:]
    assert abs(missing - 1.0) <= LOSS and reported


def test_what_is_held_back_is_written_when_the_stream_ends() -> None:
    device = Device()
    device.play(1.0)
    device.now += 1.0
    device.play(SETTLED / 2)
    written = len(device.written)
    rest = device.clock.rest()
    assert written + len(rest) == 20 + round(SETTLED / 2 / BLOCK) and device.clock.rest() == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["play", "stall", "lose"]), st.floats(0.4, 30.0)),
        min_size=1,
        max_size=6,
    ),
    st.floats(0.1, 20.0),
)
def test_after_anything_the_clock_agrees_within_a_block_and_order_is_kept(
    happens: list[tuple[str, float]], room: float
) -> None:
    device = Device(room)
    device.play(2.0)
    for what, seconds in happens:
        getattr(device, what)(round(seconds / BLOCK) * BLOCK)
        device.play(3.0)
    assert device.off() <= BLOCK + 1e-6
    assert device.written == sorted(device.written)
    assert len(set(device.written)) == len(device.written)


def test_real_time_goes_on() -> None:
    assert real_seconds() <= real_seconds()
