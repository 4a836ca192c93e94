"""Several channels become one: the mean, or the loudest where the mean would lose the sound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epanns.audio.channel_mixer import ChannelMixer, lost_in_mean
from epanns.audio.selection import ChannelChoice

RATE = 32000
RANDOM = np.random.default_rng(1)
NOISE = 0.1 * RANDOM.standard_normal(2 * RATE).astype(np.float32)
OTHER = 0.1 * RANDOM.standard_normal(2 * RATE).astype(np.float32)
SILENCE = np.zeros_like(NOISE)


def mixed(
    *channels: np.ndarray, choice: ChannelChoice = None, cuts: tuple[int, ...] = ()
) -> tuple[np.ndarray, ChannelMixer]:
    """What a mixer makes of channels that come in pieces."""
    mixer = ChannelMixer(RATE, len(channels), choice)
    pieces = np.split(np.stack(channels, axis=1), np.cumsum(cuts))
    mono = [mixer.mix(piece).copy() for piece in pieces]
    return np.concatenate([*mono, mixer.rest()]), mixer


def agree(gain: float) -> tuple[np.ndarray, np.ndarray]:
    return NOISE, gain * NOISE


@pytest.mark.parametrize(
    "channels",
    [
        agree(1.0),
        agree(0.1),
        (NOISE, NOISE, NOISE, SILENCE),
        (NOISE, OTHER),
        (NOISE, OTHER, NOISE + OTHER),
        (SILENCE, SILENCE),
    ],
    ids=["equal", "one is soft", "three of four", "independent", "three", "silence"],
)
def test_the_mean_is_taken_where_it_is_well(channels: tuple[np.ndarray, ...]) -> None:
    mono, mixer = mixed(*channels)
    np.testing.assert_allclose(mono, np.mean(channels, axis=0), atol=1e-7)
    assert mixer.alone is None and not lost_in_mean("a.wav", mixer)


@pytest.mark.parametrize(
    ("channels", "loudest"),
    [
        ((NOISE, -NOISE), 0),
        ((-0.9 * NOISE, NOISE), 1),
        ((NOISE + 0.1 * OTHER, -NOISE + 0.1 * OTHER), 0),
        ((SILENCE, NOISE), 1),
        ((SILENCE,) * 7 + (NOISE,), 7),
        ((0.01 * OTHER,) * 5 + (NOISE,), 5),
        ((NOISE, 0.5 * NOISE, -NOISE, -0.5 * NOISE, 1.2 * NOISE), 4),
        ((0.2 * NOISE, 0.5 * NOISE, -0.5 * NOISE, 0.1 * NOISE), 1),
    ],
    ids=["opposite", "nearly", "with noise", "one of two", "of 8", "of 6", "of 5", "ambisonics"],
)
def test_the_loudest_is_taken_where_the_mean_is_lost(
    channels: tuple[np.ndarray, ...], loudest: int
) -> None:
    mono, mixer = mixed(*channels)
    np.testing.assert_allclose(mono, channels[loudest], atol=1e-7)
    assert mixer.alone == (loudest + 1, len(channels))
    (sentence,) = lost_in_mean("a.wav", mixer)
    assert sentence == (
        f"a.wav: for 2.0 s the mean of its {len(channels)} channels is more than 6 dB below the"
        f" loudest one; there the loudest was taken (channel {loudest + 1}). --channel chooses."
    )


@pytest.mark.parametrize(("gain", "alone"), [(-0.004, True), (0.0, True), (0.01, False)])
def test_the_limit_is_6_db(gain: float, alone: bool) -> None:
    assert (mixed(*agree(gain))[1].alone is not None) is alone


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5000), max_size=12))
def test_the_result_does_not_depend_on_the_pieces(cuts: list[int]) -> None:
    half = np.where(np.arange(2 * RATE) < RATE, 1, -1) * NOISE
    whole = mixed(NOISE, half, OTHER)[0]
    np.testing.assert_allclose(mixed(NOISE, half, OTHER, cuts=tuple(cuts))[0], whole, atol=1e-6)


def test_a_channel_that_falls_silent_makes_room_for_the_one_that_sounds() -> None:
    """However soft that is: within half a second, and without a click."""
    first = np.concatenate((NOISE, SILENCE))
    second = np.concatenate((SILENCE, 0.01 * NOISE))
    mono, mixer = mixed(first, second)
    np.testing.assert_array_equal(mono[-RATE:], second[-RATE:])
    assert not lost_in_mean("a.wav", mixer) or "channels 1 and 2" in lost_in_mean("a", mixer)[0]
    # At the end of most pieces of 50 ms this is far from zero.
    opposite = np.sin(2 * np.pi * 205 * np.arange(RATE) / RATE).astype(np.float32)
    mono, _ = mixed(np.tile(opposite, 2), np.concatenate((opposite, -opposite)))
    assert np.abs(np.diff(mono)).max() < 2 * np.abs(np.diff(opposite)).max()


def test_a_moment_is_mixed_well_and_not_worth_a_word() -> None:
    moment = np.where((np.arange(2 * RATE) // 1600) == 30, -1, 1) * NOISE
    mixer = mixed(NOISE, moment)[1]
    assert mixer.alone is None and not lost_in_mean("a.wav", mixer)


def test_what_lasted_is_forgotten_after_some_seconds_of_the_mean() -> None:
    mixer = mixed(NOISE, -NOISE)[1]
    both = np.stack((NOISE, NOISE), axis=1)
    mixer.mix(both)
    assert mixer.alone == (1, 2)
    mixer.mix(both)
    assert mixer.alone is None


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("mean", SILENCE), ("loudest", NOISE), (1, NOISE), (2, -0.5 * NOISE), (3, -0.5 * NOISE)],
)
def test_the_user_chooses(choice: ChannelChoice, expected: np.ndarray) -> None:
    mono, mixer = mixed(NOISE, -0.5 * NOISE, -0.5 * NOISE, choice=choice)
    np.testing.assert_allclose(mono, expected, atol=1e-7)
    assert mixer.alone is None and not lost_in_mean("a.wav", mixer)


def test_a_channel_without_numbers_does_not_take_the_others_along() -> None:
    broken = np.full_like(NOISE, np.nan)
    mono, mixer = mixed(broken, NOISE, NOISE, np.full_like(NOISE, np.inf), NOISE)
    np.testing.assert_allclose(mono, 0.6 * NOISE, atol=1e-7)
    assert mixer.non_finite == len(NOISE)


def test_the_largest_numbers_are_mixed_too() -> None:
    large = np.full_like(NOISE, 1e38)
    np.testing.assert_array_equal(mixed(large, -large)[0], large)
    np.testing.assert_allclose(mixed(large, large, large, large)[0], large)


@pytest.mark.parametrize("choice", [None, "mean", "loudest", 2])
def test_silence_is_where_all_channels_are_silent(choice: ChannelChoice) -> None:
    assert mixed(SILENCE, SILENCE, choice=choice)[1].silent_samples == len(SILENCE)
    assert mixed(NOISE, SILENCE, choice=choice)[1].silent_samples == 0
    assert mixed(NOISE, -NOISE, choice=choice)[1].silent_samples == 0
