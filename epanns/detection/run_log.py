"""Which recordings of a run of detect are complete in a folder, so that the run can go on.

The formats of events belong to other tools and cannot say what the events were found with. A hidden
file of JSON lines in the folder does: first the run, then each file once it is complete.

    {"model": "starter", "format": "dcase", "segment": 1.0, ...}
    {"file": "street.wav.tsv", "bytes": 1234, "recording": [96044, 1764593757000000000]}

`recording` is the state of the recording's file (epanns/storage/file_state.py), null where not all
of it was read.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from epanns.errors import cause, writing
from epanns.files.outputs.output import OutputError
from epanns.storage.atomic import replacing
from epanns.storage.file_state import FileState, is_outdated

NAME = ".epanns-detect.jsonl"


class _Written(NamedTuple):
    """A file that the run has written: its bytes, and the state of the recording."""

    size: int
    recording: FileState | None


class RunLog:
    """The log of one run in a folder.

    Args:
        folder: where the files of the run are.
        run: what the events are found with, as JSON can hold it.
        resume: whether to go on with the log that is there, if any, or to begin anew.

    Raises:
        OutputError: it cannot be written, is damaged, or is of another run.
    """

    def __init__(self, folder: Path, run: Mapping[str, Any], resume: bool) -> None:
        self._folder, self._path = folder, folder / NAME
        about = json.loads(json.dumps(run))  # as it is when it is read back
        self._written = self._read(about) if resume else {}
        lines = [about, *(_line(*each) for each in self._written.items())]
        with writing(self._path, OutputError), replacing(self._path) as draft:
            draft.write_text(_text(lines), encoding="utf-8")

    def knows(self, file: Path) -> bool:
        """Whether this run has written a file, or was about to when it ended."""
        return self._name(file) in self._written

    def holds(self, file: Path, recording: Path) -> bool:
        """Whether a file is there as this run wrote it, and its recording as it was then."""
        written = self._written.get(self._name(file))
        try:
            if written is None or written.size != file.stat().st_size:
                return False
        except OSError:
            return False
        return not is_outdated(recording, written.recording)

    def add(self, file: Path, size: int, recording: FileState | None) -> None:
        """Note that a file of so many bytes is about to get its name.

        Args:
            file: the file.
            size: its bytes.
            recording: the state of the recording's file; None where not all of it was read.
        """
        written = self._written[self._name(file)] = _Written(size, recording)
        with writing(self._path, OutputError), self._path.open("a", encoding="utf-8") as log:
            log.write(_text([_line(self._name(file), written)]))

    def _name(self, file: Path) -> str:
        return file.relative_to(self._folder).as_posix()

    def _read(self, run: Mapping[str, Any]) -> dict[str, _Written]:
        """The files that are complete, by their names."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
            found, *files = (json.loads(line) for line in lines if line.endswith("\n"))
            about = dict(found)
            written = {each["file"]: _written(each) for each in files}
        except FileNotFoundError:
            return {}
        except Exception as error:  # of what another program has written, anything
            raise OutputError(
                f"{self._path} cannot be gone on with ({cause(error)}); leave out --resume."
            ) from None
        other = [name for name in {**run, **about} if about.get(name) != run.get(name)]
        if other:
            raise OutputError(
                f"{self._path.parent} holds events found with another {', '.join(other)}; go on"
                " with the same, or name another folder."
            )
        return written


def _written(line: Mapping[str, Any]) -> _Written:
    state = line.get("recording")
    return _Written(line["bytes"], state and FileState(*state))


def _line(name: str, written: _Written) -> dict[str, Any]:
    return {"file": name, "bytes": written.size, "recording": written.recording}


def _text(lines: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)
