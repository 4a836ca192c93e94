"""How good the starter model is on segments of other lengths than a second."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epanns.datasets.clips import Clip
from epanns.evaluation import metrics
from epanns.evaluation.clip_scores import loudest_part
from epanns.evaluation.scorers import Scorer
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.vocabulary.audioset import AUDIOSET

Floats = NDArray[np.float32]

LENGTHS = (0.5, 1.0, 2.0, 5.0, 10.0)  # seconds
SECOND = 1.0


def by_length(clips: Iterable[Clip], scorers: Sequence[Scorer]) -> list[dict[str, Any]]:
    """MAP of one pass over the loudest stretch of a length, and of the loudest second.

    Of each length, the clips that last as long; all of them for lengths of a second and less.

    Args:
        clips: labelled with AudioSet's classes.
        scorers: what to measure.

    Returns:
        Of each length a row: `seconds`, `clips`, and by name of the scorer `mAP` and
        `mAP_of_their_loudest_second`.
    """
    targets: list[NDArray[np.bool_]] = []
    scores: dict[tuple[str, float], list[Floats]] = defaultdict(list)
    unscored = np.full(len(AUDIOSET), np.nan, np.float32)
    for clip in clips:
        targets.append(clip.target)
        for seconds in LENGTHS:
            stretch = loudest_stretch(clip.waveform, round(seconds * SAMPLE_RATE))
            for scorer in scorers:
                scored = unscored if stretch is None else scorer(stretch[None])[0]
                scores[scorer.name, seconds].append(scored)
    labels = np.stack(targets)
    stacked = {key: np.stack(rows) for key, rows in scores.items()}
    found = []
    for seconds in LENGTHS:
        long = ~np.isnan(stacked[scorers[0].name, seconds][:, 0])
        means = {
            key: metrics.measure(labels[long], stacked[key][long]).mean_average_precision
            for scorer in scorers
            for key in ((scorer.name, seconds), (scorer.name, SECOND))
        }
        found.append(
            {
                "seconds": seconds,
                "clips": int(long.sum()),
                "mAP": {scorer.name: means[scorer.name, seconds] for scorer in scorers},
                "mAP_of_their_loudest_second": {
                    scorer.name: means[scorer.name, SECOND] for scorer in scorers
                },
            }
        )
    return found


def loudest_stretch(waveform: Floats, samples: int) -> Floats | None:
    """The part of a waveform with the most energy.

    Every waveform has stretches of up to a second, with zeros after a shorter one.

    Args:
        waveform: float32 (any,) at 32 kHz.
        samples: how long a part; a waveform may lack a hundredth of that.

    Returns:
        float32 (samples,); None if the waveform is too short.
    """
    if samples > SAMPLE_RATE and len(waveform) < 0.99 * samples:
        return None
    return loudest_part(waveform, samples)
