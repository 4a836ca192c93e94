"""The worker: the latest segment every hop, nothing queued, nothing across a gap."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest
from numpy.typing import NDArray

from epanns.audio.ring_buffer import RingBuffer
from epanns.audio.source import Source
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.live.worker import SHORTEST_WAIT, Worker
from epanns.prediction import Prediction
from epanns.runtimes.energy import EnergyMeter
from epanns.status import SourcePhase, SourceState
from tests.support.energy_counters import counter
from tests.support.networks import STARTER
from tests.support.waiting import wait_until

Floats = NDArray[np.float32]

SEGMENT, HOP = 1.0, 0.1
BLOCK = SAMPLE_RATE // 20
QUICK = 0.002  # seconds that a wait takes here, at most


class Hand(Source):
    """A source that is written to by the test."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class EchoTagger:
    """Scores a segment with its own first and last sample; something may happen meanwhile."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.meanwhile = meanwhile

    def tag(self, waveform: np.ndarray, *, start: int) -> Prediction:
        self.meanwhile()
        scores = np.zeros(527, np.float32)
        scores[0], scores[1] = waveform[0], waveform[-1]
        return Prediction(start, start + waveform.size, scores, 0.0, 0.01, STARTER)


class Waits(threading.Event):
    """The event that a worker waits for; it notes the waits and makes short work of them."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is not None:
            self.asked.append(timeout)
        return super().wait(QUICK)


class QuickWorker(Worker):
    """A worker whose clock is turned: it waits for sound as long as it takes to come here."""

    def __init__(self, publish: Callable[[Prediction], None], meter: EnergyMeter) -> None:
        super().__init__(SEGMENT, HOP, publish, meter)
        self._stopping = self.waits = Waits()

    def settle(self) -> None:
        """Wait until it has looked at all that there is now, and has nothing to do."""
        waits = len(self.waits.asked)  # the first wait to come may be for what was there before
        wait_until(lambda: len(self.waits.asked) > waits + 1, pause=QUICK)


@pytest.fixture
def published() -> "SimpleQueue[Prediction]":
    return SimpleQueue()


@pytest.fixture
def live(published: "SimpleQueue[Prediction]") -> Iterator[QuickWorker]:
    live = QuickWorker(published.put, EnergyMeter())
    live.source = Hand("hand")
    live.tagger = EchoTagger()
    live.start()
    yield live
    live.stop()
    live.thread.join(5.0)
    assert not live.thread.is_alive()


def speak(live: QuickWorker, seconds: float, value: float = 0.5, block: int = BLOCK) -> None:
    """Write sound in blocks, each once the worker is through with those before."""
    assert live.source is not None
    for _ in range(round(seconds * SAMPLE_RATE / block)):
        live.source.ring.write(np.full(block, value, np.float32))
        live.settle()


def drain(published: "SimpleQueue[Prediction]") -> list[Prediction]:
    """What was published since the last time."""
    return [published.get() for _ in range(published.qsize())]


def hear_one_of(late: list[Floats], ring: RingBuffer) -> None:
    if late:
        ring.write(late.pop())


def test_segments_end_at_multiples_of_the_hop_whatever_the_blocks(
    live: QuickWorker, published: "SimpleQueue[Prediction]"
) -> None:
    for samples in (777, 4096, 1111, 2500) * 8:
        speak(live, samples / SAMPLE_RATE, block=samples)
    ends = [prediction.end for prediction in drain(published)]
    assert len(ends) > 5
    assert all(end % round(HOP * SAMPLE_RATE) == 0 for end in ends), ends


def test_every_hop_the_latest_segment_is_scored(
    live: QuickWorker, published: "SimpleQueue[Prediction]"
) -> None:
    speak(live, 4.0)
    predictions = drain(published)
    assert all(p.end - p.start == SAMPLE_RATE for p in predictions[8:])
    hop = round(HOP * SAMPLE_RATE)
    assert [p.end for p in predictions] == list(range(SAMPLE_RATE // 2, 4 * SAMPLE_RATE + 1, hop))
    assert live.skipped == 0
    assert live.pace().updates_per_second > 0


def test_it_waits_no_longer_than_until_the_next_segment_is_due(live: QuickWorker) -> None:
    live.settle()
    assert max(live.waits.asked) == pytest.approx(SHORTEST_WAIT)
    live.waits.asked.clear()
    speak(live, 1.0)
    assert SEGMENT / 2 - 0.1 < max(live.waits.asked) <= SEGMENT / 2
    live.waits.asked.clear()
    speak(live, 1.0)
    assert HOP / 2 < max(live.waits.asked) <= HOP
    assert min(live.waits.asked) >= SHORTEST_WAIT


def test_its_pace_tells_the_energy_of_an_update_where_that_can_be_measured(tmp_path: Path) -> None:
    count = counter(tmp_path, "intel-rapl:0", "package-0", 0)

    def eat() -> None:
        count.write_text(str(int(count.read_text()) + 40_000))

    live = QuickWorker(lambda _: None, EnergyMeter(tmp_path))
    live.source, live.tagger = Hand("hand"), EchoTagger(eat)
    live.start()
    speak(live, 1.5)
    live.stop()
    live.thread.join(5.0)
    assert live.pace().joules == pytest.approx(0.04)


def test_the_first_segment_is_scored_once_half_of_it_is_there(
    live: QuickWorker, published: "SimpleQueue[Prediction]"
) -> None:
    speak(live, 0.4)
    assert drain(published) == []
    speak(live, 0.3)
    first = drain(published)[0]
    assert (first.start, first.end) == (0, SAMPLE_RATE // 2)


@pytest.mark.parametrize("gap", [0, 2 * SAMPLE_RATE])
def test_less_than_half_a_segment_is_not_scored_however_coarse_the_input(
    live: QuickWorker, published: "SimpleQueue[Prediction]", gap: int
) -> None:
    assert live.source is not None
    ring = live.source.ring
    if gap:
        speak(live, 1.0, block=SAMPLE_RATE)
        ring.mark_gap("microphone lost", samples=gap)
        drain(published)
    start = ring.position
    speak(live, 0.3, block=round(0.3 * SAMPLE_RATE))
    assert drain(published) == []
    speak(live, 0.3, block=round(0.3 * SAMPLE_RATE))
    assert drain(published)[0].end >= start + SAMPLE_RATE // 2


def test_a_slow_network_skips_segments_and_never_falls_behind(
    live: QuickWorker, published: "SimpleQueue[Prediction]"
) -> None:
    assert live.source is not None
    ring = live.source.ring
    late = [np.ones(SAMPLE_RATE // 4, np.float32)] * 12  # two and a half hops each
    live.tagger = EchoTagger(lambda: hear_one_of(late, ring))
    ring.write(np.ones(SAMPLE_RATE, np.float32))
    wait_until(lambda: not late)
    live.settle()
    ends = [prediction.end / SAMPLE_RATE for prediction in drain(published)]
    assert ends == pytest.approx([1.0, *(1.2 + 0.5 * i + j for i in range(6) for j in (0, 0.3))])
    assert live.skipped == 6 * (1 + 2)


def test_segments_left_out_are_counted_and_the_one_at_hand_is_not(
    live: QuickWorker, published: "SimpleQueue[Prediction]"
) -> None:
    assert live.source is not None
    ring = live.source.ring
    late = [np.ones(SAMPLE_RATE // 4, np.float32)]  # two and a half hops
    live.tagger = EchoTagger(lambda: hear_one_of(late, ring))
    ring.write(np.ones(SAMPLE_RATE, np.float32))
    first, second = published.get(timeout=30), published.get(timeout=30)
    assert (first.end, second.end) == (SAMPLE_RATE, round(1.2 * SAMPLE_RATE))
    assert live.skipped == 1


def test_no_segment_reaches_over_a_gap(
    live: QuickWorker, published: "SimpleQueue[Prediction]"
) -> None:
    speak(live, 1.5, value=0.25)
    drain(published)
    assert live.source is not None
    live.source.ring.mark_gap("microphone lost", samples=2 * SAMPLE_RATE)
    gap_end = live.source.ring.position
    speak(live, 1.5, value=0.75)
    after = drain(published)
    assert after[0].end >= gap_end + SAMPLE_RATE // 2, "it waits for half a segment"
    assert all(p.start >= gap_end and p.scores[0] == 0.75 for p in after)
    assert live.skipped == 0


def test_no_segment_is_scored_twice_however_coarse_the_input(
    live: QuickWorker, published: "SimpleQueue[Prediction]"
) -> None:
    speak(live, 3.0, block=SAMPLE_RATE // 4)
    ends = [p.end for p in drain(published)]
    assert len(ends) > 5
    assert len(ends) == len(set(ends))


def test_the_rest_of_a_source_that_ends_is_scored_however_short(
    live: QuickWorker, published: "SimpleQueue[Prediction]"
) -> None:
    speak(live, 0.2)
    assert drain(published) == []
    assert not live.done
    assert live.source is not None
    live.source.state = SourceState(SourcePhase.ENDED)
    wait_until(lambda: live.done)
    live.settle()
    (last,) = drain(published)
    assert (last.start, last.end) == (0, round(0.2 * SAMPLE_RATE))


def test_another_source_or_network_is_taken_up_while_live(
    live: QuickWorker, published: "SimpleQueue[Prediction]"
) -> None:
    speak(live, 1.0, value=0.25)
    drain(published)
    live.source = Hand("other")
    speak(live, 1.0, value=0.75)
    after = drain(published)
    assert after[0].start == 0
    assert {float(p.scores[0]) for p in after} == {0.75}


def test_what_was_scored_of_a_source_that_was_replaced_meanwhile_is_not_published(
    live: QuickWorker, published: "SimpleQueue[Prediction]"
) -> None:
    scored: list[str] = []

    def replace() -> None:
        live.source = Hand("other")
        scored.append("the old one")

    live.tagger = EchoTagger(replace)
    speak(live, 0.6, block=round(0.6 * SAMPLE_RATE))
    assert scored == ["the old one"]
    assert drain(published) == []


def test_without_sound_nothing_is_scored(
    live: QuickWorker, published: "SimpleQueue[Prediction]"
) -> None:
    speak(live, 1.0)
    assert drain(published)
    for _ in range(20):
        live.settle()
    assert drain(published) == []


def test_a_network_that_fails_is_told_and_does_not_end_the_worker(
    live: QuickWorker, published: "SimpleQueue[Prediction]"
) -> None:
    class Broken:
        def tag(self, waveform: np.ndarray, *, start: int) -> Prediction:
            raise MemoryError("no room")

    live.tagger = Broken()
    speak(live, 1.0)
    assert live.failure == "Scoring failed (MemoryError: no room)."
    assert drain(published) == []
    live.tagger = EchoTagger()
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
