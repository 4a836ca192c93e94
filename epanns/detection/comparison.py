"""Detected events compared with reference events of the same recordings."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from epanns.console import tell
from epanns.detection.detect import RecordingEvents
from epanns.detection.event_metrics import EventMetrics, measure
from epanns.detection.events import Event
from epanns.detection.reference import AnnotationError, assign, read_reference
from epanns.vocabulary.vocabulary import Vocabulary


class ReferenceComparison:
    """The reference events of a run; says on standard error which recordings cannot be compared.

    Args:
        path: the reference; see epanns.detection.reference.read_reference.
        recordings: all recordings of the run.
        vocabulary: the classes of the network.
        classes: indices of the classes to compare; None for all that the reference has.

    Attributes:
        expected: the reference events of each recording that the reference is about.
        labels: the classes that are compared.

    Raises:
        AnnotationError: the reference cannot be used, or is about none of the recordings.
    """

    def __init__(
        self,
        path: Path,
        recordings: Sequence[Path],
        vocabulary: Vocabulary,
        classes: Collection[int] | None = None,
    ) -> None:
        reference = read_reference(path, vocabulary)
        self.expected = assign(reference, recordings)
        labels = {event.label for events in reference.values() for event in events}
        self.labels = labels if classes is None else set(classes)
        here, files, named = len(self.expected), len(recordings), len(reference)
        if not here:
            raise AnnotationError(f"{path} names none of the recordings.")
        if here < files:
            tell(f"Not in {path}, so not compared: {files - here} of {files} recordings.")
        if here < named:
            tell(f"In {path}, but not here: {named - here} of {named} recordings.")

    def pairs(
        self, found: Mapping[Path, RecordingEvents]
    ) -> dict[Path, tuple[list[Event], list[Event]]]:
        """The events of the compared classes, in the reference and found, by recording."""
        return {
            path: (self._compared(expected), self._compared(found[path].events))
            for path, expected in self.expected.items()
            if path in found
        }

    def measure(self, found: Mapping[Path, RecordingEvents], share: float) -> EventMetrics:
        """Compare what was found with the reference.

        Args:
            found: by recording.
            share: see epanns.detection.event_metrics.event_based.
        """
        return measure(list(self.pairs(found).values()), self.labels, share)

    def _compared(self, events: Sequence[Event]) -> list[Event]:
        return [event for event in events if event.label in self.labels]
