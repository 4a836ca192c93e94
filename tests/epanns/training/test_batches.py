"""Batches: what is in them, and that each follows from the seed and its step alone."""

from dataclasses import replace

import numpy as np
import pytest

from epanns.datasets.pack import Pack
from epanns.training.batches import Batches, prefetch, resampled
from epanns.training.clip_selection import select_clips
from epanns.training.recipe import Recipe
from tests.support.toy_pack import NOISE, RATE, TONE

PLAIN = Recipe(batch=8, mix=0.0, gain=(0.0, 0.0), seconds=(0.5, 0.5))


def batches(pack: Pack, recipe: Recipe) -> Batches:
    return Batches(pack, select_clips(pack, recipe), recipe)


def test_a_batch_has_crops_and_their_targets(pack: Pack) -> None:
    batch = batches(pack, PLAIN).make(0)
    assert batch.waveforms.shape == (8, RATE // 2) and batch.waveforms.dtype == np.float32
    assert batch.targets.shape == (8, 527) and batch.targets.dtype == np.float32
    clips = [pack.waveform(index) for index in select_clips(pack, PLAIN).train]
    for waveform, target in zip(batch.waveforms, batch.targets, strict=True):
        kind = TONE if target[TONE] else NOISE
        assert np.flatnonzero(target).tolist() == [kind]
        assert any(waveform.tobytes() in clip.tobytes() for clip in clips)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_separate_sources_have_their_share(pack: Pack, share: float) -> None:
    made = batches(pack, replace(PLAIN, separate_sources=("noise",), separate_share=share))
    targets = np.concatenate([made.make(step).targets for step in range(4)])
    assert targets[:, NOISE].mean() == share and targets[:, TONE].mean() == 1 - share


def test_a_batch_follows_from_its_step_alone(pack: Pack) -> None:
    recipe = replace(
        PLAIN, mix=0.7, gain=(-10, 3), seconds=(0.4, 1.2), teacher="t", background="a hum"
    )
    forth, back = batches(pack, recipe), batches(pack, recipe)
    later = {step: back.make(step) for step in (7, 3, 0)}
    for step in range(8):
        batch = forth.make(step)
        if step in later:
            assert np.array_equal(batch.waveforms, later[step].waveforms)
            assert np.array_equal(batch.targets, later[step].targets)


def test_steps_and_seeds_differ(pack: Pack) -> None:
    first, other = batches(pack, PLAIN), batches(pack, replace(PLAIN, seed=1))
    made = [first.make(0), first.make(1), other.make(0)]
    assert len({batch.waveforms.tobytes() for batch in made}) == 3


def test_batches_made_ahead_are_those_of_the_steps(pack: Pack) -> None:
    made, again = batches(pack, PLAIN), batches(pack, PLAIN)
    coming = list(prefetch(made, 2, 6))
    assert len(coming) == 4
    for step, batch in enumerate(coming, 2):
        assert np.array_equal(batch.waveforms, again.make(step).waveforms)
    assert not list(prefetch(made, 6, 6))


def test_lengths_of_batches_lie_in_the_range(pack: Pack) -> None:
    made = batches(pack, replace(PLAIN, seconds=(0.5, 2.0)))
    seconds = np.array([made.make(step).waveforms.shape[1] / RATE for step in range(60)])
    assert seconds.min() >= 0.5 and seconds.max() <= 2.0
    assert np.median(seconds) == pytest.approx(1.0, abs=0.3)  # the middle of a range of ratios


@pytest.mark.parametrize("seconds", [0.31, 3.0, 10.0])
def test_crops_of_one_length_are_exactly_that_long(pack: Pack, seconds: float) -> None:
    made = batches(pack, replace(PLAIN, batch=2, seconds=(seconds, seconds)))
    assert made.make(0).waveforms.shape[1] == round(seconds * RATE)


def test_lengths_of_crops_are_few_and_reach_both_bounds(pack: Pack) -> None:
    made = batches(pack, replace(PLAIN, batch=1, seconds=(0.5, 0.8)))
    found = {made.make(step).waveforms.shape[1] for step in range(60)}
    assert found == {round(seconds * RATE) for seconds in (0.5, 0.6, 0.7, 0.8)}


def test_a_share_is_mixed(pack: Pack) -> None:
    made = batches(pack, replace(PLAIN, batch=200, mix=0.4))
    two = (made.make(0).targets > 0).sum(axis=1) == 2
    assert two.mean() == pytest.approx(0.4 / 2, abs=0.08)  # half of the partners are alike


def test_gain_is_within_its_range(pack: Pack) -> None:
    plain = batches(pack, replace(PLAIN, batch=64)).make(0)
    made = batches(pack, replace(PLAIN, batch=64, gain=(-12.0, -6.0))).make(0)
    peaks = np.abs(made.waveforms).max(axis=1) / np.abs(plain.waveforms).max(axis=1)
    decibels = 20 * np.log10(peaks)
    assert decibels.min() >= -12.001 and decibels.max() <= -5.999
    assert decibels.min() < -11 and decibels.max() > -7


def test_half_of_the_crops_have_a_background_which_the_teacher_may_name(pack: Pack) -> None:
    recipe = replace(PLAIN, batch=200, teacher="t", label_target=0.0, background="a hum")
    alone = batches(pack, replace(recipe, background=None)).make(0)
    under = batches(pack, replace(recipe, snr=(20.0, 20.0))).make(0)
    changed = (alone.waveforms != under.waveforms).any(axis=1)
    assert changed.mean() == pytest.approx(0.5, abs=0.12)
    for row in np.flatnonzero(changed):
        if alone.targets[row, NOISE]:  # the hum scores 0.7 as a tone, and is 20 dB softer
            assert under.targets[row, TONE] == pytest.approx(0.07, rel=1e-2)


def test_a_crop_played_faster_sounds_higher(pack: Pack) -> None:
    plain = batches(pack, replace(PLAIN, batch=32)).make(0)
    faster = batches(pack, replace(PLAIN, batch=32, speed=(2.0, 2.0))).make(0)
    assert faster.waveforms.shape == plain.waveforms.shape
    tones = plain.targets[:, TONE] > 0

    def crossings(waveforms: np.ndarray) -> float:
        return float(np.mean(np.diff(np.signbit(waveforms[tones]), axis=1)))

    assert crossings(faster.waveforms) == pytest.approx(2 * crossings(plain.waveforms), rel=0.35)


@pytest.mark.parametrize("samples", [900, 1000, 1100])
def test_what_is_played_takes_as_long_as_asked(samples: int) -> None:
    steady = np.full(1000, 0.5, np.float32)
    made = resampled(steady, samples)
    assert made.shape == (samples,) and made.dtype == np.float32
    np.testing.assert_allclose(made[100:-100], 0.5, atol=0.01)
