"""Mixing, gain and masks, by their values."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from epanns.training.augmentation import frequency_responses, gain, masks, mix

Floats = NDArray[np.float32]

LOUD, SOFT = np.array([[1.0, 0.0, 0.4], [0.0, 0.8, 0.9]], np.float32)


def wave(amplitude: float, period: int) -> Floats:
    """A square wave of 400 samples; those of periods 2 and 4 do not correlate."""
    ones = np.repeat([1, -1], period // 2)
    return (amplitude * np.tile(ones, 400 // period)).astype(np.float32)


def test_a_mixture_keeps_the_power_and_has_the_difference_asked_for() -> None:
    mixed, targets = mix(wave(0.2, 2), wave(0.01, 4), LOUD, SOFT, 6.0206)
    assert mixed.dtype == targets.dtype == np.float32
    # Amplitudes 2 to 1, together as powerful as 0.2 alone.
    scale = 0.2 / np.sqrt(1.25)
    np.testing.assert_allclose(mixed, wave(scale, 2) + wave(scale / 2, 4), rtol=1e-5)
    np.testing.assert_allclose(targets, [1.0, 0.4, 0.45], rtol=1e-5)


def test_the_other_may_be_the_louder_one() -> None:
    _, targets = mix(wave(0.2, 2), wave(0.01, 4), LOUD, SOFT, -6.0206)
    np.testing.assert_allclose(targets, [0.5, 0.8, 0.9], rtol=1e-5)


def test_sounds_of_one_loudness_are_both_there() -> None:
    _, targets = mix(wave(0.2, 2), wave(0.01, 4), LOUD, SOFT, 0.0)
    np.testing.assert_allclose(targets, np.maximum(LOUD, SOFT))


@pytest.mark.parametrize(
    ("first", "second", "expected"), [(0.0, 0.3, SOFT), (0.3, 0.0, LOUD), (0.0, 0.0, LOUD)]
)
def test_silence_is_not_made_louder_and_says_nothing(
    first: float, second: float, expected: Floats
) -> None:
    mixed, targets = mix(wave(first, 2), wave(second, 4), LOUD, SOFT, 3.0)
    assert np.array_equal(mixed, wave(first, 2) + wave(second, 4))
    assert np.array_equal(targets, expected)


def test_mixing_leaves_what_it_is_given() -> None:
    first, second, loud, soft = wave(0.2, 2), wave(0.1, 4), LOUD.copy(), SOFT.copy()
    mix(first, second, loud, soft, 3.0)
    assert np.array_equal(first, wave(0.2, 2)) and np.array_equal(second, wave(0.1, 4))
    assert np.array_equal(loud, LOUD) and np.array_equal(soft, SOFT)


def test_gain_by_value() -> None:
    assert gain(wave(0.25, 2), 6.0206).dtype == np.float32
    np.testing.assert_allclose(gain(wave(0.25, 2), 6.0206), wave(0.5, 2), rtol=1e-5)
    np.testing.assert_allclose(gain(wave(0.25, 2), -20.0), wave(0.025, 2), rtol=1e-5)


@given(st.floats(0, 2, width=32), st.floats(-60, 60))
def test_gain_never_exceeds_full_scale(amplitude: float, decibels: float) -> None:
    assert np.abs(gain(wave(amplitude, 2), decibels)).max() <= 1 + 1e-6


@pytest.mark.parametrize(("frames", "widest"), [(32, 4), (101, 12), (1001, 64)])
def test_masks_are_two_stripes_of_time_and_two_of_bands(frames: int, widest: int) -> None:
    torch.manual_seed(0)
    found = masks(50, frames)
    assert found.shape == (50, frames, 64) and set(found.unique().tolist()) == {0.0, 1.0}
    hidden_frames = (found == 0).all(dim=2).sum(dim=1)
    hidden_bands = (found == 0).all(dim=1).sum(dim=1)
    assert hidden_frames.max() <= 2 * (widest - 1) and hidden_bands.max() <= 2 * 7
    assert hidden_frames.float().mean() > widest / 2 and hidden_bands.float().mean() > 4


def test_masks_follow_from_pytorchs_seed() -> None:
    torch.manual_seed(1)
    first = masks(4, 101)
    torch.manual_seed(1)
    assert torch.equal(first, masks(4, 101)) and not torch.equal(first, masks(4, 101))


def test_a_frequency_response_is_smooth_and_within_its_bounds() -> None:
    torch.manual_seed(0)
    responses = frequency_responses(50, 9.0)
    assert responses.shape == (50, 1, 64) and responses.dtype == torch.float32
    assert 7 < responses.abs().max() <= 9
    assert len({tuple(each[0].tolist()) for each in responses}) == 50
    bends = (responses.diff(dim=2).diff(dim=2).abs() > 1e-4).sum(dim=2)
    assert bends.max() <= 2 * 5  # a corner between two bands bends the line at both


def test_frequency_responses_follow_the_seed() -> None:
    torch.manual_seed(3)
    first = frequency_responses(2, 6.0)
    torch.manual_seed(3)
    assert torch.equal(first, frequency_responses(2, 6.0))
