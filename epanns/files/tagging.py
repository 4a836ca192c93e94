"""Tags of a recording: which sounds are in it as a whole, of any length, in bounded memory."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from epanns.audio.level import dbfs
from epanns.audio.read import RecordingReader
from epanns.audio.selection import ALL, SoundSelection
from epanns.files.segments import SegmentScores, combined, score
from epanns.files.task import RecordingPart, RecordingResult
from epanns.frontend.parameters import SAMPLE_RATE

if TYPE_CHECKING:
    from epanns.tagger import AudioTagger

Floats = NDArray[np.float32]

AT_ONCE = 30 * SAMPLE_RATE  # samples of the longest recording that is scored at once, too


@dataclass(frozen=True, eq=False)
class RecordingTags(RecordingResult):
    """The scores of a recording as a whole, in the order of the network's vocabulary.

    Attributes:
        level: RMS in dBFS; -inf for digital silence.
        segments: how many were scored.
        mean: float32 (classes,) in [0, 1], the mean of the scores of its segments.
        max: float32 (classes,) in [0, 1], their maximum.
        at_once: float32 (classes,) in [0, 1], the scores of one pass over the whole recording, with
            zeros after one that is shorter than a segment; None for more than 30 s.
    """

    level: float
    segments: int
    mean: Floats
    max: Floats
    at_once: Floats | None

    @property
    def scores(self) -> Floats:
        """The recording's scores, float32 (classes,) in [0, 1]; see files.segments.combined."""
        return combined(self.mean, self.max)


@dataclass(frozen=True)
class ScoringPlan:
    """Which scores a run gives of each recording; an epanns.files.task.RecordingTask.

    Attributes:
        segment: samples at 32 kHz that are scored at a time.
        hop: samples from one segment to the next.
        tags: whether to score the recording at once, too.
        scores: whether to keep the scores of each segment.
        embeddings: whether to keep the embeddings of each segment.
        selection: what of a recording is scored.
    """

    segment: int = SAMPLE_RATE
    hop: int = SAMPLE_RATE
    tags: bool = True
    scores: bool = False
    embeddings: bool = False
    selection: SoundSelection = ALL

    def run(self, path: Path, tagger: "AudioTagger") -> Iterator[RecordingPart | RecordingTags]:
        """Score a recording."""
        classes = len(tagger.network.vocabulary)
        reader = RecordingReader(path, self.selection)
        sound = _MeasuredSound(reader)
        total = np.zeros(classes)
        highest: Floats = np.zeros(classes, np.float32)
        count = 0
        for scores in score(sound, tagger, self.segment, self.hop):
            for row in scores.scores:  # one by one, so that the sum is the same for any batch
                total += row
            highest = np.maximum(highest, scores.scores.max(axis=0))
            count += len(scores.scores)
            covered = min((count - 1) * self.hop + self.segment, reader.samples)
            seconds = covered / SAMPLE_RATE
            yield RecordingPart(seconds, reader.share(seconds), self._kept(scores))
        mean = (total / count).astype(np.float32)
        at_once = None
        if self.tags and reader.samples <= self.segment:
            at_once = mean  # one segment, the whole recording
        elif self.tags and reader.samples <= AT_ONCE:
            at_once = tagger.scores(tagger.at_own_rate(sound.beginning()[None]))[0]
        yield RecordingTags(
            reader.seconds, sound.level, count, mean, highest, at_once,
            warnings=reader.warnings, state=reader.state,
        )  # fmt: skip

    def _kept(self, scores: SegmentScores) -> SegmentScores | None:
        """The fields that are kept: scores may travel to another process."""
        if not (self.scores or self.embeddings):
            return None
        return scores._replace(
            scores=scores.scores if self.scores else scores.scores[:, :0],
            embeddings=scores.embeddings if self.embeddings else scores.embeddings[:, :0],
        )


class _MeasuredSound:
    """Passes sound on, measures it and keeps the first 30 s.

    Args:
        reader: float32 (samples,) blocks, and how many samples there have been.
    """

    def __init__(self, reader: RecordingReader) -> None:
        self._reader: Iterable[Floats] = reader
        self._samples = 0
        self._energy = 0.0
        self._beginning: list[Floats] = []

    def __iter__(self) -> Iterator[Floats]:
        for block in self._reader:
            self._samples += len(block)
            self._energy += float(np.square(block, dtype=np.float64).sum())
            if self._samples <= AT_ONCE:
                self._beginning.append(block)
            yield block

    @property
    def level(self) -> float:
        """RMS in dBFS of all that has passed."""
        return dbfs(math.sqrt(self._energy / self._samples))

    def beginning(self) -> Floats:
        """The first samples, float32 (samples,), up to 30 s."""
        return np.concatenate(self._beginning)
