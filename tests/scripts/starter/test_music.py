"""scripts/starter/music: a sound font played by FluidSynth."""

import importlib.util
from ctypes.util import find_library

import numpy as np
import pytest

from epanns.vocabulary.audioset import AUDIOSET
from starter.programs import DRUM_KEYS, PROGRAMS, RANGES

if importlib.util.find_spec("fluidsynth") is None or find_library("fluidsynth") is None:
    pytest.skip("FluidSynth is not installed", allow_module_level=True)

from starter import music, synthesizer
from starter.music import Note, Part
from starter.needs import SOUND_FONT

if not SOUND_FONT.is_file():
    pytest.skip("fluid-soundfont-gm is not installed", allow_module_level=True)


def test_every_program_and_drum_has_labels_that_exist() -> None:
    assert len(PROGRAMS) == 128 and len(RANGES) == 16 and len(DRUM_KEYS) == 47
    named = {name for names in (*PROGRAMS, *DRUM_KEYS) for name in names}
    assert named <= set(AUDIOSET.names)
    assert PROGRAMS[0] == ("Piano",) and PROGRAMS[40] == ("Violin, fiddle",)
    assert PROGRAMS[73] == ("Flute",) and PROGRAMS[115] == ("Wood block",)
    assert DRUM_KEYS[38 - 35] == ("Snare drum",) and DRUM_KEYS[56 - 35][0] == "Cowbell"


def test_a_note_sounds_at_its_pitch_when_its_key_is_down() -> None:
    wave = synthesizer.render(Part({0: (0, 80)}, [Note(0.5, 1.0, 0, 69, 100)], 2.0, ()))
    assert len(wave) == 64000
    assert np.abs(wave[:15900]).max() < 1e-6 < np.abs(wave[16200:48000]).max()
    spectrum = np.abs(np.fft.rfft(wave[20000:36000]))
    first = np.flatnonzero(spectrum > 0.3 * spectrum.max())[0] * 2
    assert first == pytest.approx(440, abs=4)


def test_music_depends_on_the_seed_and_its_number_alone() -> None:
    few, many = (
        [music.played(2, number) for number in range(4)],
        [music.played(2, number) for number in range(8)],
    )
    for a, b in zip(few, many, strict=False):
        assert a.name == b.name and a.labels == b.labels
        np.testing.assert_array_equal(a.waveform, b.waveform)
    third = music.played(2, 2)
    np.testing.assert_array_equal(third.waveform, few[2].waveform)
    assert len({sound.name for sound in many}) == 8
    assert len({sound.waveform.tobytes() for sound in many}) == 8


def test_music_can_be_played_and_is_labelled() -> None:
    sounds = [music.played(9, number) for number in range(24)]
    for sound in sounds:
        assert sound.waveform.dtype == np.float32 and len(sound.waveform) >= 1.4 * 32000
        assert np.isfinite(sound.waveform).all() and 0.001 < np.abs(sound.waveform).max() <= 1
        assert set(sound.labels) <= set(AUDIOSET.names)
    assert sum("Music" in sound.labels for sound in sounds) > 16
