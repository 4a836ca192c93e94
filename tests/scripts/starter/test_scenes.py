"""Recordings heard once more: deterministic, bounded, and made of what they say."""

import numpy as np
import pytest

from starter.clip import Floats
from starter.scenes import SECONDS, cast, recast, scene

RATE = 32000


def bursts(index: int, seconds: float = 2.0) -> Floats:
    """A clip of its own for every index: a tone with a loud second in its middle."""
    time = np.arange(round(seconds * RATE)) / RATE
    loud = np.where(np.abs(time - seconds / 2) < 0.5, 0.5, 0.02)
    return (loud * np.sin(2 * np.pi * (200 + 100 * index) * time)).astype(np.float32)


def test_a_recording_heard_again_keeps_its_labels_and_is_another_one() -> None:
    again = recast(1, 7, bursts(3), ("Dog", "Animal"))
    assert again.name == "recast 7" and again.labels == ("Dog", "Animal")
    assert again.waveform.dtype == np.float32
    assert 0.01 < np.abs(again.waveform).max() <= 1
    assert again.waveform.shape != bursts(3).shape or not np.allclose(again.waveform, bursts(3))


def test_a_long_recording_is_heard_around_its_loudest() -> None:
    long = np.concatenate([np.zeros(20 * RATE, np.float32), bursts(0), np.zeros(9 * RATE)])
    again = recast(1, 0, long.astype(np.float32), ())
    assert len(again.waveform) <= SECONDS * RATE
    assert np.abs(again.waveform).max() > 0.01


@pytest.mark.parametrize("seconds", [0.001, 0.02, 9.0])
def test_any_length_can_be_heard_again(seconds: float) -> None:
    again = recast(1, 0, bursts(0, seconds), ())
    assert again.waveform.size and np.isfinite(again.waveform).all()


def test_silence_can_be_heard_again() -> None:
    assert np.isfinite(recast(1, 0, np.zeros(RATE, np.float32), ()).waveform).all()


def test_what_is_made_follows_from_the_seed_and_the_number() -> None:
    clips = np.arange(10)
    again, same, other = (recast(1, index, bursts(0), ()).waveform for index in (2, 2, 3))
    assert np.array_equal(again, same)
    assert not np.array_equal(again[:RATE], other[:RATE])
    assert cast(1, 5, clips) == cast(1, 5, clips) != cast(1, 6, clips)
    one, two, three = (scene(1, index, [bursts(0), bursts(1)]).waveform for index in (5, 5, 6))
    assert np.array_equal(one, two) and not np.array_equal(one, three)


def test_the_cast_of_a_scene_is_several_of_the_clips_that_may_be_used() -> None:
    clips = np.array([2, 3, 5, 7, 11])
    for number in range(20):
        inside = cast(1, number, clips)
        assert 2 <= len(set(inside)) == len(inside) <= 4 and set(inside) <= set(clips.tolist())


@pytest.mark.parametrize("seconds", [0.01, 1.0, 8.0])
def test_scenes_last_five_seconds_and_have_no_labels(seconds: float) -> None:
    sound = scene(1, 0, [bursts(index, seconds) for index in range(3)])
    assert sound.waveform.shape == (SECONDS * RATE,) and not sound.labels
    assert 0.01 < np.abs(sound.waveform).max() <= 1
