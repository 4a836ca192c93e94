"""The picture of the last minute as pixels, without a screen."""

from typing import cast

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from epanns.frontend.parameters import PANNS, SAMPLE_RATE
from epanns.prediction import Prediction
from epanns.views import history
from epanns.views.class_selection import ClassSelection
from epanns.views.history import ScoredMoment
from epanns.views.live_spectrogram import LiveSpectrogram
from epanns.views.options import SelectionSpec
from epanns.vocabulary.audioset import AUDIOSET
from gui.chart import timeline_image
from gui.widgets.theme import PALETTES
from tests.support.fake_engine import scores
from tests.support.networks import STARTER

DARK = PALETTES["dark"]
SIREN, SPEECH, DOG = (AUDIOSET.index(name) for name in ("Siren", "Speech", "Dog"))
ALL = range(len(AUDIOSET))
NOW = 100 * SAMPLE_RATE
FRAME = timeline_image.frame(240, 400.0, 1000.0, 1.0)


def moment(seconds: float, **by_name: float) -> ScoredMoment:
    end = round(seconds * SAMPLE_RATE)
    found = scores(**by_name)
    return ScoredMoment(Prediction(end - SAMPLE_RATE, end, found, -20.0, 0.01, STARTER), found)


def heard(start: float, end: float, **by_name: float) -> list[ScoredMoment]:
    return [moment(each, **by_name) for each in np.arange(start, end, 0.1)]


def scored(moments: list[ScoredMoment]) -> np.ndarray:
    return history.heard(moments, ClassSelection.of(SelectionSpec(threshold=0.05)))


def rgb(colour: str) -> np.ndarray:
    return np.round(np.array(to_rgb(colour)) * 255)


@pytest.mark.parametrize("height", [120, 240, 500])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_everything_has_its_place(height: int, scale: float) -> None:
    frame = timeline_image.frame(height, 400.0, 1000.0, scale)
    assert 0 < frame.bottom < frame.bottom + frame.mels <= frame.top - frame.rows * frame.row
    assert frame.top <= height
    assert frame.row >= frame.font, "names do not overlap"
    assert frame.middle(0) >= frame.middle(frame.rows - 1) > frame.bottom + frame.mels


def test_the_timeline_shows_a_sound_where_it_was_in_the_colour_of_its_family() -> None:
    moments = heard(95, 98, Siren=1.0) + heard(98, 100, Speech=1.0)
    pixels = timeline_image.timeline(
        FRAME, moments, scored(moments), [SIREN, SPEECH], DARK, AUDIOSET, NOW
    )
    assert pixels.shape == (FRAME.rows * FRAME.row, FRAME.width, 4)
    per_second = FRAME.width / timeline_image.SECONDS

    def at(row: int, seconds_ago: float) -> np.ndarray:
        return pixels[row * FRAME.row + 2, FRAME.width - 1 - round(seconds_ago * per_second), :3]

    np.testing.assert_allclose(at(0, 3.5), rgb(DARK.of_class(SIREN, AUDIOSET)), atol=1)
    np.testing.assert_allclose(at(1, 1.0), rgb(DARK.of_class(SPEECH, AUDIOSET)), atol=1)
    for row, seconds_ago in ((0, 1.0), (1, 3.5), (0, 30.0), (2, 1.0)):
        np.testing.assert_allclose(at(row, seconds_ago), rgb(DARK.track), atol=1)
    np.testing.assert_allclose(pixels[FRAME.row - 1, 0, :3], rgb(DARK.background), atol=1)


def test_where_nothing_was_scored_nothing_is_shown() -> None:
    moments = [moment(90, Siren=1.0), moment(99.9, Siren=1.0)]
    pixels = timeline_image.timeline(FRAME, moments, scored(moments), [SIREN], DARK, AUDIOSET, NOW)
    coloured = (pixels[2, :, :3] != rgb(DARK.track)).any(axis=1)
    seconds = coloured.sum() / FRAME.width * timeline_image.SECONDS
    assert 0.2 < seconds < 2 * timeline_image.STALE + 0.2


def test_what_has_passed_keeps_its_look_while_it_scrolls() -> None:
    moments = heard(60, 99, Siren=0.8, Speech=0.4)
    now = NOW + FRAME.samples / 2
    first = timeline_image.timeline(
        FRAME, moments, scored(moments), [SIREN, SPEECH], DARK, AUDIOSET, int(now)
    )
    later = timeline_image.timeline(
        FRAME,
        moments,
        scored(moments),
        [SIREN, SPEECH],
        DARK,
        AUDIOSET,
        int(now + 7 * FRAME.samples),
    )
    np.testing.assert_array_equal(first[:, 7:-7], later[:, :-14])


def test_classes_keep_their_rows_until_another_was_clearly_more_present() -> None:
    assert timeline_image.members([], [], np.zeros((0, 527), np.float32), ALL, 2) == []
    moments = heard(1, 11, Siren=0.6, Speech=0.5)
    assert timeline_image.members([], moments, scored(moments), ALL, 2) == [SIREN, SPEECH]
    assert timeline_image.members([SPEECH, SIREN], moments, scored(moments), ALL, 2) == [
        SPEECH,
        SIREN,
    ]
    slightly = heard(1, 11, Siren=0.6, Speech=0.5, Dog=0.55)
    assert timeline_image.members([SPEECH, SIREN], slightly, scored(slightly), ALL, 2) == [
        SPEECH,
        SIREN,
    ]
    clearly = heard(1, 11, Siren=0.6, Speech=0.5, Dog=0.9)
    assert timeline_image.members([SPEECH, SIREN], clearly, scored(clearly), ALL, 2) == [DOG, SIREN]


def test_a_class_that_nothing_is_left_of_leaves_its_row_to_the_next() -> None:
    moments = heard(1, 11, Siren=0.6, Speech=0.5)
    found = timeline_image.members([DOG, SPEECH, SIREN], moments, scored(moments), ALL, 3)
    assert found == [SPEECH, SIREN]


def test_only_classes_that_may_be_shown_have_rows() -> None:
    moments = heard(1, 11, Siren=0.9, Speech=0.5)
    assert timeline_image.members([], moments, scored(moments), [SPEECH], 2) == [SPEECH]
    assert timeline_image.members([SIREN, SPEECH], moments, scored(moments), [SPEECH], 2) == [
        SPEECH
    ]


class Sound:
    """A spectrogram whose frames are what a test says; the newest is position - 1."""

    def __init__(self) -> None:
        self.frames = np.full((60 * 100, PANNS.mels), timeline_image.QUIETEST_DB, np.float32)
        self.position = len(self.frames)

    def latest(self, end: int, count: int) -> np.ndarray:
        return self.frames[end - count : end]

    def add(self, frames: np.ndarray) -> None:
        self.frames = np.concatenate([self.frames, frames])
        self.position += len(frames)


def brightness(waterfall: timeline_image.Waterfall, sound: Sound) -> np.ndarray:
    waterfall.follow(cast(LiveSpectrogram, sound), sound.position)
    pixels = waterfall.pixels(DARK)
    assert pixels.shape == (FRAME.mels, FRAME.width, 4) and pixels.dtype == np.uint8
    return pixels[..., :3].astype(int).sum(axis=-1)


def test_high_bands_are_at_the_top_and_new_sound_at_the_right() -> None:
    sound, waterfall = Sound(), timeline_image.Waterfall(FRAME)
    high = np.full((100, PANNS.mels), timeline_image.QUIETEST_DB, np.float32)
    high[:, -1] = timeline_image.LOUDEST_DB
    sound.add(high)
    bright = brightness(waterfall, sound) > 600
    assert bright[0, -5] and not bright[-1].any()
    assert bright[0].sum() == pytest.approx(FRAME.width / timeline_image.SECONDS, abs=2)


@pytest.mark.parametrize("step", [1, 7, 10, 250])
def test_columns_that_come_one_by_one_are_those_that_come_at_once(step: int) -> None:
    random = np.random.default_rng(step)
    sound, by_steps = Sound(), timeline_image.Waterfall(FRAME)
    brightness(by_steps, sound)
    for _ in range(1000 // step):
        sound.add(random.uniform(-60, 30, (step, PANNS.mels)).astype(np.float32))
        seen = brightness(by_steps, sound)
    np.testing.assert_array_equal(seen, brightness(timeline_image.Waterfall(FRAME), sound))


def test_a_sound_that_begins_anew_replaces_all_columns() -> None:
    loud, waterfall = Sound(), timeline_image.Waterfall(FRAME)
    loud.add(np.full((3000, PANNS.mels), timeline_image.LOUDEST_DB, np.float32))
    assert brightness(waterfall, loud).max() > 600
    assert brightness(waterfall, Sound()).max() < 100
