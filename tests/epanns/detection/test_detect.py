"""From a file to events and figures, with a network that cannot err: it knows the sounds made here.

Its score of a segment is the share of the segment in which a sound is there. So with a threshold of
one half all is known beforehand: what lasts half a segment and more is found where it is.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from epanns.detection.detect import DetectionPlan, RecordingEvents, find_events
from epanns.detection.event_metrics import Tally, measure
from epanns.detection.events import Event, EventRules, TimeGrid
from epanns.detection.frame_scores import FrameScorer
from epanns.errors import AudioFileError
from epanns.files.process_pool import ProcessPool
from epanns.files.segments import segments
from epanns.files.task import Message, RecordingPart
from epanns.frontend.parameters import PANNS
from epanns.paths import SAMPLE
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.messages import Messages, by_recording, check_same, said_here
from tests.support.own_network import write_own_network

Floats = NDArray[np.float32]

RATE, SEGMENT, HOP = 32000, 32000, 3200
SINE, BEEP, NOISE = (AUDIOSET.index(name) for name in ("Sine wave", "Beep, bleep", "White noise"))
REFERENCE = [
    Event(SINE, 1.2, 2.6, 1.0),
    Event(BEEP, 2.2, 3.8, 1.0),  # over the end of the tone before
    Event(NOISE, 5.2, 5.8, 1.0),
    Event(NOISE, 7.3, 7.6, 1.0),  # less than half a segment: cannot be found
    Event(SINE, 9.2, 10.4, 1.0),  # these two come out as one
    Event(SINE, 10.6, 11.7, 1.0),
]


def write(path: Path, seconds: float = 13.0) -> Path:
    """The scene: tones of 1 and 3 kHz and noise."""
    random = np.random.default_rng(8)
    times = np.arange(round(seconds * RATE)) / RATE
    sounds = {
        SINE: 0.3 * np.sin(2 * np.pi * 1000 * times),
        BEEP: 0.3 * np.sin(2 * np.pi * 3000 * times),
        NOISE: random.normal(0, 0.05, len(times)),
    }
    waveform = np.zeros(len(times))
    for event in REFERENCE:
        there = (times >= event.onset) & (times < event.offset)
        waveform[there] += sounds[event.label][there]
    soundfile.write(path, waveform, RATE)
    return path


def knows(blocks: Iterable[Floats]) -> Iterator[Floats]:
    """Score segments: a tone is a line in the spectra of 10 ms, noise is what is at high ones."""
    for waveform in segments(blocks, SEGMENT, HOP):
        padded = np.pad(waveform, (0, SEGMENT - len(waveform)))
        spectra = np.abs(np.fft.rfft(padded.reshape(-1, 320)))
        scores = np.zeros((1, len(AUDIOSET)), np.float32)
        scores[0, SINE] = (spectra[:, 10] > 10).mean()
        scores[0, BEEP] = (spectra[:, 30] > 10).mean()
        scores[0, NOISE] = (spectra[:, 60:].mean(axis=1) > 0.3).mean()
        yield scores


SCORER = FrameScorer(knows, TimeGrid.of_segments(SEGMENT, HOP), PANNS)


def rules(minimum: float = 0.0) -> EventRules:
    half = np.full(len(AUDIOSET), 0.5, np.float32)
    return EventRules(AUDIOSET, half, half, minimum=minimum)


def find(path: Path, which: EventRules) -> RecordingEvents:
    *_, found = find_events(path, SCORER, which)
    assert isinstance(found, RecordingEvents)
    return found


def test_events_lie_where_they_are_in_the_file(tmp_path: Path) -> None:
    found = find(write(tmp_path / "scene.wav"), rules())
    expected = [*REFERENCE[:3], Event(SINE, 9.2, 11.7, 1.0)]
    assert found.seconds == 13.0 and not found.warnings
    assert [event.label for event in found.events] == [event.label for event in expected]
    for event, other in zip(found.events, expected, strict=True):
        assert event.onset == pytest.approx(other.onset, abs=HOP / RATE)
        assert event.offset == pytest.approx(other.offset, abs=HOP / RATE)


def test_figures_are_those_counted_by_hand(tmp_path: Path) -> None:
    found = find(write(tmp_path / "scene.wav"), rules())
    measured = measure([(REFERENCE, found.events)], [SINE, BEEP, NOISE])
    # Of 6 events the first 3 are found; the fourth is not, and the last 2 come as 1 that is none.
    assert measured.events == Tally(references=6, outputs=4, hits=3, deletions=3, insertions=1)
    assert measured.events.f1 == 2 * 3 / (6 + 4) and measured.events.error_rate == 4 / 6
    # Sine wave in the seconds 1, 2, 9, 10, 11, beep in 2, 3, noise in 5 and, not found, 7.
    assert measured.segments == Tally(references=9, outputs=8, hits=8, deletions=1)
    assert measured.segments.f1 == 2 * 8 / (9 + 8) and measured.segments.error_rate == 1 / 9
    assert measured.by_class[BEEP][1].f1 == 1.0


def test_short_ones_can_be_left_out(tmp_path: Path) -> None:
    found = find(write(tmp_path / "scene.wav"), rules(minimum=1.0))
    assert [event.label for event in found.events] == [SINE, BEEP, SINE]


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    *parts, _ = find_events(write(tmp_path / "scene.wav"), SCORER, rules())
    told = [(part.seconds, part.share) for part in parts if isinstance(part, RecordingPart)]
    assert told == sorted(told) and told[-1] == (13.0, 1.0) and len(told) == len(parts) > 5


def test_a_damaged_file_is_searched_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = write(tmp_path / "scene.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 2])
    found = find(tmp_path / "cut.wav", rules())
    assert found.seconds == pytest.approx(6.5, abs=0.01)
    assert [event.label for event in found.events] == [SINE, BEEP, NOISE]
    assert found.warnings


def test_what_is_no_sound_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(AudioFileError, match=r"text\.wav"):
        find(tmp_path / "text.wav", rules())


def plan(threshold: float = 0.3, classes: int = 527) -> DetectionPlan:
    vocabulary = AUDIOSET if classes == 527 else Vocabulary([f"{n}" for n in range(classes)])
    limits = np.full(classes, threshold, np.float32)
    return DetectionPlan(EventRules(vocabulary, limits, limits, gap=0.2), SEGMENT, 8000)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The sample, a scene, one that is cut off and one that is no sound."""
    folder = tmp_path_factory.mktemp("recordings")
    paths = [SAMPLE, write(folder / "scene.wav"), folder / "cut.wav", folder / "text.wav"]
    paths[2].write_bytes(paths[1].read_bytes()[:400_000])
    paths[3].write_text("no sound")
    return paths


@pytest.fixture(scope="module")
def expected(files: list[Path]) -> Messages:
    said = said_here(plan(), files)
    found = [message for messages in said.values() for message in messages]
    assert sum(isinstance(message, RecordingEvents) and len(message.events) for message in found)
    return said


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_find_what_one_process_finds(
    workers: int, files: list[Path], expected: Messages
) -> None:
    found, _ = by_recording(ProcessPool("starter", workers).run(plan(), files))
    check_same(found, expected)


def test_a_worker_that_is_killed_costs_its_recording_a_new_start(
    files: list[Path], expected: Messages
) -> None:
    pool = ProcessPool("starter", 2)
    killed: list[int] = []

    def disturbed() -> Iterator[tuple[Path, Message[RecordingEvents]]]:
        for path, message in pool.run(plan(), files):
            yield path, message
            if path == SAMPLE and not killed:
                for process in list(pool._workers):
                    killed.append(process._process.pid)
                    process._process.kill()

    found, begun = by_recording(disturbed())
    assert killed and 1 <= begun[SAMPLE] <= 2
    check_same(found, expected)


def test_a_cluster_finds_the_same(files: list[Path], expected: Messages) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    from epanns.files.dask_cluster import DaskPool

    with closing(DaskPool("starter", "local", 2)) as pool:
        found, _ = by_recording(pool.run(plan(), files))
    check_same(found, expected)


def test_a_network_of_ones_own_finds_its_own_classes(files: list[Path], tmp_path: Path) -> None:
    model = str(write_own_network(tmp_path / "birds.pth", converted=True))
    found, _ = by_recording(ProcessPool(model, 2).run(plan(0.5, 3), files[:2]))
    check_same(found, said_here(plan(0.5, 3), files[:2], model))
    last = found[files[1]][-1]
    assert isinstance(last, RecordingEvents)
    assert {event.label for event in last.events} <= {0, 1, 2} and last.events
