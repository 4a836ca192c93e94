"""Recordings as JSON: one object a line.

    {"file": ..., "duration": 12.3, "level_dbfs": -31.0, "top": [[name, score], ...], ...}
    {"file": ..., "error": ...}

`top` is by the recording's score, which is the mean and the maximum over its segments averaged.
With it come `mean`, `max` and, up to 30 s, `at_once` (one pass over the whole recording), in the
same form; `warning` where something was wrong with the file; `bytes` and `modified_ns` of the file
if all of it was read; with segments the list `segments`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from epanns.audio.level import finite_dbfs
from epanns.audio.selection import SoundSelection
from epanns.files.outputs.best_classes import BestOfSegments, Label, exact, ranked
from epanns.files.outputs.output import ScoringRun, name_of
from epanns.files.outputs.text_output import Keep
from epanns.files.tagging import RecordingTags
from epanns.storage.file_state import FileState
from epanns.vocabulary.vocabulary import Vocabulary

BEGINNING = '{"file": '
SEGMENTS = ', "segments": ['  # cannot stand within a string, where quotation marks are escaped


class JsonLines:
    """Turns recordings into JSON, an epanns.files.outputs.text_output.ResumableTextFormat.

    Args:
        run: what the recordings are scored with.
        vocabulary: the classes of the network.
    """

    head = ""

    def __init__(self, run: ScoringRun, vocabulary: Vocabulary) -> None:
        self._run, self.vocabulary = run, vocabulary

    def pieces(self, path: Path, tags: RecordingTags, best: BestOfSegments) -> Iterator[str]:
        """A recording as text."""
        line = json.dumps(self._object(path, tags))
        if not self._run.segments:
            yield line + "\n"
            return
        yield line.removesuffix("}") + SEGMENTS
        separator = ""
        for segment in best:
            level = finite_dbfs(segment.level)
            yield separator + json.dumps(
                {"start": segment.start, "level_dbfs": level, "top": segment.top}
            )
            separator = ", "
        yield "]}\n"

    def failure(self, path: Path, error: str) -> str:
        """A recording that cannot be read, as text."""
        return json.dumps({"file": name_of(path), "error": error}) + "\n"

    def copy(self, old: TextIO, new: TextIO, keep: Keep) -> Iterator[tuple[ScoringRun, str]]:
        """Copy the recordings to keep that are complete, one at each step.

        Yields:
            What the recording was scored with, and its name.
        """
        for line in old:
            if not line.endswith("\n") and line[: len(BEGINNING)] == BEGINNING[: len(line)]:
                return  # the program was ended while it wrote
            head, segments, _ = line.partition(SEGMENTS)
            about = json.loads(head + "}" if segments else head)
            if "error" not in about and keep(about["file"], _state(about)):
                new.write(line)
                known = about["model"], about["segment"], about["hop"]
                written = bool(segments), len(about["top"]), SoundSelection.chosen(about)
                yield ScoringRun(*known, *written), about["file"]

    def _object(self, path: Path, tags: RecordingTags) -> dict[str, Any]:
        about: dict[str, Any] = {
            "file": name_of(path),
            "duration": round(tags.seconds, 3),
            "level_dbfs": finite_dbfs(tags.level),
            "top": self._top(tags.scores),
            "mean": self._top(tags.mean),
            "max": self._top(tags.max),
        }
        if tags.at_once is not None:
            about["at_once"] = self._top(tags.at_once)
        if tags.warnings:
            about["warning"] = " ".join(tags.warnings)
        if tags.state is not None:
            about |= tags.state._asdict()
        return about | self._run.about()

    def _top(self, scores: NDArray[np.float32]) -> list[Label]:
        names = self.vocabulary.names
        return [(names[i], exact(scores[i])) for i in ranked(scores, self._run.top_k)]


def _state(about: dict[str, Any]) -> FileState | None:
    """The state of the file of a recording, if all of it was read."""
    known = [about[name] for name in FileState._fields if name in about]
    return FileState(*known) if known else None
