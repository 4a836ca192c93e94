"""scripts/starter/speech: voices of espeak-ng."""

import shutil
import subprocess
from typing import Any

import numpy as np
import pytest

from epanns.vocabulary.audioset import AUDIOSET
from starter import speech
from starter.sentences import SENTENCES
from starter.spoken import SENTENCES as TESTED

pytestmark = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"
)

HELD, HELD_VARIANTS = map(set, zip(*(voice.split("+") for voice in TESTED), strict=True))


def test_voices_say_something_that_can_be_played() -> None:
    for sound in (speech.spoken(3, number) for number in range(12)):
        assert sound.waveform.dtype == np.float32 and len(sound.waveform) > 32000
        assert 0.01 < np.abs(sound.waveform).max() <= 1 and np.isfinite(sound.waveform).all()
        assert "Speech" in sound.labels and set(sound.labels) <= set(AUDIOSET.names)


def test_a_voice_depends_on_the_seed_and_its_number_alone() -> None:
    few, many = (
        [speech.spoken(4, number) for number in range(2)],
        [speech.spoken(4, number) for number in range(4)],
    )
    for a, b in zip(few, many, strict=False):
        assert a.name == b.name and a.labels == b.labels
        np.testing.assert_array_equal(a.waveform, b.waveform)
    assert len({sound.name for sound in many}) == 4
    assert len({sound.waveform.tobytes() for sound in many}) == 4


def test_voices_of_the_test_are_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[tuple[str, str]] = []
    real = subprocess.run

    def watched(command: list[str], **options: Any) -> "subprocess.CompletedProcess[Any]":
        if "-v" in command:
            language, _, variant = command[command.index("-v") + 1].partition("+")
            used.append((language, variant))
        return real(command, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    [speech.spoken(0, number) for number in range(60)]
    assert len(used) >= 60 and len({language for language, _ in used}) > 20
    for language, variant in used:
        assert language not in HELD and not language.startswith("fr")
        assert variant and variant not in HELD_VARIANTS
    assert not (set(speech.languages()) & HELD or set(speech.variants()) & HELD_VARIANTS)


def test_there_is_no_sentence_in_a_language_of_the_test() -> None:
    assert not HELD & set(SENTENCES)
