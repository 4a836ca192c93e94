"""Cutting clips, scoring them one at a time, measuring by scorer, cut and source."""

import weakref
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from epanns.datasets.clips import Clip, ClipsError
from epanns.evaluation.clip_scores import (
    BATCH,
    CUTS,
    TITLES,
    all_seconds,
    loudest_second,
    results,
    score_clips,
    undivided,
)
from epanns.evaluation.scorers import Scorer, ScorerError
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

Floats = NDArray[np.float32]

CLASSES = len(AUDIOSET)
SECOND = SAMPLE_RATE


def ramp(samples: int) -> Floats:
    """A waveform whose samples tell their place."""
    return np.linspace(0.0, 1.0, samples, dtype=np.float32)


def clip(waveform: Floats, *labels: int, source: str = "here") -> Clip:
    target = np.zeros(CLASSES, np.bool_)
    target[list(labels)] = True
    return Clip("clip", waveform, target, source)


def level(waveforms: Floats) -> Floats:
    """Scores class 0 by the mean and class 1 by the peak of a waveform."""
    scores = np.zeros((len(waveforms), CLASSES), np.float32)
    scores[:, 0], scores[:, 1] = waveforms.mean(axis=1), waveforms.max(axis=1)
    return scores


def test_the_loudest_second_is_found() -> None:
    waveform = np.full(4 * SECOND, 0.01, np.float32)
    waveform[48000:80000] = 0.5
    found = loudest_second(waveform)
    assert found.shape == (1, SECOND) and found.dtype == np.float32
    assert np.array_equal(found[0], waveform[48000:80000])


def test_the_loudest_second_may_be_the_last() -> None:
    assert np.array_equal(loudest_second(ramp(2 * SECOND))[0], ramp(2 * SECOND)[SECOND:])


@pytest.mark.parametrize("name", CUTS)
def test_zeros_follow_what_is_shorter_than_a_second(name: str) -> None:
    waveform = ramp(1000) + 0.5
    cut = CUTS[name](waveform)
    assert cut.shape == (1, SECOND) and cut.dtype == np.float32
    assert np.array_equal(cut[0, :1000], waveform) and not cut[0, 1000:].any()


@given(st.integers(1, 5 * SECOND))
def test_all_seconds_cover_a_clip_from_end_to_end(samples: int) -> None:
    waveform = np.arange(1, samples + 1, dtype=np.float32)
    segments = all_seconds(waveform)
    assert segments.shape == (max(-(-samples // SECOND), 1), SECOND)
    assert set(np.unique(segments)) - {0.0} == set(waveform)
    assert samples < SECOND or segments.all()  # no padding


def test_undivided_is_the_clip_as_it_is() -> None:
    waveform = ramp(3 * SECOND + 5)
    assert np.array_equal(undivided(waveform), waveform[None])


def test_every_cut_has_a_title() -> None:
    assert CUTS.keys() == TITLES.keys()


def test_a_clip_scores_the_mean_and_maximum_of_its_segments() -> None:
    waveform = np.repeat(np.array([0.0, 0.2, 0.7], np.float32), SECOND)
    scored = score_clips([clip(waveform, 0)], [Scorer("level", level)], ["loudest", "whole"])
    assert scored.scores["level", "loudest"][0, 0] == pytest.approx(0.7)
    assert scored.scores["level", "whole"][0, 0] == pytest.approx((0.3 + 0.7) / 2)


def test_long_clips_are_scored_in_batches_with_the_same_result() -> None:
    sizes: list[int] = []

    def counted(waveforms: Floats) -> Floats:
        sizes.append(len(waveforms))
        return level(waveforms)

    waveform = ramp((2 * BATCH + 3) * SECOND)
    scored = score_clips([clip(waveform, 0)], [Scorer("level", counted)], ["whole"])
    assert sizes == [BATCH, BATCH, 3]
    means = level(all_seconds(waveform))[:, 0]
    expected = (means.mean() + means.max()) / 2
    assert scored.scores["level", "whole"][0, 0] == pytest.approx(expected, rel=1e-6)


def test_clips_are_let_go_once_they_are_scored() -> None:
    waveforms: list[weakref.ref[Floats]] = []

    def clips() -> Iterator[Clip]:
        for _ in range(5):
            waveform = np.full(SECOND, 0.1, np.float32)
            waveforms.append(weakref.ref(waveform))
            yield clip(waveform, 0)
            del waveform
            # The loop still holds the clip it has just scored.
            assert sum(each() is not None for each in waveforms) <= 1

    scored = score_clips(clips(), [Scorer("level", level)], ["loudest"])
    assert scored.targets.shape == (5, CLASSES)


def test_results_are_by_cut_scorer_and_source() -> None:
    loud, quiet = np.full(SECOND, 0.9, np.float32), np.full(SECOND, 0.1, np.float32)
    clips = [
        clip(loud, 0, source="a"),
        clip(quiet, 2, source="a"),
        clip(quiet, 2, source="a"),
        clip(quiet, 0, source="b"),
        clip(loud, 2, source="b"),
    ]

    def without_class_2(waveforms: Floats) -> Floats:
        scores = level(waveforms)
        scores[:, 2] = np.nan
        return scores

    scorers = [Scorer("all", level), Scorer("fewer", without_class_2)]
    found = results(score_clips(clips, scorers, ["loudest", "whole"]))
    order = [(result.cut, result.scorer) for result in found]
    assert order == [(cut, name) for cut in ("loudest", "whole") for name in ("all", "fewer")]
    first, second = found[:2]
    assert list(first.by_source) == ["a", "b"]
    assert [each.clips for each in first.by_source.values()] == [3, 2]
    assert first.by_source["a"].average_precision[0] == 1.0
    assert first.by_source["b"].average_precision[0] == 0.5
    assert (first.all.classes, second.all.classes) == (2, 1)
    assert first.shared_classes == 1 and first.shared == first.all.average_precision[0]


def test_networks_are_measured_on_clips_of_their_own_classes() -> None:
    sea = Vocabulary(["whale", "ship"])
    waveform = np.full(SECOND, 0.5, np.float32)
    clips = [Clip("clip", waveform, np.array([True, False]), "sea")]
    own = Scorer(
        "own", lambda given: np.tile(np.array([0.75, 0.25], np.float32), (len(given), 1)), None, sea
    )
    scored = score_clips(clips, [own], ["whole"], sea)
    assert scored.vocabulary == sea
    assert scored.scores["own", "whole"].tolist() == [[0.75, 0.25]]
    assert [each.vocabulary for each in results(scored)] == [sea]

    def never() -> Iterator[Clip]:
        pytest.fail("no clip is read before")
        yield

    for scorer, vocabulary in ((Scorer("level", level), sea), (own, AUDIOSET)):
        with pytest.raises(ScorerError, match=f"{scorer.name} cannot be .*: their classes differ"):
            score_clips(never(), [own, scorer], ["whole"], vocabulary)


def test_no_clips_are_an_error() -> None:
    with pytest.raises(ClipsError, match="nothing can be measured"):
        score_clips([], [Scorer("level", level)], ["loudest"])
