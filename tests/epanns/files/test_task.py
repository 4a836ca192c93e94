"""What is said of a recording, whatever its file does to a decoder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from epanns.errors import AudioFileError, DiskFailureError
from epanns.files.task import (
    Message,
    RecordingFailure,
    RecordingPart,
    RecordingResult,
    run_task,
)

TAGGER: Any = None  # of no use here


class Failing:
    """Fails after a part."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    def run(self, path: Path, tagger: object) -> Iterator[RecordingPart | RecordingResult]:
        yield RecordingPart(1.0, 0.5)
        if self.error is not None:
            raise self.error
        yield RecordingResult(2.0)


def last(error: Exception | None, path: str = "a.wav") -> Message[RecordingResult]:
    first, message = run_task(Failing(error), Path(path), TAGGER)
    assert isinstance(first, RecordingPart)
    return message


def test_a_recording_ends_with_its_result() -> None:
    message = last(None)
    assert isinstance(message, RecordingResult) and message.seconds == 2.0


def test_what_cannot_be_read_has_its_own_sentence() -> None:
    assert last(AudioFileError("a.wav is damaged.")) == RecordingFailure("a.wav is damaged.")


def test_any_other_fault_is_said_with_the_file() -> None:
    message = last(ZeroDivisionError("by zero"))
    assert isinstance(message, RecordingFailure)
    assert message.error.startswith("a.wav: ") and "ZeroDivisionError: by zero" in message.error


def test_an_end_of_the_program_is_no_fault_of_a_file() -> None:
    with pytest.raises(KeyboardInterrupt):
        list(run_task(Failing(KeyboardInterrupt()), Path("a.wav"), TAGGER))  # type: ignore[arg-type]


def test_names_that_are_no_unicode_can_be_written() -> None:
    message = last(AudioFileError("caf\udce9.wav is damaged."), "caf\udce9.wav")
    assert message == RecordingFailure("caf\\udce9.wav is damaged.")


class FailingFirst(Failing):
    """Fails as long as there are errors left."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def run(self, path: Path, tagger: object) -> Iterator[RecordingPart | RecordingResult]:
        self.error = self.errors.pop(0) if self.errors else None
        return super().run(path, tagger)


def test_where_the_disk_fails_a_recording_is_started_again_once() -> None:
    first, second = DiskFailureError("a.wav: the share fails."), DiskFailureError("It fails again.")
    *parts, message = run_task(FailingFirst(first), Path("a.wav"), TAGGER)
    assert len(parts) == 2 and isinstance(message, RecordingResult)
    *parts, message = run_task(FailingFirst(first, second), Path("a.wav"), TAGGER)
    assert len(parts) == 2 and message == RecordingFailure("It fails again.")


def test_what_is_wrong_with_the_file_itself_is_not_tried_again() -> None:
    *parts, message = run_task(FailingFirst(AudioFileError("It is none.")), Path("a.wav"), TAGGER)
    assert len(parts) == 1 and message == RecordingFailure("It is none.")
