"""scripts/starter/figures and what it is made of: lengths, spoken, quiet."""

import csv
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray

from epanns.audio.level import rms_dbfs
from epanns.audio.read import read_waveform
from epanns.errors import WeightsError
from epanns.vocabulary.audioset import AUDIOSET
from starter import figures, spoken
from starter.lengths import loudest_stretch
from starter.quiet import highest_score, quiet_sounds
from tests.support.golden import standin

Floats = NDArray[np.float32]

RATE = 32000
# One that hears Speech in everything above a level, Music in the rest, and knows all classes.
TEACHER = """
import torch

class Teacher:
    def __init__(self, weights):
        pass

    def __call__(self, waveforms):
        logits = torch.full((len(waveforms), 527), -5.0)
        loud = waveforms.square().mean(dim=1) > 1e-4
        logits[:, 0] = torch.where(loud, 2.0, -4.0)
        logits[:, 137] = torch.where(loud, -4.0, 2.0)
        return logits, None
"""

needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"
)


def noise(seconds: float, level: float = 0.1) -> Floats:
    samples = round(seconds * RATE)
    return (level * np.random.default_rng(7).standard_normal(samples)).astype(np.float32)


def hears(waveforms: Floats) -> Floats:
    """Speech where it is loud, Music elsewhere."""
    scores = np.zeros((len(waveforms), len(AUDIOSET)), np.float32)
    loud = np.square(waveforms).mean(axis=1) > 1e-4
    scores[:, AUDIOSET.index("Speech")] = loud
    scores[:, AUDIOSET.index("Music")] = ~loud
    return scores


@pytest.fixture
def shared_like(tmp_path: Path) -> Path:
    """A folder like ../shared with a few computed recordings and a teacher of a few lines."""
    models, audio = tmp_path / "models", tmp_path / "audio"
    models.mkdir()
    audio.mkdir()
    (models / "teacher.py").write_text(TEACHER)
    (models / "mn04_as_mAP_432.pt").touch()
    torch.save(standin.build().state_dict(), models / "starter_v0.pth")
    rows = [
        ("talk.wav", "Speech", "somebody", noise(2.5), "test"),
        ("song.wav", "Music", "somebody", noise(12.0, 0.001), "test"),
        ("dog.wav", "Dog;Animal", figures.ESC10, noise(0.4), "test"),
        ("rain.wav", "Rain", figures.ESC10, noise(5.0, 0.003), "test"),
        ("learnt.wav", "Rain", figures.ESC10, noise(1.0), "train"),
    ]
    with (audio / "manifest.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("path", "labels", "source", "split", "licence"))
        for name, labels, source, waveform, split in rows:
            soundfile.write(audio / name, waveform, RATE, subtype="FLOAT")
            table.writerow((name, labels, source, split, "CC0 1.0"))
    return tmp_path


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "weights.pth"
    torch.save(standin.build().state_dict(), path)
    return path


# --- measure and write


@needs_espeak
def test_everything_is_measured_and_can_be_written(
    shared_like: Path, weights: Path, tmp_path: Path
) -> None:
    found = figures.measure(weights, shared_like)
    assert found["file"]["bytes"] == weights.stat().st_size
    assert found["network"]["widths"] == list(standin.NARROW_WIDTHS)
    assert 0 < found["network"]["share_of_epanns"] < 0.1
    whole = found["recognition"]["whole"]
    assert (whole["clips"], whole["classes"]) == (4, 5)
    assert whole["Mn04"]["esc10"]["clips"] == 2
    assert [each["clips"] for each in found["lengths"]] == [4, 4, 3, 2, 1]
    assert found["speech"]["recordings"]["all"]["segments"] == 3
    assert set(found["speech"]["sentences"]["each"]) == set(spoken.SENTENCES)
    assert set(found["quiet"]) == {"digital silence", "white noise", "pink noise"}
    unheard = found["never_heard"]
    assert unheard["sources"] == {"somebody": 2}  # of the other one a recording is learnt from
    assert (unheard["clips"], unheard["classes"]) == (2, 2)
    assert unheard["loudest"]["Mn04"] == unheard["whole"]["Mn04"] == 1.0
    assert {"starter", "starter_v0"} <= set(unheard["whole"])
    figures.write(found, tmp_path / "figures.json")
    assert json.loads((tmp_path / "figures.json").read_text()) == found


def test_pytorch_has_its_threads_back_afterwards(shared_like: Path, tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with pytest.raises(WeightsError):
            figures.measure(tmp_path / "nothing.pth", shared_like)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(threads)


@needs_espeak
def test_every_goal_stands_beside_what_was_reached(shared_like: Path, weights: Path) -> None:
    found = figures.measure(weights, shared_like)
    goals = {goal["name"]: goal for goal in found["goals"]}
    assert len(goals) == 11
    for goal in goals.values():
        wanted = goal.get("at_least", goal.get("at_most"))
        reached = goal["value"] >= wanted if "at_least" in goal else goal["value"] <= wanted
        assert goal["met"] is reached
    cut = found["recognition"]["loudest"]
    ratio = goals["mAP of the loudest second, times the teacher's"]["value"]
    assert ratio == pytest.approx(cut["starter"]["mAP"] / cut["Mn04"]["mAP"], abs=1e-3)
    silence = goals["highest score in digital silence"]
    assert silence["value"] == found["quiet"]["digital silence"]["score"]


def test_numbers_that_are_none_become_null_and_the_rest_has_four_digits() -> None:
    value: dict[str, Any] = {"a": [0.123456, float("nan")], "b": {"c": 7, "d": True}}
    assert figures._rounded(value) == {"a": [0.1235, None], "b": {"c": 7, "d": True}}


# --- lengths


def test_the_loudest_stretch_is_found_at_every_length() -> None:
    waveform = np.zeros(5 * RATE, np.float32)
    waveform[3 * RATE : 4 * RATE] = noise(1.0)
    for seconds in (0.5, 1.0, 2.0):
        stretch = loudest_stretch(waveform, round(seconds * RATE))
        assert stretch is not None and len(stretch) == seconds * RATE
        share = np.square(stretch).sum() / np.square(waveform).sum()
        assert share > min(seconds, 1.0) - 0.05


def test_a_waveform_has_no_stretch_much_longer_than_itself() -> None:
    assert loudest_stretch(noise(1.5), 2 * RATE) is None
    almost = loudest_stretch(noise(1.99), 2 * RATE)
    assert almost is not None and len(almost) == 2 * RATE and not almost[-1]
    short = loudest_stretch(noise(0.3), RATE)
    assert short is not None and len(short) == RATE and not short[-1]


# --- spoken


def test_seconds_twenty_decibels_below_the_loudest_contain_no_speech() -> None:
    waveform = np.concatenate([noise(1.0), noise(1.0, 0.02), noise(1.0, 0.005)])
    speech, music = AUDIOSET.index("Speech"), AUDIOSET.index("Music")
    assert spoken.audible_seconds_first(hears, waveform) == [speech, speech]
    assert spoken.audible_seconds_first(hears, noise(2.0, 0.005)) == [music, music]


def test_a_short_recording_is_one_second() -> None:
    assert len(spoken.audible_seconds_first(hears, noise(0.4))) == 1


def test_the_share_of_seconds_with_speech_first_is_told_of_all_and_of_each() -> None:
    found = spoken.speech_first(
        hears, [("loud", noise(3.0)), ("quiet", noise(1.0, 0.001)), ("loud", noise(1.0))]
    )
    assert found["all"] == {"segments": 5, "speech_first": 0.8}
    assert found["each"]["loud"] == {"segments": 4, "speech_first": 1.0}
    assert found["each"]["quiet"] == {"segments": 1, "speech_first": 0.0}
    assert found["first_instead"] == {"Music": 1}


@needs_espeak
def test_every_voice_speaks_several_sentences() -> None:
    said: dict[str, list[Floats]] = {}
    for voice, waveform in spoken.sentences():
        said.setdefault(voice, []).append(waveform)
    assert len(said) == 5
    for waveforms in said.values():
        assert len(waveforms) >= 5
        assert all(2 < len(each) / RATE < 8 and rms_dbfs(each) > -35 for each in waveforms)


@needs_espeak
@pytest.mark.parametrize("voice", spoken.SENTENCES)
def test_a_voice_is_not_the_plain_one_of_its_language(voice: str, tmp_path: Path) -> None:
    # espeak-ng takes the plain voice without a word where it does not know the variant.
    waveforms = []
    for name in (voice, voice.split("+")[0]):
        path = tmp_path / f"{name}.wav"
        subprocess.run(["espeak-ng", "-v", name, "-w", str(path), "one two three"], check=True)
        waveforms.append(read_waveform(path))
    a, b = waveforms
    assert len(a) != len(b) or not np.array_equal(a, b)


# --- quiet


def test_quiet_sounds_are_silence_and_noise_at_minus_sixty() -> None:
    sounds = quiet_sounds()
    assert not sounds.pop("digital silence").any()
    for name, waveform in sounds.items():
        assert waveform.dtype == np.float32
        assert rms_dbfs(waveform) == pytest.approx(-60, abs=0.01), name
    assert np.array_equal(sounds["pink noise"], quiet_sounds()["pink noise"])


def test_pink_noise_falls_by_ten_decibels_a_decade() -> None:
    power = np.abs(np.fft.rfft(quiet_sounds()["pink noise"])) ** 2
    hertz = len(power) / (RATE / 2)
    low, high = (power[int(f * hertz) : int(1.2 * f * hertz)].mean() for f in (100, 1000))
    assert 10 * np.log10(low / high) == pytest.approx(10, abs=0.5)


def test_the_highest_score_is_told_with_its_class() -> None:
    assert highest_score(hears, noise(3.0)) == {"class": "Speech", "score": 1.0}
