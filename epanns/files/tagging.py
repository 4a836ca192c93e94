"""Tags of a recording: which sounds are in it as a whole, of any length, in bounded memory."""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from epanns.audio.level import dbfs
from epanns.errors import EpannsError, reason, writable
from epanns.files.read import blocks, length
from epanns.files.segments import SegmentScores, score
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.vocabulary.audioset import AUDIOSET

if TYPE_CHECKING:
    from epanns.tagger import AudioTagger

Floats = NDArray[np.float32]

AT_ONCE = 30 * SAMPLE_RATE  # samples of the longest recording that is scored at once, too


class ScoringPlan(NamedTuple):
    """What is done with every recording of a run.

    Attributes:
        model: a name from the zoo or the path of a weights file.
        segment: samples at 32 kHz that are scored at a time.
        hop: samples from one segment to the next.
        tags: whether scores of the recording as a whole are wanted.
        scores: whether those of each segment are.
        embeddings: whether embeddings of each segment are.
    """

    model: str = "starter"
    segment: int = SAMPLE_RATE
    hop: int = SAMPLE_RATE
    tags: bool = True
    scores: bool = False
    embeddings: bool = False


class PartialScores(NamedTuple):
    """Some more of a recording has been scored.

    Attributes:
        seconds: how much of it has been scored until now.
        share: which share of it that is, as far as can be told, 0 to 1.
        scores: those of the segments since the part before, with the fields that are wanted; its
            `first` is 0 where a recording begins, and where it begins anew.
    """

    seconds: float
    share: float
    scores: SegmentScores


class RecordingTags(NamedTuple):
    """A recording as a whole.

    Attributes:
        seconds: how long it is.
        level: RMS in dBFS; -inf for digital silence.
        segments: how many were scored.
        mean: float32 (527,), the mean of the scores of its segments.
        max: float32 (527,), their maximum.
        at_once: float32 (527,), the scores of one pass over the whole recording, with zeros behind
            one that is shorter than a segment; None for more than 30 s.
        warnings: a sentence for each thing that was wrong with the file.
        error: why it could not be read, one sentence; then nothing else counts. "" if it could.
    """

    seconds: float
    level: float
    segments: int
    mean: Floats
    max: Floats
    at_once: Floats | None
    warnings: tuple[str, ...] = ()
    error: str = ""

    @property
    def scores(self) -> Floats:
        """One score (527,) for the recording: mean and maximum averaged, as evaluate has it."""
        combined: Floats = (self.mean + self.max) / np.float32(2)
        return combined


def failed(error: str) -> RecordingTags:
    """What there is to say of a file that cannot be read."""
    nothing = np.zeros(len(AUDIOSET), np.float32)
    return RecordingTags(0.0, -math.inf, 0, nothing, nothing, None, error=writable(error))


def tag_file(
    path: Path, tagger: "AudioTagger", plan: ScoringPlan
) -> Iterator[PartialScores | RecordingTags]:
    """Score a recording.

    The results depend on the file, the network and the plan, and on nothing else: not on what was
    scored before, nor on which process does it.

    Yields:
        Parts, then its Tags. A file that cannot be read gives Tags with the reason.
    """
    try:
        yield from _tag(path, tagger, plan)
    except EpannsError as error:
        yield failed(str(error))
    except Exception as error:  # one file that a decoder stumbles over must not end hours of work
        yield failed(f"{path}: {reason(error)}")


def _tag(
    path: Path, tagger: "AudioTagger", plan: ScoringPlan
) -> Iterator[PartialScores | RecordingTags]:
    promised = length(path)
    warnings: list[str] = []
    sound = _MeasuredSound(blocks(path, warnings=warnings))
    total = np.zeros(len(AUDIOSET))
    highest: Floats = np.zeros(len(AUDIOSET), np.float32)
    count = 0
    for scores in score(sound, tagger, plan.segment, plan.hop):
        for row in scores.scores:  # one after the other, so that the sum is the same for any batch
            total += row
        highest = np.maximum(highest, scores.scores.max(axis=0))
        count += len(scores.scores)
        heard = min((count - 1) * plan.hop + plan.segment, sound.samples)
        seconds = heard / SAMPLE_RATE
        yield PartialScores(
            seconds, min(seconds / promised, 1.0) if promised else 0.0, _wanted(scores, plan)
        )
    mean = (total / count).astype(np.float32)
    at_once = None
    if plan.tags and sound.samples <= plan.segment:
        at_once = mean  # one segment, the whole recording
    elif plan.tags and sound.samples <= AT_ONCE:
        at_once = tagger.scores(sound.beginning()[None])[0]
    seconds = sound.samples / SAMPLE_RATE
    yield RecordingTags(
        seconds, sound.level, count, mean, highest, at_once, tuple(map(writable, warnings))
    )


class _MeasuredSound:
    """Passes sound on, measures it and keeps the first 30 s."""

    def __init__(self, sound: Iterable[Floats]) -> None:
        self.samples = 0
        self._energy = 0.0
        self._sound = sound
        self._kept: list[Floats] = []

    def __iter__(self) -> Iterator[Floats]:
        for block in self._sound:
            self.samples += len(block)
            self._energy += float(np.square(block, dtype=np.float64).sum())
            if self.samples <= AT_ONCE:
                self._kept.append(block)
            yield block

    @property
    def level(self) -> float:
        return dbfs(math.sqrt(self._energy / self.samples))

    def beginning(self) -> Floats:
        return np.concatenate(self._kept)


def _wanted(scores: SegmentScores, plan: ScoringPlan) -> SegmentScores:
    """Scores without the fields that nobody wants: they may travel to another process."""
    return scores._replace(
        scores=scores.scores if plan.scores else scores.scores[:, :0],
        embeddings=scores.embeddings if plan.embeddings else scores.embeddings[:, :0],
    )
