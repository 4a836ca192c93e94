"""Processes that score recordings: the same results from any number, whatever becomes of them."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from epanns import AudioTagger, WeightsError
from epanns.files import process_pool
from epanns.files.process_pool import STARTS, ProcessPoolError, tag_files
from epanns.files.tagging import PartialScores, RecordingTags, ScoringPlan, tag_file
from epanns.isolated import Channel, IsolatedProcess

RATE = 16000
PLAN = ScoringPlan(scores=True)
Message = PartialScores | RecordingTags


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Recordings of several lengths, one of which cannot be read."""
    folder = tmp_path_factory.mktemp("recordings")
    numbers = np.random.default_rng(0)
    paths = [folder / f"{number}.wav" for number in range(6)]
    for path, seconds in zip(paths, (3.0, 40.0, 0.1, 7.7, 90.0, 1.0), strict=True):
        soundfile.write(path, numbers.normal(0, 0.1, round(seconds * RATE)), RATE)
    paths[2].write_bytes(b"no sound")
    return paths


@pytest.fixture(scope="module")
def expected(files: list[Path]) -> dict[Path, list[Message]]:
    """What one process says, this one."""
    tagger = AudioTagger("starter")
    return {path: list(tag_file(path, tagger, PLAN)) for path in files}


class Workers:
    """The processes that a pool has started."""

    def __init__(self) -> None:
        self.started: list[IsolatedProcess] = []

    def running(self) -> list[IsolatedProcess]:
        return [each for each in self.started if each._process.poll() is None]

    def kill(self) -> None:
        for each in self.running():
            each._process.kill()


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """Knows all workers; none of them may be left in the end."""
    found = Workers()

    def start(*arguments: Any, **options: Any) -> IsolatedProcess:
        found.started.append(IsolatedProcess(*arguments, **options))
        return found.started[-1]

    monkeypatch.setattr(process_pool, "IsolatedProcess", start)
    yield found
    assert not found.running()


def same(one: object, other: object) -> bool:
    if isinstance(one, tuple):
        return all(same(a, b) for a, b in zip(one, other, strict=True))  # type: ignore[call-overload]
    return np.array_equal(one, other)  # type: ignore[arg-type]


def check(
    found: Iterator[tuple[Path, Message]], expected: dict[Path, list[Message]]
) -> Counter[Path]:
    """Whether each file has all that it should; how often each was begun anew."""
    messages: dict[Path, list[Message]] = {}
    begun: Counter[Path] = Counter()
    for path, message in found:
        if isinstance(message, RecordingTags) and message.error:
            begun[path] += 1
        if isinstance(message, PartialScores) and message.scores.first == 0:
            begun[path] += 1
            messages[path] = []
        messages.setdefault(path, []).append(message)
    assert messages.keys() == expected.keys()
    for path, wanted in expected.items():
        assert all(same(a, b) for a, b in zip(messages[path], wanted, strict=True))
    return begun


@pytest.mark.parametrize("number", [1, 2, 9])
def test_any_number_of_workers_says_the_same(
    number: int, workers: Workers, files: list[Path], expected: dict[Path, list[Message]]
) -> None:
    begun = check(tag_files(files, PLAN, number), expected)
    assert begun == Counter(files)
    assert 1 <= len(workers.started) <= min(number, len(files))


def test_a_worker_that_is_killed_costs_its_file_a_new_start(
    workers: Workers, files: list[Path], expected: dict[Path, list[Message]]
) -> None:
    killed: list[Path] = []

    def disturbed() -> Iterator[tuple[Path, Message]]:
        for path, message in tag_files(files, PLAN, workers=2):
            yield path, message
            if path == files[4] and not killed:  # it has been at its file, and will be
                killed.append(path)
                workers.kill()

    begun = check(disturbed(), expected)
    assert killed
    assert 1 <= begun[files[4]] <= 2
    assert all(begun[path] <= 2 for path in files)


def test_workers_that_are_killed_before_they_begin_are_replaced(
    workers: Workers, files: list[Path], expected: dict[Path, list[Message]]
) -> None:
    messages = tag_files(files, PLAN, workers=2)
    first = next(messages)
    workers.kill()

    def all_of_them() -> Iterator[tuple[Path, Message]]:
        yield first
        yield from messages

    check(all_of_them(), expected)


def test_a_file_that_ends_every_process_is_given_up(workers: Workers, files: list[Path]) -> None:
    found: dict[Path, RecordingTags] = {}
    for path, message in tag_files(files, PLAN, workers=1):
        if isinstance(message, RecordingTags):
            found[path] = message
        elif path == files[4]:
            workers.kill()
    assert found[files[4]].error == (
        f"{files[4]} ended the process that read it 2 times: memory ran out, or it makes its"
        " decoder crash."
    )
    assert not any(found[path].error for path in (files[0], files[1], files[3], files[5]))


def serve_with_a_decoder_that_crashes(channel: Channel, plan: ScoringPlan) -> None:
    """What a worker does whose decoder ends it at files without sound."""
    from epanns.files import tagging

    length = tagging.length

    def crash(path: Path) -> float:
        if path.read_bytes() == b"no sound":
            os.abort()
        return length(path)

    tagging.length = crash
    process_pool.serve(channel, plan)


def test_a_decoder_that_crashes_costs_its_file_only(
    workers: Workers,
    files: list[Path],
    expected: dict[Path, list[Message]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    function = serve_with_a_decoder_that_crashes
    monkeypatch.setattr(process_pool, "SERVE", f"{__name__}:{function.__name__}")
    found = dict(tag_files(files, PLAN, workers=2))
    crashed = [each._process.returncode for each in workers.started].count(-signal.SIGABRT)
    assert crashed == 2
    for path, message in found.items():
        assert isinstance(message, RecordingTags)
        if path == files[2]:
            assert "ended the process that read it 2 times" in message.error
        else:
            assert same(message, expected[path][-1])
    assert capfd.readouterr().err == "", "the crash is told in a sentence"


def run_out_of_memory(plan: ScoringPlan) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_pool_that_can_start_no_worker_gives_up(
    workers: Workers, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_pool, "SERVE", f"{__name__}:{run_out_of_memory.__name__}")
    with pytest.raises(ProcessPoolError, match="No worker process can be started"):
        list(tag_files(files, PLAN, workers=2))
    assert len(workers.started) == STARTS


def test_a_worker_that_cannot_begin_says_why(
    workers: Workers, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_pool, "SERVE", "a_missing_module:serve")
    with pytest.raises(ProcessPoolError, match="a_missing_module does not load"):
        list(tag_files(files, PLAN, workers=2))
    assert len(workers.started) == 1


def test_whoever_stops_listening_leaves_no_process_behind(
    workers: Workers, files: list[Path]
) -> None:
    messages = tag_files(files, PLAN, workers=2)
    next(messages)
    assert workers.running()
    messages.close()
    assert not workers.running()


def test_a_network_that_is_not_there_is_said_once(
    workers: Workers, files: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match="There is no weights file"):
        list(tag_files(files, ScoringPlan(str(tmp_path / "none.pth")), workers=2))
    assert len(workers.started) == 1


def test_nothing_to_do_starts_nothing(workers: Workers) -> None:
    assert not list(tag_files([], ScoringPlan("not even a network")))
    assert not workers.started
