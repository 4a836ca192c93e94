"""Recordings as CSV: a row a class, of the recording as a whole or of each of its segments.

A recording has a row for each of its best classes, which are `rank` 1 to `ranks`; or, with
segments, for each of those of each segment, which are `part` 1 to `parts`. `bytes` and
`modified_ns` are those of its file if all of it was read. One that cannot be read has a single row,
with `error`.
"""

import csv
import io
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

from epanns.audio.level import finite_dbfs
from epanns.audio.selection import SoundSelection, channel_choice
from epanns.files.outputs.best_classes import BestOfSegments, exact, ranked
from epanns.files.outputs.output import ScoringRun, shown_name
from epanns.files.outputs.text_output import Keep
from epanns.files.tagging import RecordingTags
from epanns.formatting import cell, text_of, visible
from epanns.storage.file_state import FileState
from epanns.vocabulary.vocabulary import Vocabulary

RANKED = ("rank", "ranks", "label", "score")
WHOLE = ("duration", "level_dbfs", *RANKED, "mean", "max", "at_once")
OF_SEGMENTS = ("part", "parts", "start", "level_dbfs", *RANKED)
SELECTION = ("track", "channel")
ENDING_COLUMNS = ("model", "segment", "hop", *SELECTION, *FileState._fields, "warning", "error")

Cells = dict[str, Any]


class CsvRows:
    """Turns recordings into rows of CSV, an epanns.files.outputs.text_output.ResumableTextFormat.

    Args:
        run: what the recordings are scored with.
        vocabulary: the classes of the network.
    """

    def __init__(self, run: ScoringRun, vocabulary: Vocabulary) -> None:
        self._run, self.vocabulary = run, vocabulary
        self._columns = ("file", *(OF_SEGMENTS if run.segments else WHOLE), *ENDING_COLUMNS)
        self.head = self._text(dict(zip(self._columns, self._columns, strict=True)))

    def pieces(self, path: Path, tags: RecordingTags, best: BestOfSegments) -> Iterator[str]:
        """A recording as text."""
        about: Cells = {"file": cell(shown_name(path)), "ranks": self._run.top_k}
        about |= {"warning": cell(visible(" ".join(tags.warnings))), **self._run.about()}
        about |= tags.state._asdict() if tags.state else {}
        for row in _of_segments(best) if self._run.segments else self._of_whole(tags):
            yield self._text(about | row)

    def failure(self, path: Path, error: str) -> str:
        """A recording that cannot be read, as text."""
        return self._text({"file": cell(shown_name(path)), "error": cell(visible(error))})

    def copy(self, old: TextIO, new: TextIO, keep: Keep) -> Iterator[tuple[ScoringRun, str]]:
        """Copy the recordings to keep that are complete, one at each step.

        Yields:
            What the recording was scored with, and its name.
        """
        reader = csv.DictReader(old)
        columns = tuple(reader.fieldnames or ())
        if not columns:  # the program was ended before it wrote anything
            return
        if columns != self._columns:
            raise ValueError(f"its columns are {', '.join(columns)}")
        for name, rows in groupby(reader, key=lambda row: row["file"]):
            place = new.tell()
            for row in rows:
                new.write(self._text(row))
            if _is_last(row) and keep(text_of(name), _state(row)):
                known = row["model"], float(row["segment"]), float(row["hop"])
                track = int(row["track"]) if row["track"] else None
                selection = SoundSelection(track, channel_choice(row["channel"]))
                run = ScoringRun(*known, self._run.segments, int(row["ranks"]), selection)
                yield run, text_of(name)
            else:
                new.seek(place)
                new.truncate()

    def _of_whole(self, tags: RecordingTags) -> Iterator[Cells]:
        about = {"duration": round(tags.seconds, 3), "level_dbfs": finite_dbfs(tags.level)}
        columns = {"score": tags.scores, "mean": tags.mean, "max": tags.max}
        if tags.at_once is not None:
            columns["at_once"] = tags.at_once
        for rank, index in enumerate(ranked(tags.scores, self._run.top_k), 1):
            values = {name: exact(scores[index]) for name, scores in columns.items()}
            yield about | {"rank": rank, "label": cell(self.vocabulary.names[index])} | values

    def _text(self, cells: Cells) -> str:
        """A row; cells that are not given stay empty."""
        text = io.StringIO()
        writer = csv.DictWriter(text, self._columns, lineterminator="\n")
        writer.writerow(cells)
        return text.getvalue()


def _of_segments(best: BestOfSegments) -> Iterator[Cells]:
    parts = len(best)
    for part, segment in enumerate(best, 1):
        about: Cells = {"part": part, "parts": parts}
        about |= {"start": segment.start, "level_dbfs": finite_dbfs(segment.level)}
        for rank, (label, score) in enumerate(segment.top, 1):
            yield about | {"rank": rank, "label": cell(label), "score": score}


def _is_last(row: Cells) -> bool:
    """Whether a row is the last one of a recording; not one that was cut off, nor an error."""
    parts = row.get("part"), row.get("parts")
    return row["error"] == "" and row["rank"] == row["ranks"] and parts[0] == parts[1]


def _state(row: Cells) -> FileState | None:
    """The state of the file of a recording, if all of it was read."""
    known = [row[name] for name in FileState._fields]
    return FileState(*map(int, known)) if all(known) else None
