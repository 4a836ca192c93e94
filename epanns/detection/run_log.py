"""Which recordings of a run of detect are complete in a folder, so that the run can go on.

The formats of events belong to other tools and cannot say what the events were found with. A hidden
file of JSON lines in the folder does: first the run, then each file once it is complete.

    {"model": "starter", "format": "dcase", "segment": 1.0, ...}
    {"file": "street.wav.tsv", "bytes": 1234}
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from epanns.errors import writing
from epanns.files.outputs.output import OutputError
from epanns.storage.atomic import replacing

NAME = ".epanns-detect.jsonl"


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
        self._sizes = self._read(about) if resume else {}
        lines = [about, *(_line(name, size) for name, size in self._sizes.items())]
        with writing(self._path, OutputError), replacing(self._path) as draft:
            draft.write_text(_text(lines), encoding="utf-8")

    def knows(self, file: Path) -> bool:
        """Whether this run has written a file, or was about to when it ended."""
        return self._name(file) in self._sizes

    def holds(self, file: Path) -> bool:
        """Whether a file is there as this run wrote it."""
        try:
            return self._sizes.get(self._name(file)) == file.stat().st_size
        except OSError:
            return False

    def add(self, file: Path, size: int) -> None:
        """Note that a file of so many bytes is about to get its name."""
        self._sizes[self._name(file)] = size
        with writing(self._path, OutputError), self._path.open("a", encoding="utf-8") as log:
            log.write(_text([_line(self._name(file), size)]))

    def _name(self, file: Path) -> str:
        return file.relative_to(self._folder).as_posix()

    def _read(self, run: Mapping[str, Any]) -> dict[str, int]:
        """The sizes of the files that are complete, by their names."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
            found, *files = (json.loads(line) for line in lines if line.endswith("\n"))
            sizes = {each["file"]: each["bytes"] for each in files}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise OutputError(
                f"{self._path} cannot be gone on with ({error}); leave out --resume."
            ) from None
        other = [name for name in run if found.get(name) != run[name]]
        if other:
            raise OutputError(
                f"{self._path.parent} holds events found with another {', '.join(other)}; go on"
                " with the same, or name another folder."
            )
        return sizes


def _line(name: str, size: int) -> dict[str, Any]:
    return {"file": name, "bytes": size}


def _text(lines: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)
