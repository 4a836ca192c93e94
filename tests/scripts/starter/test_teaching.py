"""The teacher of the starter, on the weights in ../shared."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from epanns.datasets.pack import Pack
from epanns.datasets.pack_writer import PackWriter
from epanns.vocabulary.audioset import AUDIOSET
from starter import teaching

RATE = 32000
SHARED = Path(__file__).resolve().parents[4] / "shared" / "models"

if not (SHARED / "mn04_as_mAP_432.pt").exists():
    pytest.skip("needs the teachers of ../shared", allow_module_level=True)
if importlib.util.find_spec("ai_edge_litert") is None:
    pytest.skip("YAMNet runs on ai-edge-litert, which is not installed", allow_module_level=True)


def tone(seconds: float) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * 1000 * time)).astype(np.float32)


@pytest.fixture(scope="module")
def ensemble() -> teaching.Ensemble:
    return teaching.Ensemble(SHARED)


@pytest.mark.parametrize(("seconds", "windows"), [(0.1, 1), (1, 1), (1.2, 1), (1.5, 2), (4, 7)])
def test_there_is_a_window_each_half_second(
    ensemble: teaching.Ensemble, seconds: float, windows: int
) -> None:
    scores = ensemble(tone(seconds))
    assert scores.shape == (windows, 527) and np.isfinite(scores).all()


def test_it_hears_a_tone_where_it_is_and_nothing_in_silence(ensemble: teaching.Ensemble) -> None:
    scores = ensemble(np.concatenate([tone(4), np.zeros(4 * RATE, np.float32)]))
    sine = AUDIOSET.index("Sine wave")
    assert scores[2, sine] > 0.1
    assert not scores[-3:].any()


def test_it_scores_what_is_not_scored_yet(tmp_path: Path) -> None:
    path = tmp_path / "pack.h5"
    with PackWriter(path) as writer:
        writer.add("a", tone(1), np.zeros(527))
        teaching.teach(writer, SHARED)
        writer.add("b", tone(2), np.zeros(527))
        teaching.teach(writer, SHARED)
        assert writer.scored(teaching.NAME) == 2
    with Pack(path) as pack:
        teacher = pack.teacher(teaching.NAME)
        assert teacher is not None and (teacher.segment, teacher.hop) == (RATE, RATE // 2)
        assert [len(teacher.scores(index)) for index in range(2)] == [1, 3]
