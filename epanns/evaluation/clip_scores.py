"""Score recordings with several networks, cut in several ways, and measure each against the labels.

Clips come one at a time and only their scores are kept: 2 kB a clip, scorer and cut.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epanns.datasets.clips import Clip, ClipsError
from epanns.evaluation.metrics import ClipMetrics, measure
from epanns.evaluation.scorers import Scorer
from epanns.frontend.parameters import SAMPLE_RATE

Floats = NDArray[np.float32]

SEGMENT = SAMPLE_RATE  # samples: 1 s, what the live program scores
STEP = SAMPLE_RATE // 100  # samples between the places tried for the loudest second
BATCH = 16  # segments scored at a time, so that an hour of sound needs no more than 10 s do


def loudest_second(waveform: Floats) -> Floats:
    """The second with the most energy, as (1, 32000); zeros behind a shorter waveform.

    Args:
        waveform: float32 (samples,) at 32 kHz.
    """
    return loudest_part(waveform, SEGMENT)[None]


def loudest_part(waveform: Floats, samples: int) -> Floats:
    """The part with the most energy, as (samples,); zeros behind a shorter waveform.

    Args:
        waveform: float32 (samples,) at 32 kHz.
        samples: how long a part; places for it are tried at every hundredth of a second.
    """
    waveform = np.pad(waveform, (0, max(samples - len(waveform), 0)))
    energy = np.concatenate([[0.0], np.cumsum(np.square(waveform, dtype=np.float64))])
    starts = np.arange(0, len(waveform) - samples + 1, STEP)
    start = starts[np.argmax(energy[starts + samples] - energy[starts])]
    return waveform[start : start + samples]


def all_seconds(waveform: Floats) -> Floats:
    """As many seconds as cover a waveform, evenly spaced, as (segments, 32000).

    They overlap a little unless it is whole seconds long; zeros are only put behind a waveform
    shorter than one: a padded last segment would be mostly silence.

    Args:
        waveform: float32 (samples,) at 32 kHz.
    """
    waveform = _at_least_a_second(waveform)
    starts = np.linspace(0, len(waveform) - SEGMENT, -(-len(waveform) // SEGMENT))
    return np.stack([waveform[start : start + SEGMENT] for start in np.round(starts).astype(int)])


def undivided(waveform: Floats) -> Floats:
    """The whole waveform as one segment (1, samples); zeros behind one shorter than 1 s."""
    return _at_least_a_second(waveform)[None]


def _at_least_a_second(waveform: Floats) -> Floats:
    return np.pad(waveform, (0, max(SEGMENT - len(waveform), 0)))


# The score of a clip is that of its segments, the mean and the maximum averaged; of one segment
# that is its own score.
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
        scores: by name of the scorer and of the cut, float32 (clips, classes).
    """

    sources: tuple[str, ...]
    targets: NDArray[np.bool_]
    scores: Mapping[tuple[str, str], Floats]


def score_clips(
    clips: Iterable[Clip], scorers: Sequence[Scorer], cuts: Sequence[str]
) -> ClipScores:
    """Score every clip with every scorer in every cut.

    Args:
        clips: the recordings; each is let go once it is scored.
        scorers: what to score them with; their names differ.
        cuts: names from CUTS.

    Raises:
        ClipsError: there are no clips.
        ScorerError: a scorer gives something else than scores.
    """
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
    return ClipScores(tuple(sources), np.stack(targets), stacked)


def _score(scorer: Scorer, segments: Floats) -> Floats:
    """The scores (classes,) of a clip: of its segments, the mean and the maximum averaged."""
    batches = range(0, len(segments), BATCH)
    scores = np.concatenate([scorer(segments[first : first + BATCH]) for first in batches])
    combined: Floats = (scores.mean(axis=0) + scores.max(axis=0)) / 2
    return combined


@dataclass(frozen=True, eq=False)
class ClipResult:
    """What one scorer reaches in one cut.

    Attributes:
        scorer, cut: their names.
        all: on all clips.
        by_source: on the clips of each source, those with the most clips first.
        shared: the mean average precision over the classes that every scorer knows.
        shared_classes: how many these are.
    """

    scorer: str
    cut: str
    all: ClipMetrics
    by_source: Mapping[str, ClipMetrics]
    shared: float
    shared_classes: int


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
        )
        for (scorer, cut), scores in scored.scores.items()
    ]
