"""Recordings as a table to read."""

from collections.abc import Iterator
from pathlib import Path

from epanns.audio.level import finite_dbfs
from epanns.files.outputs.best_classes import BestOfSegments, ranked
from epanns.files.outputs.output import ScoringRun, shown_name
from epanns.files.tagging import RecordingTags
from epanns.vocabulary.vocabulary import Vocabulary

HEADING = "  score   mean    max  at once\n"


class TextTable:
    """Turns recordings into a table; those that cannot be read are left out.

    Args:
        run: what the recordings are scored with.
        vocabulary: the classes of the network.
    """

    head = ""

    def __init__(self, run: ScoringRun, vocabulary: Vocabulary) -> None:
        self._run, self.vocabulary = run, vocabulary

    def pieces(self, path: Path, tags: RecordingTags, best: BestOfSegments) -> Iterator[str]:
        """A recording as text."""
        yield f"{shown_name(path)}  {tags.seconds:.1f} s, {finite_dbfs(tags.level):.0f} dBFS\n"
        if not self._run.segments:
            yield HEADING
            yield from self._rows(tags)
        else:
            for segment in best:
                top = ", ".join(f"{name} {score:.2f}" for name, score in segment.top)
                yield f"  {segment.start:8.2f} s {finite_dbfs(segment.level):4.0f} dBFS  {top}\n"
        yield "\n"

    def failure(self, path: Path, error: str) -> str:
        """No text: the program reports it on standard error."""
        return ""

    def _rows(self, tags: RecordingTags) -> Iterator[str]:
        for i in ranked(tags.scores, self._run.top_k):
            columns = f"{tags.scores[i]:7.2f}{tags.mean[i]:7.2f}{tags.max[i]:7.2f}"
            at_once = "" if tags.at_once is None else f"{tags.at_once[i]:.2f}"
            yield f"{columns}{at_once:>9}  {self.vocabulary.names[i]}\n"
