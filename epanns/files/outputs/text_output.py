"""Outputs of text: a table to read, JSON or CSV; to standard output or into a file."""

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol, TextIO

from epanns.files.outputs.best_classes import BestOfSegments
from epanns.files.outputs.output import (
    OutputError,
    ScoringRun,
    check_new,
    check_run,
    key_of,
    name_of,
    writing,
)
from epanns.files.segments import SegmentScores
from epanns.files.tagging import RecordingTags
from epanns.storage.atomic import replacing


class TextFormat(Protocol):
    """How recordings become text.

    Attributes:
        head: what stands first.
    """

    head: str

    def pieces(self, path: Path, tags: RecordingTags, best: BestOfSegments) -> Iterator[str]:
        """A recording as text; `best` holds its segments if they are wanted."""


class ResumableTextFormat(TextFormat, Protocol):
    """One that can be read back, so that a run can go on."""

    def copy(self, old: TextIO, new: TextIO) -> Iterator[tuple[ScoringRun, str]]:
        """Copy the recordings that are complete, saying of each its run and its name."""


class TextOutput:
    """Writes each recording once it is complete; see epanns.files.outputs.output.RecordingOutput.

    Args:
        form: what the text looks like.
        run: what the recordings are scored with.
        file: where it goes to; None for standard output, which stays open.
        done: the keys of recordings that stand in it.
    """

    def __init__(
        self, form: TextFormat, run: ScoringRun, file: TextIO | None, done: frozenset[str]
    ) -> None:
        self._form, self._run, self._file, self._done = form, run, file, done
        self._best: dict[Path, BestOfSegments] = {}

    def holds(self, path: Path) -> bool:
        """Whether a recording need not be done again."""
        return key_of(name_of(path)) in self._done

    def add(self, path: Path, scores: SegmentScores) -> None:
        """Take some segments of a recording."""
        if scores.first == 0:
            self._best[path] = BestOfSegments(self._run.top_k)
        self._best[path].add(scores)

    def finish(self, path: Path, tags: RecordingTags) -> None:
        """Write a recording."""
        best = self._best.pop(path, None) or BestOfSegments(self._run.top_k)
        _write(self._file, self._form.pieces(path, tags, best))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with writing(self._file.name):
                self._file.close()


def open_text(form: TextFormat, run: ScoringRun, out: Path | None) -> TextOutput:
    """An output that begins: a new file, or standard output.

    Raises:
        OutputError: the file is there already, or cannot be written.
    """
    check_new(out)
    file: TextIO | None = None
    if out is not None:
        with writing(out):
            file = out.open("x", encoding="utf-8", newline="")
    _write(file, [form.head])
    return TextOutput(form, run, file, frozenset())


def reopen_text(form: ResumableTextFormat, run: ScoringRun, out: Path) -> TextOutput:
    """An output that goes on; what was cut short or could not be read before is taken out of it.

    Raises:
        OutputError: the file is none of this form or of another run, or cannot be written.
    """
    try:
        with writing(out):
            with replacing(out) as draft:
                done = frozenset(_copied(form, run, out, draft))
            file = out.open("a", encoding="utf-8", newline="")
    except (ValueError, LookupError, TypeError, csv.Error) as error:
        raise OutputError(
            f"{out} cannot be gone on with, as it was not written like this ({error})."
        ) from None
    return TextOutput(form, run, file, done)


def _copied(form: ResumableTextFormat, run: ScoringRun, out: Path, draft: Path) -> Iterator[str]:
    """Copy what is complete into a draft, and name it."""
    with (
        out.open(encoding="utf-8", errors="replace", newline="") as old,
        draft.open("w", encoding="utf-8", newline="") as new,
    ):
        new.write(form.head)
        for found, name in form.copy(old, new):
            check_run(found, run, out)
            yield key_of(name)


def _write(file: TextIO | None, pieces: Iterable[str]) -> None:
    """Write pieces of text, and do not keep them back."""
    to = file or sys.stdout  # which may be another one while a progress bar is shown
    with writing(file.name if file else "The output"):
        for piece in pieces:
            to.write(piece)
        to.flush()
