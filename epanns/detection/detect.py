"""Find the events of one recording, from its file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from epanns.audio.read import RecordingReader
from epanns.audio.selection import ALL, SoundSelection
from epanns.detection.events import Detector, Event, EventRules
from epanns.detection.frame_scores import FrameScorer, frame_scorer
from epanns.files.task import RecordingPart, RecordingResult
from epanns.frontend.parameters import PANNS, SAMPLE_RATE, LogMelParameters

if TYPE_CHECKING:
    from epanns.tagger import AudioTagger


@dataclass(frozen=True, eq=False)
class RecordingEvents(RecordingResult):
    """What was found in a recording.

    Attributes:
        events: by onset.
        front_end: of the network that found them, which says what frequencies it takes.
        sample_rate: of the recording, in Hz, which says what frequencies it has.
    """

    events: list[Event]
    front_end: LogMelParameters = PANNS
    sample_rate: int = SAMPLE_RATE


@dataclass(frozen=True, eq=False)
class DetectionPlan:
    """How a run finds the events of each recording; an epanns.files.task.RecordingTask.

    Attributes:
        rules: what makes an event.
        segment: samples at 32 kHz scored at a time, where the network is not framewise.
        hop: samples from one segment to the next, at most a segment.
        selection: what of a recording is searched.
    """

    rules: EventRules
    segment: int
    hop: int
    selection: SoundSelection = ALL

    def run(self, path: Path, tagger: "AudioTagger") -> Iterator[RecordingPart | RecordingEvents]:
        """Find the events of a recording."""
        scorer = frame_scorer(tagger, self.segment, self.hop)
        return find_events(path, scorer, self.rules, self.selection)

    def about(self) -> dict[str, Any]:
        """All that decides which events are found, except the network, as JSON can hold it."""
        rules = self.rules
        return self.selection.about() | {
            "segment": self.segment / SAMPLE_RATE,
            "hop": self.hop / SAMPLE_RATE,
            "classes": [rules.vocabulary.names[index] for index in rules.indices],
            "threshold": rules.thresholds.tolist(),
            "low": rules.low.tolist(),
            "median filter": rules.median,
            "merge gap": rules.gap,
            "minimum duration": rules.minimum,
        }


def find_events(
    path: Path, scorer: FrameScorer, rules: EventRules, selection: SoundSelection = ALL
) -> Iterator[RecordingPart | RecordingEvents]:
    """Find the events in a file of any length, in bounded memory.

    Args:
        path: a file in any format that epanns/audio/decode.py reads.
        scorer: scores its sound over time.
        rules: what makes an event.
        selection: what of it is searched.

    Yields:
        Parts, which report the progress, then the events.

    Raises:
        AudioFileError: the file cannot be read.
    """
    reader = RecordingReader(path, selection)
    detector = Detector(rules, scorer.grid)
    for scores in scorer.score(reader):
        detector.feed(scores)
        yield RecordingPart(reader.seconds, reader.share(reader.seconds))
    events = detector.events(reader.seconds)
    yield RecordingEvents(
        reader.seconds, events, scorer.front_end, reader.sample_rate,
        warnings=reader.warnings, state=reader.state,
    )  # fmt: skip
