"""The published networks to compare with, where their weights are."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.evaluation.scorers import Scorer, ScorerError, open_function
from epanns.paths import ROOT
from epanns.tagger import AudioTagger
from epanns.vocabulary.audioset import AUDIOSET

TEACHERS = ROOT / "scripts" / "teachers.py"


def teacher(name: str, shared: Path) -> Scorer:
    if name == "YAMNet" and importlib.util.find_spec("ai_edge_litert") is None:
        pytest.skip("YAMNet runs on ai-edge-litert, which is not installed")
    return open_function(f"{TEACHERS}:{name}", shared / "models")


@pytest.mark.parametrize("name", ["Mn04", "YAMNet"])
def test_a_recording_of_a_dog_is_known_as_one(shared: Path, name: str) -> None:
    paths = sorted((shared / "audio" / "esc10" / "bark").glob("*.ogg"))[:3]
    segments = np.stack([soundfile.read(path, dtype="float32")[0][:32000] for path in paths])
    scores = teacher(name, shared)(segments)
    assert scores.shape == (3, len(AUDIOSET)) and np.nanmax(scores) <= 1.0
    top = {AUDIOSET.names[np.nanargmax(row)] for row in scores}
    assert top & {"Dog", "Bark", "Animal"}


def test_yamnet_lacks_six_classes(shared: Path) -> None:
    scores = teacher("YAMNet", shared)(np.zeros((1, 32000), np.float32))
    missing = {AUDIOSET.names[index] for index in np.flatnonzero(np.isnan(scores[0]))}
    assert len(missing) == 6 and "Female singing" in missing


def test_yamnet_scores_any_length(shared: Path) -> None:
    yamnet = teacher("YAMNet", shared)
    noise = np.random.default_rng(5).normal(0, 0.1, (1, 320000)).astype(np.float32)
    assert np.nanargmax(yamnet(noise)) == np.nanargmax(yamnet(noise[:, :32000]))


@pytest.mark.parametrize(("name", "file"), [("Mn04", "teacher.py"), ("YAMNet", "yamnet.tflite")])
def test_weights_that_are_missing_are_named(tmp_path: Path, name: str, file: str) -> None:
    with pytest.raises(ScorerError, match=f"{name} is left out: {file} is not in"):
        open_function(f"{TEACHERS}:{name}", tmp_path)
    with pytest.raises(ScorerError, match=f"{name} is left out: .* must be given by --beside"):
        open_function(f"{TEACHERS}:{name}", None)


def test_our_own_loader_scores_as_the_teacher(shared: Path) -> None:
    clips = sorted((shared / "audio" / "esc10").glob("*/*.ogg"))[::10]
    segments = np.stack([soundfile.read(path, dtype="float32")[0][:32000] for path in clips])
    ours = AudioTagger(shared / "models" / "mn04_as_mAP_432.pt", runtime="torch")
    np.testing.assert_allclose(ours.scores(segments), teacher("Mn04", shared)(segments), atol=1e-4)
