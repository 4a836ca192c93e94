"""The bundled recording: what it holds, and that the starter model names it."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from epanns import AudioTagger
from epanns.paths import ROOT, SAMPLE
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.timetable import SILENCE, TIMETABLE, Section, sections

SAMPLE_RATE = 32000
HOP = SAMPLE_RATE // 10
SOUNDS = ["Speech", "Whistle", "Siren", "Sine wave", "White noise", "Applause"]

Waveform = NDArray[np.float32]


def read_recording(path: Path) -> Waveform:
    waveform, sample_rate = soundfile.read(path, dtype="float32")
    assert sample_rate == SAMPLE_RATE
    return waveform


def cut(recording: Waveform, section: Section) -> Waveform:
    onset, offset, _ = section
    return recording[round(onset * SAMPLE_RATE) : round(offset * SAMPLE_RATE)]


def level(waveform: Waveform) -> float:
    """RMS level in dBFS, with a floor for digital silence."""
    return 10 * float(np.log10(np.mean(np.square(waveform, dtype=np.float64)) + 1e-20))


@pytest.fixture(scope="module")
def recording() -> Waveform:
    return read_recording(SAMPLE)


@pytest.fixture(scope="module")
def timetable(recording: Waveform) -> list[Section]:
    return sections(len(recording) / SAMPLE_RATE)


@pytest.fixture(scope="module")
def tagger() -> AudioTagger:
    return AudioTagger("starter")


def test_it_is_a_small_mono_file_at_32_khz(recording: Waveform) -> None:
    assert recording.ndim == 1
    assert 40 < len(recording) / SAMPLE_RATE < 60
    assert SAMPLE.stat().st_size < 2_000_000


def test_it_never_clips(recording: Waveform) -> None:
    assert np.abs(recording).max() <= 10 ** (-3 / 20)


def test_sounds_and_silences_take_turns_under_audioset_names(timetable: list[Section]) -> None:
    labels = [label for _, _, label in timetable]
    assert labels == [name for sound in (*SOUNDS, "Speech") for name in (sound, SILENCE)]
    assert set(labels) <= set(AUDIOSET.names)


def test_silences_are_silent_and_short(recording: Waveform, timetable: list[Section]) -> None:
    for onset, offset, label in timetable:
        if label == SILENCE:
            assert level(cut(recording, Section(onset, offset, label))) < -70
            assert 1.0 < offset - onset <= 2.5


def test_sounds_are_about_equally_loud(recording: Waveform, timetable: list[Section]) -> None:
    sounds = [cut(recording, section) for section in timetable if section.label != SILENCE]
    assert all(-27 < level(sound) < -16 for sound in sounds)


@pytest.mark.parametrize(
    ("label", "places", "score"),
    [
        ("Speech", 1, 0.8),
        ("Whistle", 1, 0.6),
        ("Siren", 1, 0.8),
        ("Sine wave", 1, 0.5),
        ("White noise", 2, 0.7),
        ("Applause", 2, 0.5),
    ],
)
def test_the_starter_model_names_each_sound(
    recording: Waveform,
    timetable: list[Section],
    tagger: AudioTagger,
    label: str,
    places: int,
    score: float,
) -> None:
    """In 95 % of the live segments wholly inside, it is in the first places and clear."""
    index = AUDIOSET.index(label)
    for section in (section for section in timetable if section.label == label):
        sound = cut(recording, section)
        starts = range(0, len(sound) - SAMPLE_RATE + 1, HOP)
        scores = tagger.scores(np.stack([sound[i : i + SAMPLE_RATE] for i in starts]))
        place = 1 + np.sum(scores > scores[:, [index]], axis=1)
        assert np.mean((place <= places) & (scores[:, index] >= score)) >= 0.95, section


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs espeak-ng for the voices")
def test_the_script_makes_it_again(
    recording: Waveform, timetable: list[Section], tmp_path: Path
) -> None:
    """All but the voices, which differ between versions of espeak-ng."""
    script = ROOT / "scripts" / "make_sample"
    subprocess.run([sys.executable, script, "--output", tmp_path], check=True)
    again = read_recording(tmp_path / SAMPLE.name)
    others = sections(len(again) / SAMPLE_RATE, tmp_path / TIMETABLE.name)
    assert [label for *_, label in others] == [label for *_, label in timetable]
    for section, other in zip(timetable, others, strict=True):
        if section.label != "Speech":
            np.testing.assert_allclose(cut(again, other), cut(recording, section), atol=1e-4)
