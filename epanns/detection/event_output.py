"""Where events are written: all recordings to standard output, or each to a file of its own."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from epanns.detection.detect import RecordingEvents
from epanns.detection.event_formats import FORMATS
from epanns.detection.run_log import RunLog
from epanns.errors import cause, writing
from epanns.files.outputs.output import OutputError, files_in, name_of, shown_name
from epanns.files.outputs.text_output import write_text
from epanns.files.segments import SegmentScores
from epanns.storage.atomic import replacing
from epanns.storage.existence import exists
from epanns.vocabulary.vocabulary import Vocabulary

NOT_OURS = "is there already and was not written by this run; move it, or write over it by --force."


class EventOutput:
    """Writes what was found in each recording; an epanns.files.outputs.output.RecordingOutput.

    Recordings go by the path that they were found under; in tables for DCASE by their name alone,
    unless two have the same.

    Args:
        form: a name from FORMATS.
        recordings: all recordings of the run.
        vocabulary: the classes of the events.
        folder: where a file for each is put, named after it (street.wav.tsv); made if need be.
            None for standard output.
        run: what the events are found with; noted in the folder.
        resume: whether to leave out recordings whose file the same run has written already.
        force: whether to write over files that are there.
        keep: recordings whose events are needed after the run, see `kept`.

    Attributes:
        kept: what was found in the recordings to keep, as far as they could be read.

    Raises:
        OutputError: the format cannot hold several recordings, a file is there already, or the
            folder cannot be written to.
    """

    def __init__(
        self,
        form: str,
        recordings: Sequence[Path],
        vocabulary: Vocabulary,
        folder: Path | None = None,
        run: Mapping[str, Any] | None = None,
        resume: bool = False,
        keep: Collection[Path] = (),
        force: bool = False,
    ) -> None:
        self._format, self._folder = FORMATS[form], folder
        self._vocabulary, self._keep = vocabulary, keep
        self._bare = self._format.bare and not _twice(recordings)
        self._begun = False
        self._log: RunLog | None = None
        self.kept: dict[Path, RecordingEvents] = {}
        self._files = check_recordings(form, recordings, folder, resume or force)
        if folder is not None:
            self._log = RunLog(folder, {"format": form, **(run or {})}, resume)
            for file in () if force else filter(exists, self._files.values()):
                if not self._log.knows(file):
                    raise OutputError(f"{file} {NOT_OURS}")

    def holds(self, path: Path) -> bool:
        """Whether the same run has written the file of a recording already."""
        return self._log is not None and self._log.holds(self._files[path], path)

    def add(self, path: Path, scores: SegmentScores) -> None:
        """Nothing: events come when a recording is complete."""

    def finish(self, path: Path, found: RecordingEvents) -> None:
        """Write what was found in a recording.

        Raises:
            OutputError: it cannot be written.
        """
        if path in self._keep:
            self.kept[path] = found
        called = Path(path.name) if self._bare else path
        name = name_of(called) if self._format.exact else shown_name(called)
        lines = list(self._format.lines(name, found, self._vocabulary))
        if self._format.head and (self._folder or not self._begun):
            lines.insert(0, self._format.head)
        self._begun = True
        text = "".join(f"{line}\n" for line in lines)
        if self._log is None:
            write_text(None, [text])
            return
        file = self._files[path]
        with writing(file, OutputError):
            file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(file) as draft:
                draft.write_text(text, encoding="utf-8")
                self._log.add(file, draft.stat().st_size, found.state)

    def fail(self, path: Path, error: str) -> None:
        """On standard output, in JSON, the reason takes the place of the recording.

        In a folder there is no file of it, nor one of an earlier run any more.
        """
        if self._folder is not None:
            with writing(self._files[path], OutputError):
                self._files[path].unlink(missing_ok=True)
        if self._format.failure and self._folder is None:
            write_text(None, [self._format.failure(name_of(path), error) + "\n"])

    def close(self) -> None:
        """Nothing: each recording has been written."""


def check_recordings(
    form: str, recordings: Sequence[Path], folder: Path | None, over: bool = False
) -> dict[Path, Path]:
    """Refuse what cannot be written as asked for; make the folder.

    Args:
        form: a name from FORMATS.
        recordings: all recordings of the run.
        folder: where a file for each is put; None for standard output.
        over: whether files may be there already.

    Returns:
        The file of each recording; none for standard output. Where two recordings have one name,
        the files are in folders like theirs.

    Raises:
        OutputError: the format cannot hold several recordings, a file is there already, or the
            folder cannot be made.
    """
    if folder is None:
        if not FORMATS[form].names and len(recordings) > 1:
            raise OutputError(
                f"The layout {form} is for one recording a file and there are"
                f" {len(recordings)}; name a folder by --into."
            )
        return {}
    files = files_in(folder, recordings, FORMATS[form].ending, flat=True)
    if not over and (there := next(filter(exists, files.values()), None)):
        raise OutputError(
            f"{there} is there already; go on by --resume, write over it by --force, or name"
            " another folder."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {cause(error)}.") from None
    return files


def _twice(recordings: Sequence[Path]) -> dict[str, int]:
    """The names that several recordings have, and how many have them."""
    names = Counter(path.name for path in recordings)
    return {name: times for name, times in names.items() if times > 1}
