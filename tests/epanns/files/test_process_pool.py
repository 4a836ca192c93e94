"""Processes that score recordings: the same results from any number, whatever becomes of them."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns import AudioTagger, WeightsError
from epanns.files.process_pool import tag_files
from epanns.files.tagging import PartialScores, RecordingTags, ScoringPlan, tag_file

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


@pytest.mark.parametrize("workers", [1, 2, 9])
def test_any_number_of_workers_says_the_same(
    workers: int, files: list[Path], expected: dict[Path, list[Message]]
) -> None:
    begun = check(tag_files(files, PLAN, workers), expected)
    assert begun == Counter(files)
    assert not multiprocessing.active_children()


def test_a_worker_that_is_killed_costs_its_file_a_new_start(
    files: list[Path], expected: dict[Path, list[Message]]
) -> None:
    killed: list[Path] = []

    def disturbed() -> Iterator[tuple[Path, Message]]:
        for path, message in tag_files(files, PLAN, workers=2):
            yield path, message
            if path == files[4] and not killed:  # it has been at its file, and will be
                killed.append(path)
                for process in multiprocessing.active_children():
                    process.kill()

    begun = check(disturbed(), expected)
    assert killed
    assert 1 <= begun[files[4]] <= 2
    assert all(begun[path] <= 2 for path in files)


def test_workers_that_are_killed_before_they_begin_are_replaced(
    files: list[Path], expected: dict[Path, list[Message]]
) -> None:
    messages = tag_files(files, PLAN, workers=2)
    first = next(messages)
    for process in multiprocessing.active_children():
        process.kill()

    def all_of_them() -> Iterator[tuple[Path, Message]]:
        yield first
        yield from messages

    check(all_of_them(), expected)


def test_a_file_that_ends_every_process_is_given_up(files: list[Path]) -> None:
    found: dict[Path, RecordingTags] = {}
    for path, message in tag_files(files, PLAN, workers=1):
        if isinstance(message, RecordingTags):
            found[path] = message
        elif path == files[4]:  # as a decoder does that crashes on it
            for process in multiprocessing.active_children():
                process.kill()
    assert found[files[4]].error == (
        f"{files[4]} ended the process that read it 2 times: memory ran out, or it makes its"
        " decoder crash."
    )
    assert not any(found[path].error for path in (files[0], files[1], files[3], files[5]))


def test_whoever_stops_listening_leaves_no_process_behind(files: list[Path]) -> None:
    messages = tag_files(files, PLAN, workers=2)
    next(messages)
    messages.close()
    assert not multiprocessing.active_children()


def test_a_network_that_is_not_there_is_said_once(files: list[Path], tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="There is no weights file"):
        list(tag_files(files, ScoringPlan(str(tmp_path / "none.pth")), workers=2))
    assert not multiprocessing.active_children()


def test_nothing_to_do_starts_nothing() -> None:
    assert not list(tag_files([], ScoringPlan("not even a network")))
