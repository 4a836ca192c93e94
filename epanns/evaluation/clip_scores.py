"""Score recordings with several networks, cut in several ways, and measure each against the labels.

Clips come one at a time and only their scores are kept: of AudioSet's classes 2 kB a clip, scorer
and cut.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epanns.datasets.class_difference import class_difference
from epanns.datasets.clips import Clip, ClipsError
from epanns.evaluation.metrics import ClipMetrics, measure
from epanns.evaluation.scorers import Scorer, ScorerError
from epanns.files.segments import mean_and_max
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

Floats = NDArray[np.float32]

SEGMENT = SAMPLE_RATE  # samples: 1 s, what the live program scores
STEP = SAMPLE_RATE // 100  # samples between the places tried for the loudest second
BATCH = 16  # segments scored at a time, so that an hour of sound needs no more than 10 s do


def loudest_second(waveform: Floats) -> Floats:
    """The second with the most energy.

    Args:
        waveform: float32 (samples,) at 32 kHz.

    Returns:
        float32 (1, 32000), a shorter waveform with zeros after it.
    """
    return loudest_part(waveform, SEGMENT)[None]


def loudest_part(waveform: Floats, samples: int) -> Floats:
    """The part with the most energy.

    Args:
        waveform: float32 (any,) at 32 kHz.
        samples: how long a part; places for it are tried at every hundredth of a second.

    Returns:
        float32 (samples,), a shorter waveform with zeros after it.
    """
    waveform = np.pad(waveform, (0, max(samples - len(waveform), 0)))
    energy = np.concatenate([[0.0], np.cumsum(np.square(waveform, dtype=np.float64))])
    starts = np.arange(0, len(waveform) - samples + 1, STEP)
    start = starts[np.argmax(energy[starts + samples] - energy[starts])]
    return waveform[start : start + samples]


def all_seconds(waveform: Floats) -> Floats:
    """As many seconds as cover a waveform, evenly spaced.

    They overlap a little unless it is whole seconds long; zeros are only added to a waveform
    shorter than one: a padded last segment would be mostly silence.

    Args:
        waveform: float32 (samples,) at 32 kHz.

    Returns:
        float32 (segments, 32000).
    """
    waveform = _at_least_a_second(waveform)
    starts = np.linspace(0, len(waveform) - SEGMENT, -(-len(waveform) // SEGMENT))
    return np.stack([waveform[start : start + SEGMENT] for start in np.round(starts).astype(int)])


def undivided(waveform: Floats) -> Floats:
    """The whole waveform as one segment.

    Args:
        waveform: float32 (samples,) at 32 kHz.

    Returns:
        float32 (1, samples), one shorter than 1 s with zeros after it.
    """
    return _at_least_a_second(waveform)[None]


def _at_least_a_second(waveform: Floats) -> Floats:
    return np.pad(waveform, (0, max(SEGMENT - len(waveform), 0)))


CUTS: dict[str, Callable[[Floats], Floats]] = {
    "loudest": loudest_second,
    "whole": all_seconds,
    "at-once": undivided,
}
TITLES = {
    "loudest": "The loudest second of each clip",
    "whole": "Whole clips: mean and maximum of their 1 s segments",
    "at-once": "Whole clips at once: one pass over the clip as it is",
}


@dataclass(frozen=True, eq=False)
class ClipScores:
    """The scores of all clips.

    Attributes:
        sources: of each clip, where it comes from.
        targets: bool (clips, classes).
        scores: by name of the scorer and of the cut, float32 (clips, classes) in [0, 1].
        vocabulary: the classes.
    """

    sources: tuple[str, ...]
    targets: NDArray[np.bool_]
    scores: Mapping[tuple[str, str], Floats]
    vocabulary: Vocabulary = AUDIOSET


def score_clips(
    clips: Iterable[Clip],
    scorers: Sequence[Scorer],
    cuts: Sequence[str],
    vocabulary: Vocabulary = AUDIOSET,
) -> ClipScores:
    """Score every clip with every scorer in every cut.

    Args:
        clips: the recordings; none is kept once it is scored.
        scorers: what to score them with; their names differ.
        cuts: names from CUTS.
        vocabulary: the classes of the clips' targets.

    Raises:
        ClipsError: there are no clips.
        ScorerError: a scorer has other classes than the clips, or gives something else than scores.
    """
    for scorer in scorers:
        if differs := class_difference(scorer.vocabulary, vocabulary):
            raise ScorerError(
                f"{scorer.name} cannot be measured on these clips: their classes differ"
                f" ({differs})."
            )
    sources, targets = [], []
    scores: dict[tuple[str, str], list[Floats]] = {
        (scorer.name, cut): [] for cut in cuts for scorer in scorers
    }
    for clip in clips:
        sources.append(clip.source)
        targets.append(clip.target)
        for cut in cuts:
            segments = CUTS[cut](clip.waveform)
            for scorer in scorers:
                scores[scorer.name, cut].append(_score(scorer, segments))
    if not sources:
        raise ClipsError("None of the clips could be read, so nothing can be measured.")
    stacked = {key: np.stack(rows) for key, rows in scores.items()}
    return ClipScores(tuple(sources), np.stack(targets), stacked, vocabulary)


def _score(scorer: Scorer, segments: Floats) -> Floats:
    """The scores of a clip, float32 (classes,), from its segments, float32 (segments, samples)."""
    batches = range(0, len(segments), BATCH)
    return mean_and_max(np.concatenate([scorer(segments[i : i + BATCH]) for i in batches]))


@dataclass(frozen=True, eq=False)
class ClipResult:
    """The metrics of one scorer in one cut.

    Attributes:
        scorer, cut: their names.
        all: on all clips.
        by_source: on the clips of each source, those with the most clips first.
        shared: the mean average precision over the classes that every scorer knows.
        shared_classes: how many these are.
        vocabulary: the classes.
    """

    scorer: str
    cut: str
    all: ClipMetrics
    by_source: Mapping[str, ClipMetrics]
    shared: float
    shared_classes: int
    vocabulary: Vocabulary


def results(scored: ClipScores) -> list[ClipResult]:
    """Measure everything that was scored, by cut and scorer in the order they were given in."""
    measured = {key: measure(scored.targets, scores) for key, scores in scored.scores.items()}
    shared = np.logical_and.reduce([each.measurable for each in measured.values()])
    clips_of = Counter(scored.sources)
    of_source = {name: np.array(scored.sources) == name for name, _ in clips_of.most_common()}
    return [
        ClipResult(
            scorer,
            cut,
            measured[scorer, cut],
            {name: measure(scored.targets[its], scores[its]) for name, its in of_source.items()},
            measured[scorer, cut].mean_over(shared),
            int(shared.sum()),
            scored.vocabulary,
        )
        for (scorer, cut), scores in scored.scores.items()
    ]
