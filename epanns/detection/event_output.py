"""Where events are written: all recordings to standard output, or each to a file of its own."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from epanns.detection.detect import RecordingEvents
from epanns.detection.formats import FORMATS
from epanns.files.outputs.output import OutputError, name_of


class EventOutput:
    """Writes what was found in one recording after the other.

    Recordings go by the path that they were found under; in tables for other tools (dcase, raven)
    by their name alone, unless two have the same.

    Args:
        form: a name from LAYOUTS.
        recordings: all that will be written.
        folder: where a file for each is put, called like it (street.wav.tsv); made if need be.
            None for standard output.

    Attributes:
        failures: how many recordings could not be read.

    Raises:
        OutputError: the layout cannot hold several recordings, two of them would be
            written to one file, or the folder cannot be made.
    """

    def __init__(self, form: str, recordings: Sequence[Path], folder: Path | None) -> None:
        self._form, self._layout, self._folder = form, FORMATS[form], folder
        names = Counter(path.name for path in recordings)
        twice = [name for name, times in names.items() if times > 1]
        self._bare = form in ("dcase", "raven") and not twice
        self._begun = False
        self.failures = 0
        if folder is None:
            if not self._layout.names and len(recordings) > 1:
                raise OutputError(
                    f"The layout {form} is for one recording a file and there are"
                    f" {len(recordings)}; name a folder by --into."
                )
            return
        if twice:
            raise OutputError(
                f"{names[twice[0]]} recordings are called {twice[0]}, so they cannot be written"
                " into one folder; leave out --into or name fewer."
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder} cannot be made: {error.strerror}.") from None

    def write(self, found: RecordingEvents) -> None:
        """Write what was found in a recording.

        Raises:
            OutputError: its file cannot be written.
        """
        name = name_of(Path(found.path.name) if self._bare else found.path)
        lines = list(self._layout.lines(name, found))
        if self._layout.head and (self._folder or not self._begun):
            lines.insert(0, self._layout.head)
        self._begun = True
        if self._folder is None:
            for line in lines:
                click.echo(line)
        else:
            path = self._folder / f"{found.path.name}{self._layout.ending}"
            try:
                path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            except OSError as error:
                raise OutputError(f"{path} cannot be written: {error.strerror}.") from None

    def fail(self, path: Path, reason: str) -> None:
        """Count a recording that could not be read; in JSON lines the reason takes its place."""
        self.failures += 1
        if self._form == "json" and self._folder is None:
            click.echo(json.dumps({"file": name_of(path), "error": reason}))
