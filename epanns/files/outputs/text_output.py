"""Outputs of text: a table to read, JSON or CSV; to standard output or into a file."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TextIO

from epanns.console import forget_output
from epanns.errors import EpannsError, cause, writing
from epanns.files.outputs.best_classes import BestOfSegments
from epanns.files.outputs.output import (
    OutputError,
    ScoringRun,
    check_new,
    check_run,
    key_of,
    shown_name,
)
from epanns.files.segments import SegmentScores
from epanns.files.tagging import RecordingTags
from epanns.formatting import visible
from epanns.storage.atomic import replacing
from epanns.storage.file_state import FileState, is_outdated
from epanns.vocabulary.vocabulary import Vocabulary

Keep = Callable[[str, FileState | None], bool]  # by the name of a recording and what was read


class TextFormat(Protocol):
    """How recordings become text.

    Attributes:
        head: what stands first.
        vocabulary: the classes of the network.
    """

    head: str
    vocabulary: Vocabulary

    def pieces(self, path: Path, tags: RecordingTags, best: BestOfSegments) -> Iterator[str]:
        """A recording as text; `best` holds its segments if the run writes them."""

    def failure(self, path: Path, error: str) -> str:
        """A recording that cannot be read, as text; "" if the format leaves it out."""


class ResumableTextFormat(TextFormat, Protocol):
    """One that can be read back, so that a run can go on."""

    def copy(self, old: TextIO, new: TextIO, keep: Keep) -> Iterator[tuple[ScoringRun, str]]:
        """Copy the recordings to keep that are complete; yield the run and the name of each."""


class TextOutput:
    """Writes each recording once it is complete; see epanns.files.outputs.output.RecordingOutput.

    Args:
        form: the format of the text.
        run: what the recordings are scored with.
        file: what is written to; None for standard output, which stays open.
        done: the keys of recordings that it holds already.
    """

    def __init__(
        self, form: TextFormat, run: ScoringRun, file: TextIO | None, done: frozenset[str]
    ) -> None:
        self._form, self._run, self._file, self._done = form, run, file, done
        self._best: dict[Path, BestOfSegments] = {}

    def holds(self, path: Path) -> bool:
        """Whether a recording need not be done again."""
        return key_of(shown_name(path)) in self._done

    def add(self, path: Path, scores: SegmentScores) -> None:
        """Take some segments of a recording."""
        if scores.first == 0:
            self._best[path] = self._none()
        self._best[path].add(scores)

    def finish(self, path: Path, tags: RecordingTags) -> None:
        """Write a recording."""
        write_text(self._file, self._form.pieces(path, tags, self._best.pop(path, self._none())))

    def fail(self, path: Path, error: str) -> None:
        """Note that a recording cannot be read."""
        self._best.pop(path, None)
        write_text(self._file, [self._form.failure(path, error)])

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with writing(self._file.name, OutputError):
                self._file.close()

    def _none(self) -> BestOfSegments:
        return BestOfSegments(self._run.top_k, self._form.vocabulary)


def open_text(form: TextFormat, run: ScoringRun, out: Path | None) -> TextOutput:
    """A new output: a file, or standard output where `out` is None.

    Raises:
        OutputError: the file exists already, or cannot be written.
    """
    check_new(out)
    file: TextIO | None = None
    if out is not None:
        with writing(out, OutputError):
            file = out.open("x", encoding="utf-8", newline="")
    write_text(file, [form.head])
    return TextOutput(form, run, file, frozenset())


def reopen_text(
    form: ResumableTextFormat, run: ScoringRun, out: Path, recordings: Iterable[Path] = ()
) -> TextOutput:
    """Reopen an output to add to it.

    What was cut short or could not be read is removed from it, and which of the recordings of this
    run are to be read again.

    Raises:
        OutputError: the file has another format or is of another run, or cannot be written.
    """
    paths = {key_of(shown_name(path)): path for path in recordings}

    def keep(name: str, read: FileState | None) -> bool:
        path = paths.get(key_of(visible(name)))
        return path is None or not is_outdated(path, read)

    try:
        with writing(out, OutputError):
            with replacing(out) as draft:
                done = frozenset(_copied(form, run, out, draft, keep))
            file = out.open("a", encoding="utf-8", newline="")
    except EpannsError:
        raise
    except Exception as error:  # of what another program has written, anything
        raise OutputError(
            f"{out} cannot be gone on with, as it was not written like this ({cause(error)})."
        ) from None
    return TextOutput(form, run, file, done)


def _copied(
    form: ResumableTextFormat, run: ScoringRun, out: Path, draft: Path, keep: Keep
) -> Iterator[str]:
    """Copy what is complete and to be kept into a draft, and name it."""
    with (
        out.open(encoding="utf-8", errors="replace", newline="") as old,
        draft.open("w", encoding="utf-8", newline="") as new,
    ):
        new.write(form.head)
        for found, name in form.copy(old, new, keep):
            check_run(found, run, out)
            yield key_of(visible(name))


def write_text(file: TextIO | None, pieces: Iterable[str]) -> None:
    """Write pieces of text, and flush them; where that fails a file is as it was before.

    Args:
        file: None for standard output.
        pieces: the text.

    Raises:
        OutputError: the file cannot be written.
        OSError: standard output cannot; BrokenPipeError where no program reads it any more.
    """
    if file is None:
        _write_to(sys.stdout, pieces)  # which may be another one while a progress bar is shown
        return
    end = file.tell()
    with writing(file.name, OutputError):
        try:
            _write_to(file, pieces)
        except OSError:
            with suppress(OSError):  # a recording is there as a whole, or not at all
                os.truncate(file.name, end)
            forget_output(file)
            raise


def _write_to(file: TextIO, pieces: Iterable[str]) -> None:
    for piece in pieces:
        file.write(piece)
    file.flush()
