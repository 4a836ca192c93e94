"""scripts/starter/signals: computed sounds."""

import numpy as np
import pytest

from epanns.vocabulary.audioset import AUDIOSET
from starter import acoustics
from starter.clip import Sound
from starter.signals import FAMILIES, computed, quiet
from starter.signals.family import Family


def level(sound: Sound) -> float:
    return float(10 * np.log10(np.mean(sound.waveform.astype(np.float64) ** 2) + 1e-20))


@pytest.mark.parametrize("family", [family for _, family in FAMILIES], ids=lambda f: f.__name__)
def test_every_family_gives_sound_that_can_be_played_and_labels_that_exist(family: Family) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        wave, labels = family(rng)
        sound = acoustics.finished(rng, "x", wave, labels)
        assert sound.waveform.dtype == np.float32 and sound.waveform.ndim == 1
        assert 28000 <= len(sound.waveform) <= 6 * 32000
        assert np.isfinite(sound.waveform).all() and np.abs(sound.waveform).max() <= 1
        assert -60 < level(sound) < -11
        assert set(sound.labels) <= set(AUDIOSET.names)


def test_a_sound_depends_on_the_seed_and_its_number_alone() -> None:
    few, many, other = (
        [computed(5, number) for number in range(3)],
        [computed(5, number) for number in range(8)],
        [computed(6, number) for number in range(3)],
    )
    for a, b, c in zip(few, many, other, strict=False):
        assert a.name == b.name != c.name and a.labels == b.labels
        np.testing.assert_array_equal(a.waveform, b.waveform)
        assert len(a.waveform) != len(c.waveform) or (a.waveform != c.waveform).any()
    assert len({sound.name for sound in many}) == 8
    assert len({sound.waveform.tobytes() for sound in many}) == 8


def test_quiet_rooms_are_quiet_and_some_are_silent() -> None:
    levels = np.array([level(sound) for sound in (quiet(1, number) for number in range(60))])
    assert levels.max() <= -55 + 0.1
    assert (levels == -200).any() and (levels > -95.1).sum() > 40
    assert not any(sound.labels for sound in (quiet(1, number) for number in range(60)))


def test_labels_bring_those_above_them_as_long_as_there_is_one() -> None:
    assert acoustics.labelled(["Smoke detector, smoke alarm"]) == (
        "Smoke detector, smoke alarm",
        "Alarm",
    )
    assert acoustics.labelled(["Snare drum"]) == (
        "Snare drum", "Drum", "Percussion", "Musical instrument", "Music",
    )  # fmt: skip
    # A clap is made by hands, and by a group of people: which, nobody has said.
    assert acoustics.labelled(["Clapping"]) == ("Clapping",)
    with pytest.raises(ValueError, match="Sirenn"):
        acoustics.labelled(["Sirenn"])


def test_noise_falls_as_steeply_as_is_asked() -> None:
    for slope in (0.0, 3.0, 6.0):
        wave = acoustics.noise(np.random.default_rng(0), 320000, slope)
        power = np.abs(np.fft.rfft(wave)) ** 2
        frequency = np.fft.rfftfreq(len(wave), 1 / 32000)
        low = power[(frequency > 450) & (frequency < 550)].mean()
        high = power[(frequency > 7200) & (frequency < 8800)].mean()
        assert 10 * np.log10(low / high) == pytest.approx(4 * slope, abs=1.0)


def test_a_struck_body_rings_at_its_modes_and_falls_by_60_db_in_their_time() -> None:
    wave = acoustics.struck(np.random.default_rng(0), 1.0, [(1000.0, 1.0, 0.5)])
    spectrum = np.abs(np.fft.rfft(wave))
    assert np.argmax(spectrum) == pytest.approx(1000, abs=1)
    begin, end = np.abs(wave[800:1120]).max(), np.abs(wave[16000:16320]).max()
    assert 20 * np.log10(begin / end) == pytest.approx(60 * (15200 / 16000), abs=1.0)


def test_a_tone_leaves_out_what_cannot_be_sampled() -> None:
    wave = acoustics.tone(3000.0, 32000, np.ones(10))
    power = np.abs(np.fft.rfft(wave)) ** 2
    assert list(np.flatnonzero(power > power.max() / 100)) == [3000, 6000, 9000, 12000, 15000]
