"""A network of one's own, added by one module, goes the whole way: nothing is as in PANNs.

Its bars in the window are in tests/gui/chart/test_bars.py.
"""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import soundfile
import torch

from epanns import AudioTagger
from epanns.__main__ import main
from epanns.conversion.opening import open_converted
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.live.engine import Engine
from epanns.networks import registry
from epanns.networks.checkpoint import load_checkpoint
from epanns.sessions.reader import Session
from epanns.settings import Settings
from tests.support.own_architecture import NAMES, RATE, OwnNetwork, own_network
from tests.support.waiting import wait_until

HIGH, LOW = 5000, 200  # Hz


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnNetwork]:
    with own_network(tmp_path_factory.mktemp("own")) as made:
        yield made


def tone(hertz: float, rate: int, seconds: float = 2.0) -> np.ndarray:
    """Float32 (samples,)."""
    return (0.1 * np.sin(2 * np.pi * hertz * np.arange(seconds * rate) / rate)).astype(np.float32)


def test_its_weights_are_recognised_and_read_with_their_classes(own: OwnNetwork) -> None:
    assert registry.recognise_file(own.weights) is None
    network = load_checkpoint(own.weights)
    assert network.architecture is own.module.ENTRY and network.embedding_width == 6
    assert network.vocabulary.names == NAMES


def test_its_converted_copy_computes_what_pytorch_computes(own: OwnNetwork) -> None:
    runtime = open_converted(own.weights)
    assert runtime.vocabulary.names == NAMES and runtime.architecture is own.module.ENTRY
    waveforms = np.stack([tone(HIGH, RATE), tone(LOW, RATE)])
    with torch.inference_mode():
        expected = own.network(torch.from_numpy(waveforms))
    found = runtime.run(waveforms)
    np.testing.assert_allclose(found.logits, expected.logits, rtol=0, atol=1e-3)
    np.testing.assert_allclose(found.embedding, expected.embedding, rtol=0, atol=1e-3)


def test_a_change_of_its_module_makes_a_new_converted_copy(tmp_path: Path) -> None:
    waveform = tone(HIGH, RATE)[None]
    with own_network(tmp_path) as own:
        before = open_converted(own.weights).run(waveform).logits
        (kept,) = tmp_path.glob("*.onnx")
    module = tmp_path / "two_tones.py"
    changed = module.read_text().replace("(self.head(embedding), ", "(-self.head(embedding), ")
    with own_network(tmp_path, changed) as own:
        np.testing.assert_allclose(open_converted(own.weights).run(waveform).logits, -before)
        assert list(tmp_path.glob("*.onnx")) != [kept]


@pytest.mark.parametrize("runtime", ["onnx", "torch"])
def test_the_tagger_takes_any_rate_and_names_its_classes(
    own: OwnNetwork, runtime: Literal["onnx", "torch"]
) -> None:
    tagger = AudioTagger(own.weights, runtime=runtime)
    for hertz, name in ((HIGH, "High tone"), (LOW, "Low tone")):
        found = tagger.tag(tone(hertz, 44_100), sample_rate=44_100)
        assert found.network.vocabulary.names[int(found.scores.argmax())] == name
    assert tagger.network.title.startswith("TwoTones") and tagger.sample_rate == RATE
    assert tagger.scores(np.zeros((2, SAMPLE_RATE), np.float32)).shape == (2, len(NAMES))


def test_the_live_worker_scores_with_it_and_a_recording_keeps_its_classes(
    own: OwnNetwork, tmp_path: Path
) -> None:
    sound = tmp_path / "high.wav"
    soundfile.write(sound, tone(HIGH, SAMPLE_RATE), SAMPLE_RATE)
    session = tmp_path / "high.h5"
    engine = Engine(Settings(source=str(sound), model=str(own.weights), offline=True))
    engine.start()
    try:
        engine.record(session)
        wait_until(lambda: engine.latest is not None)
        latest = engine.latest
        assert latest is not None and latest.network.vocabulary.names == NAMES
        wait_until(lambda: engine.done)
        latest = engine.latest
        assert latest is not None and latest.scores.shape == (len(NAMES),)
        assert NAMES[int(latest.scores.argmax())] == "High tone"
    finally:
        engine.close()
    with Session(session) as kept:
        assert kept.vocabulary.names == NAMES


@pytest.mark.parametrize("workers", ["1", "2"])
def test_tag_scores_files_with_it_in_this_process_and_in_others(
    own: OwnNetwork,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    workers: str,
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(own.weights.parent), str(Path.cwd())]))
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    for hertz in (HIGH, LOW):
        soundfile.write(sounds / f"{hertz}.wav", tone(hertz, 22_050), 22_050)
    table = tmp_path / "out.csv"
    words = ["tag", str(sounds), "--model", str(own.weights), "--workers", workers]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--csv", "--out", str(table)])
    assert not ended.value.code, capsys.readouterr().err
    with table.open(newline="") as file:
        first = {Path(row["file"]).stem: row for row in csv.DictReader(file) if row["rank"] == "1"}
    assert {hertz: row["label"] for hertz, row in first.items()} == {
        str(HIGH): "High tone",
        str(LOW): "Low tone",
    }
