"""The way from recordings to an output, with workers that say what a test chooses."""

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from epanns.files.outputs.output import OutputError
from epanns.files.pipeline import opened, work
from epanns.files.process_pool import ProcessPool
from epanns.files.segments import SegmentScores
from epanns.files.task import (
    Message,
    RecordingFailure,
    RecordingPart,
    RecordingResult,
    RecordingTask,
    WorkerReady,
)
from tests.support.networks import STARTER

A, B, C = Path("a.wav"), Path("b\nb.wav"), Path("c.wav")
ROW = np.zeros((1, 3), np.float32)
SCORES = SegmentScores(0, 1, ROW, ROW, ROW[0, :1])
SAID: dict[Path, list[Message[RecordingResult]]] = {
    A: [RecordingPart(1.0, 0.5), RecordingResult(2.0)],
    B: [RecordingFailure("b\nb.wav is no sound file.")],
    C: [RecordingPart(1.0, 1.0, SCORES), RecordingResult(60.0, warnings=("It is cut off.",))],
}


class FakePool:
    """Says of each recording what SAID holds."""

    def ready(self) -> WorkerReady:
        return WorkerReady(STARTER, "")

    def run(
        self, task: RecordingTask[Any], paths: Iterable[Path]
    ) -> Generator[tuple[Path, Message[Any]], None, None]:
        for path in paths:
            for message in SAID[path]:
                yield path, message

    def close(self) -> None:
        pass


class NotedOutput:
    """Notes what it is given; holds a recording already, and may be full."""

    def __init__(self, held: Path | None = None, error: Exception | None = None) -> None:
        self.held, self.error = held, error
        self.calls: list[tuple[Any, ...]] = []

    def holds(self, path: Path) -> bool:
        return path == self.held

    def add(self, path: Path, scores: SegmentScores) -> None:
        self.calls.append(("add", path, scores))

    def finish(self, path: Path, result: RecordingResult) -> None:
        if self.error is not None:
            raise self.error
        self.calls.append(("finish", path, result.seconds))

    def fail(self, path: Path, error: str) -> None:
        self.calls.append(("fail", path, error))

    def close(self) -> None:
        self.calls.append(("close",))


TASK: Any = None  # of no use to a FakePool


def test_each_recording_reaches_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    output = NotedOutput()
    assert work([A, B, C], TASK, output, FakePool()) == 1
    assert output.calls == [
        ("finish", A, 2.0), ("fail", B, "b\nb.wav is no sound file."), ("add", C, SCORES),
        ("finish", C, 60.0), ("close",),
    ]  # fmt: skip
    said = capsys.readouterr().err.splitlines()
    assert said[:2] == ["b b.wav is no sound file.", "It is cut off."]
    assert said[2].startswith("2 recordings, 1 min 2 s of sound, in ")
    assert said[3:] == ["1 of 3 recordings could not be read."]


def test_what_the_output_holds_is_not_done_again(capsys: pytest.CaptureFixture[str]) -> None:
    output = NotedOutput(held=A)
    assert work([A, C], TASK, output, FakePool()) == 0
    assert [call[1] for call in output.calls[:-1]] == [C, C]
    assert capsys.readouterr().err.startswith("1 of 2 recordings are done already.\n")
    assert work([A], TASK, NotedOutput(held=A), FakePool()) == 0
    assert capsys.readouterr().err == "1 of 1 recordings are done already.\n"


@pytest.mark.parametrize("error", [OutputError("The disk is full."), BrokenPipeError()])
def test_an_output_that_fails_is_closed(error: Exception) -> None:
    output = NotedOutput(error=error)
    with pytest.raises(type(error)):
        work([A, C], TASK, output, FakePool())
    assert output.calls == [("close",)]


def test_workers_end_with_the_context(capsys: pytest.CaptureFixture[str]) -> None:
    with opened("starter", 1, None) as (pool, network):
        assert isinstance(pool, ProcessPool) and network.name == "starter"
        assert len(pool._workers) == 1
    assert not pool._workers and not capsys.readouterr().err


def test_how_the_network_was_opened_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    remark = "The network had to be converted."
    monkeypatch.setattr(ProcessPool, "ready", lambda _: WorkerReady(STARTER, remark))
    with opened("starter", 1, None):
        pass
    assert capsys.readouterr().err == f"{remark}\n"
