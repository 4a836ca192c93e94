"""The worker: the latest segment every hop, nothing queued, nothing across a gap."""

import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest

from epanns.audio.source import Source
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.live.worker import Worker
from epanns.prediction import Prediction
from epanns.runtimes.energy import EnergyMeter
from epanns.status import SourcePhase, SourceState
from tests.support.energy_counters import counter
from tests.support.networks import STARTER
from tests.support.waiting import wait_until

SEGMENT, HOP = 1.0, 0.1
BLOCK = SAMPLE_RATE // 50


class Hand(Source):
    """A source that is written to by the test."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class EchoTagger:
    """Scores a segment with its own first and last sample, as slowly as told."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def tag(self, waveform: np.ndarray, *, start: int) -> Prediction:
        time.sleep(self.seconds)
        scores = np.zeros(527, np.float32)
        scores[0], scores[1] = waveform[0], waveform[-1]
        return Prediction(start, start + waveform.size, scores, 0.0, self.seconds, STARTER)


@pytest.fixture
def published() -> "SimpleQueue[Prediction]":
    return SimpleQueue()


@pytest.fixture
def live(published: "SimpleQueue[Prediction]") -> Iterator[Worker]:
    live = Worker(SEGMENT, HOP, published.put, EnergyMeter())
    live.source = Hand("hand")
    live.tagger = EchoTagger()
    live.start()
    yield live
    live.stop()
    live.thread.join(5.0)
    assert not live.thread.is_alive()


def speak(live: Worker, seconds: float, value: float = 0.5, hurry: float = 5.0) -> None:
    """Write sound in blocks of 20 ms, faster than real time."""
    assert live.source is not None
    for _ in range(round(seconds * SAMPLE_RATE / BLOCK)):
        live.source.ring.write(np.full(BLOCK, value, np.float32))
        time.sleep(BLOCK / SAMPLE_RATE / hurry)


def drain(published: "SimpleQueue[Prediction]") -> list[Prediction]:
    time.sleep(0.6)  # sound that comes five times too fast is noticed late
    return [published.get() for _ in range(published.qsize())]


def test_segments_end_at_multiples_of_the_hop_whatever_the_blocks(
    live: Worker, published: "SimpleQueue[Prediction]"
) -> None:
    assert live.source is not None
    for samples in (777, 4096, 1111, 2500) * 8:
        live.source.ring.write(np.ones(samples, np.float32))
        time.sleep(0.03)
    ends = [prediction.end for prediction in drain(published)]
    assert len(ends) > 5
    assert all(end % round(HOP * SAMPLE_RATE) == 0 for end in ends), ends


def test_every_hop_the_latest_segment_is_scored(
    live: Worker, published: "SimpleQueue[Prediction]"
) -> None:
    speak(live, 4.0, hurry=2.0)
    predictions = drain(published)
    assert all(p.end - p.start == SAMPLE_RATE for p in predictions[8:])
    steps = np.diff([p.end for p in predictions])
    assert steps.mean() == pytest.approx(HOP * SAMPLE_RATE, rel=0.15)
    assert live.pace().updates_per_second > 0


def test_its_pace_tells_the_energy_of_an_update_where_that_can_be_measured(tmp_path: Path) -> None:
    count = counter(tmp_path, "intel-rapl:0", "package-0", 0)

    class Hungry(EchoTagger):
        def tag(self, waveform: np.ndarray, *, start: int) -> Prediction:
            count.write_text(str(int(count.read_text()) + 40_000))
            return super().tag(waveform, start=start)

    live = Worker(SEGMENT, HOP, lambda _: None, EnergyMeter(tmp_path))
    live.source, live.tagger = Hand("hand"), Hungry()
    live.start()
    speak(live, 1.5, hurry=2.0)
    wait_until(lambda: live.pace().updates_per_second > 0)
    live.stop()
    live.thread.join(5.0)
    assert live.pace().joules == pytest.approx(0.04)


def test_the_first_segment_is_scored_once_half_of_it_is_there(
    live: Worker, published: "SimpleQueue[Prediction]"
) -> None:
    speak(live, 0.4)
    assert drain(published) == []
    speak(live, 0.3)
    first = drain(published)[0]
    assert first.start == 0
    assert first.end >= SAMPLE_RATE // 2


@pytest.mark.parametrize("gap", [0, 2 * SAMPLE_RATE])
def test_less_than_half_a_segment_is_not_scored_however_coarse_the_input(
    live: Worker, published: "SimpleQueue[Prediction]", gap: int
) -> None:
    assert live.source is not None
    ring = live.source.ring
    if gap:
        ring.write(np.ones(SAMPLE_RATE, np.float32))
        published.get(timeout=30)
        ring.mark_gap("microphone lost", samples=gap)
    start = ring.position
    ring.write(np.ones(round(0.3 * SAMPLE_RATE), np.float32))
    time.sleep(0.3)  # in which it would be scored
    ring.write(np.ones(round(0.3 * SAMPLE_RATE), np.float32))
    assert published.get(timeout=30).end >= start + SAMPLE_RATE // 2


def test_a_slow_network_skips_segments_and_never_falls_behind(
    live: Worker, published: "SimpleQueue[Prediction]"
) -> None:
    live.tagger = EchoTagger(seconds=0.25)
    speak(live, 3.0, hurry=1.0)
    assert live.source is not None
    last = drain(published)[-1]
    assert live.source.ring.position - last.end < SAMPLE_RATE
    assert live.skipped >= 5


def test_segments_left_out_are_counted_and_the_one_at_hand_is_not(
    live: Worker, published: "SimpleQueue[Prediction]"
) -> None:
    assert live.source is not None
    ring = live.source.ring
    late = [np.ones(SAMPLE_RATE // 4, np.float32)]

    class Slow(EchoTagger):
        def tag(self, waveform: np.ndarray, *, start: int) -> Prediction:
            if late:
                ring.write(late.pop())  # two and a half hops pass while it scores
            return super().tag(waveform, start=start)

    live.tagger = Slow()
    ring.write(np.ones(SAMPLE_RATE, np.float32))
    first, second = published.get(timeout=30), published.get(timeout=30)
    assert (first.end, second.end) == (SAMPLE_RATE, round(1.2 * SAMPLE_RATE))
    assert live.skipped == 1


def test_no_segment_reaches_over_a_gap(live: Worker, published: "SimpleQueue[Prediction]") -> None:
    speak(live, 1.5, value=0.25)
    drain(published)
    skipped_before = live.skipped
    assert live.source is not None
    live.source.ring.mark_gap("microphone lost", samples=2 * SAMPLE_RATE)
    gap_end = live.source.ring.position
    speak(live, 1.5, value=0.75, hurry=1.0)
    after = drain(published)
    assert after[0].end >= gap_end + SAMPLE_RATE // 2, "it waits for half a segment"
    assert all(p.start >= gap_end and p.scores[0] == 0.75 for p in after)
    assert live.skipped == skipped_before


def test_no_segment_is_scored_twice_however_coarse_the_input(
    live: Worker, published: "SimpleQueue[Prediction]"
) -> None:
    assert live.source is not None
    for _ in range(12):
        live.source.ring.write(np.full(SAMPLE_RATE // 4, 0.5, np.float32))
        time.sleep(0.25)
    ends = [p.end for p in drain(published)]
    assert len(ends) == len(set(ends))
    assert live.skipped <= 1


def test_the_rest_of_a_source_that_ends_is_scored_however_short(
    live: Worker, published: "SimpleQueue[Prediction]"
) -> None:
    speak(live, 0.2)
    assert drain(published) == []
    assert not live.done
    assert live.source is not None
    live.source.state = SourceState(SourcePhase.ENDED)
    wait_until(lambda: live.done)
    (last,) = drain(published)
    assert (last.start, last.end) == (0, round(0.2 * SAMPLE_RATE))


def test_another_source_or_network_is_taken_up_while_live(
    live: Worker, published: "SimpleQueue[Prediction]"
) -> None:
    speak(live, 1.0, value=0.25)
    drain(published)
    live.source = Hand("other")
    speak(live, 1.0, value=0.75)
    after = drain(published)
    assert after[0].start == 0
    assert {float(p.scores[0]) for p in after} == {0.75}


def test_what_was_scored_of_a_source_that_was_replaced_meanwhile_is_not_published(
    live: Worker, published: "SimpleQueue[Prediction]"
) -> None:
    live.tagger = EchoTagger(seconds=0.5)
    speak(live, 0.6, hurry=1.0)
    time.sleep(0.1)
    live.source = Hand("other")
    assert drain(published) == []


def test_without_sound_nothing_is_scored(
    live: Worker, published: "SimpleQueue[Prediction]"
) -> None:
    speak(live, 1.0)
    drain(published)
    time.sleep(0.5)
    assert drain(published) == []


def test_a_network_that_fails_is_told_and_does_not_end_the_worker(
    live: Worker, published: "SimpleQueue[Prediction]"
) -> None:
    class Broken:
        def tag(self, waveform: np.ndarray, *, start: int) -> Prediction:
            raise MemoryError("no room")

    live.tagger = Broken()
    speak(live, 1.0)
    wait_until(lambda: live.failure == "Scoring failed (MemoryError: no room).")
    live.tagger = EchoTagger()
    drain(published)
    speak(live, 1.0)
    assert drain(published)


def test_a_segment_that_is_overwritten_while_it_is_copied_is_skipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def overwritten(*_: object) -> None:
        raise ValueError("the samples are overwritten while they are copied")

    source = Hand("by hand")
    source.ring.write(np.zeros(2 * SAMPLE_RATE, np.float32))
    monkeypatch.setattr(source.ring, "latest", overwritten)
    worker = Worker(SEGMENT, HOP, lambda _: None, EnergyMeter())
    assert worker._score(source, EchoTagger(), ended=False) > source.ring.position
    assert (worker.skipped, worker.failure) == (1, "")
