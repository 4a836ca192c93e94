"""Processes that work on recordings: the same results from any number, whatever becomes of them."""

import itertools
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import pytest
import soundfile

from epanns import WeightsError
from epanns.child_process import Ended
from epanns.files import process_pool
from epanns.files.process_pool import STARTS, ProcessPool, ProcessPoolError
from epanns.files.tagging import RecordingTags, ScoringPlan
from epanns.files.task import Message, RecordingFailure
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.deadly_task import EndlessTask
from tests.support.messages import Messages, by_recording, check_same, said_here
from tests.support.own_network import NAMES, write_own_network

RATE = 16000
PLAN = ScoringPlan(scores=True)


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
def expected(files: list[Path]) -> Messages:
    return said_here(PLAN, files)


def processes(pool: ProcessPool) -> list[int]:
    return [process._process.pid for process in pool._workers]


def kill(pool: ProcessPool) -> None:
    for process in list(pool._workers):
        process._process.kill()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("workers", [1, 2, 9])
def test_any_number_of_workers_says_the_same(
    workers: int, files: list[Path], expected: Messages
) -> None:
    pool = ProcessPool("starter", workers)
    found, begun = by_recording(pool.run(PLAN, files))
    check_same(found, expected)
    assert begun == Counter(files)
    assert not pool._workers


def test_the_first_worker_says_which_network_it_is(files: list[Path], expected: Messages) -> None:
    with closing(ProcessPool("starter", 2)) as pool:
        ready = pool.ready()
        assert (ready.network.name, ready.remark) == ("starter", "")
        assert ready.network.vocabulary is AUDIOSET
        (worker,) = processes(pool)
        messages = pool.run(PLAN, files)
        next(messages)
        assert worker in processes(pool), "it works on, another would have to open the network, too"


def test_a_network_of_ones_own_brings_its_classes(files: list[Path], tmp_path: Path) -> None:
    model = str(write_own_network(tmp_path / "birds.pth"))
    with closing(ProcessPool(model)) as pool:
        assert pool.ready().network.vocabulary.names == NAMES
        found, _ = by_recording(pool.run(PLAN, files[:1]))
    tags = found[files[0]][-1]
    assert isinstance(tags, RecordingTags) and tags.scores.shape == (3,)
    check_same(found, said_here(PLAN, files[:1], model))


def test_a_worker_that_is_killed_costs_its_recording_a_new_start(
    files: list[Path], expected: Messages
) -> None:
    pool = ProcessPool("starter", 2)
    killed: list[Path] = []

    def disturbed() -> Iterator[tuple[Path, Message[Any]]]:
        for path, message in pool.run(PLAN, files):
            yield path, message
            if path == files[4] and not killed:  # it has been at its file, and will be
                killed.append(path)
                kill(pool)

    found, begun = by_recording(disturbed())
    check_same(found, expected)
    assert killed and 1 <= begun[files[4]] <= 2
    assert all(times <= 2 for times in begun.values())


def test_workers_that_are_killed_before_they_begin_are_replaced(
    files: list[Path], expected: Messages
) -> None:
    pool = ProcessPool("starter", 2)
    pool.ready()
    kill(pool)  # the only one, without a recording
    found, begun = by_recording(pool.run(PLAN, files))
    check_same(found, expected)
    assert begun == Counter(files)
    messages = pool.run(PLAN, files)
    first = next(messages)
    kill(pool)  # the second one is about to open the network

    def all_of_them() -> Iterator[tuple[Path, Message[Any]]]:
        yield first
        yield from messages

    found, _ = by_recording(all_of_them())
    check_same(found, expected)


def test_processes_that_cannot_be_started_are_given_up(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("epanns.files.process_pool.SERVE", "os:_exit")  # called with two: fails
    with pytest.raises(ProcessPoolError, match="argument"):
        ProcessPool("starter").ready()
    monkeypatch.setattr("epanns.files.process_pool.SERVE", "os:abort")
    with pytest.raises(ProcessPoolError):
        list(ProcessPool("starter").run(PLAN, files))


class Doomed:
    """A process that ends at once, as one that is killed for its memory does."""

    def __init__(self, *_: object, **__: object) -> None:
        STARTED.append(self)
        if len(STARTED) > 10:
            raise AssertionError("processes are started again without end")

    def listen(self, to: "Queue[tuple[Any, Any]]") -> None:
        to.put((self, Ended()))

    def end(self) -> None: ...


STARTED: list[Doomed] = []


def test_processes_that_die_before_they_have_opened_the_network_are_given_up(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("epanns.files.process_pool.ChildProcess", Doomed)
    for work in (
        lambda pool: pool.ready(),
        lambda pool: list(pool.run(PLAN, files)),
    ):
        STARTED.clear()
        with pytest.raises(ProcessPoolError, match="No worker process can be started"):
            work(ProcessPool("starter", 2))
        assert len(STARTED) == STARTS


def test_a_recording_that_ends_every_process_is_given_up(files: list[Path]) -> None:
    pool = ProcessPool("starter")
    last: dict[Path, Message[Any]] = {}
    for path, message in pool.run(PLAN, files):
        last[path] = message
        if path == files[4] and not isinstance(message, RecordingFailure):
            kill(pool)  # as a decoder does that crashes on it
    assert last[files[4]] == RecordingFailure(
        f"{files[4]} ended the process that read it 2 times: memory ran out, or it makes its"
        " decoder crash."
    )
    others = [last[path] for path in (files[0], files[1], files[3], files[5])]
    assert all(isinstance(message, RecordingTags) for message in others)


def test_a_run_that_is_left_leaves_no_process_behind(files: list[Path]) -> None:
    pool = ProcessPool("starter", 2)
    messages = pool.run(PLAN, files)
    next(messages)
    there = processes(pool)
    assert there
    messages.close()
    assert not any(map(is_alive, there))


def test_a_network_that_is_not_there_is_said_once(files: list[Path], tmp_path: Path) -> None:
    pool = ProcessPool(str(tmp_path / "none.pth"), 2)
    with pytest.raises(WeightsError, match="There is no weights file"):
        list(pool.run(PLAN, files))
    assert not pool._workers


def test_nothing_to_do_starts_nothing() -> None:
    assert not list(ProcessPool("not even a network").run(PLAN, []))


@pytest.mark.parametrize("workers", [1, 3])
def test_a_recording_without_end_is_given_up_and_the_others_are_done(
    files: list[Path], expected: Messages, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_pool, "PATIENCE", 3.0)
    pool = ProcessPool("starter", workers)
    found, _ = by_recording(pool.run(EndlessTask(files[1], PLAN), files))
    assert found[files[1]][-1] == RecordingFailure(
        f"{files[1]} gave nothing new for 3 s and was given up."
    )
    for path in (files[0], *files[3:]):
        assert isinstance(found[path][-1], RecordingTags), path
    assert not pool._workers


def test_a_program_that_stands_still_gives_up_nothing(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after Ctrl+Z: an hour passes between two looks at the clock."""
    clock = itertools.count(0.0, 3600.0)
    monkeypatch.setattr("epanns.files.process_pool.time.monotonic", lambda: next(clock))
    pool = ProcessPool("starter")
    found, _ = by_recording(pool.run(PLAN, files[:1]))
    assert isinstance(found[files[0]][-1], RecordingTags)
