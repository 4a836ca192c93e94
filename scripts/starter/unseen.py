"""How well the starter does on sources that it was not trained on, as those of its users are.

Its weights are measured on the sources that their licences keep out of training. And one source
after the other is held out of training altogether, what was made from its recordings included, and
a network is trained on the rest by the same recipe, only shorter, and measured on all clips of that
source, beside the teacher.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from epanns.datasets.clips import open_clips
from epanns.datasets.listing import read_listing
from epanns.evaluation.clip_scores import results, score_clips
from epanns.evaluation.scorers import Scorer, open_model
from epanns.training.recipe import Recipe
from starter.recordings import recordings

# Field recordings of everyday sound, voices and household of a game, and engines, animals, weapons
# and weather collected from all over: three different kinds of collection.
HELD_OUT = ("karoldvl/ESC-10", "Uhboer/Afgan14", "AntumMT/mod-sounds")
SHORTER = 12  # times
CUTS = ("loudest", "whole")


def shortened(recipe: Recipe, source: str) -> Recipe:
    """The recipe without a source, for a shorter run."""
    return replace(
        recipe,
        hold_out=(source,),
        validate=None,
        steps=recipe.steps // SHORTER,
        warm_up=recipe.warm_up // SHORTER,
    )


def measure(audio: Path, source: str, weights: Path, teacher: Scorer) -> dict[str, Any]:
    """Macro mAP on all clips of a source, of a network trained without it and of the teacher.

    Args:
        audio: ../shared/audio.
        source: part of the name of the source.
        weights: of a network that was trained without it.
        teacher: what to compare with.
    """
    network = open_model(str(weights))
    network.name, teacher.name = "starter", "teacher"
    found: dict[str, Any] = {"source": source}
    with open_clips(audio / "manifest.csv", "all", (source,)) as clips:
        found["clips"] = len(clips)
        scored = score_clips(clips, (network, teacher), CUTS)
    for result in results(scored):
        found.setdefault(result.cut, {})[result.scorer] = result.all.mean_average_precision
    return found


def sources_left_out(audio: Path) -> dict[str, int]:
    """The sources of audio/manifest.csv none of whose recordings is trained on, with their clips.

    Args:
        audio: ../shared/audio.
    """
    learnt = {row.source for row in recordings(audio)}
    rows = read_listing(audio / "manifest.csv")
    return dict(Counter(row.source for row in rows if row.labels and row.source not in learnt))


def measure_left_out(audio: Path, scorers: Sequence[Scorer]) -> dict[str, Any]:
    """Macro mAP of several scorers on all clips of the sources that were never trained on.

    Args:
        audio: ../shared/audio.
        scorers: what to measure; their names differ.
    """
    sources = sources_left_out(audio)
    with open_clips(audio / "manifest.csv", "all", tuple(sources)) as clips:
        scored = score_clips(clips, scorers, CUTS)
    found: dict[str, Any] = {"sources": sources, "clips": len(scored.sources)}
    for result in results(scored):
        found["classes"] = result.all.classes
        found.setdefault(result.cut, {})[result.scorer] = result.all.mean_average_precision
    return found


def summary(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What was measured, and the mean over the sources of how many times the teacher's mAP that is.

    With it stands by how many times these runs were shorter.

    Args:
        found: as from measure, one for each source.
    """
    return {
        "shorter": SHORTER,
        "sources": list(found),
        "times_the_teacher": {
            cut: float(np.mean([each[cut]["starter"] / each[cut]["teacher"] for each in found]))
            for cut in CUTS
        },
    }
