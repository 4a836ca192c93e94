"""The pack that the starter learns from: what is in it, and under which name of a source."""

import csv
from itertools import starmap
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.datasets.pack import Pack
from starter import material
from starter.clip import Sound
from starter.recordings import CALIBRATION

RATE = 32000


def tone(seed: int, number: int) -> Sound:
    time = np.arange(RATE) / RATE
    wave = 0.1 * np.sin(2 * np.pi * (300 + 50 * number) * time)
    return Sound(f"tone-{seed}-{number}", wave.astype(np.float32), ("Sine wave",))


def hush(seed: int, number: int) -> Sound:
    return Sound(f"hush-{seed}-{number}", np.zeros(RATE, np.float32), ())


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    makers = {"signals": (tone, 3), "quiet rooms": (hush, 2)}
    monkeypatch.setattr(material, "MAKERS", makers)
    monkeypatch.setattr(material, "SCENES", 4)
    monkeypatch.setattr(material, "on_all_cores", starmap)  # so little is quicker here
    monkeypatch.setattr("starter.recordings.CALIBRATION_SHARE", 0.2)


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """Forty recordings of two sources, one of them in the split test, one of them broken."""
    folder = tmp_path / "audio"
    folder.mkdir()
    rows = [("path", "labels", "source", "license", "split")]
    random = np.random.default_rng(0)
    for number in range(40):
        letters = chr(97 + number % 26) + chr(97 + number // 26)
        source = "github:one" if number % 2 else "github:two"
        split = "test" if number == 7 else "train"
        rows.append((f"{letters}.wav", "Dog;Animal", source, "CC0", split))
        soundfile.write(folder / f"{letters}.wav", 0.1 * random.standard_normal(RATE), RATE)
    (folder / "aa.wav").write_bytes(b"no sound")
    with (folder / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


@pytest.mark.usefixtures("few")
def test_everything_is_there_once_however_often_it_is_asked_for(
    tmp_path: Path, audio: Path
) -> None:
    path = tmp_path / "material.h5"
    for _ in range(2):
        failures = material.record(path, audio)
        assert len(failures) == 1 and "aa.wav" in failures[0]
        material.compute(path)
        material.play_again(path)
    with Pack(path) as pack:
        kept = pack.select(split=CALIBRATION)
        recorded = [i for i, source in enumerate(pack.sources) if source.startswith("github:")]
        assert len(recorded) == 38 and 0 < len(kept) < 20
        assert pack.sources.count("computed signals") == 3
        assert pack.sources.count("computed quiet rooms") == 2
        again = [name for name in pack.names if name.startswith("recast ")]
        assert again == [f"recast {i}" for i in recorded if i not in kept]
        assert sum(name.startswith("scene ") for name in pack.names) == 4
        one = pack.names.index(again[0])
        original = int(again[0].split()[1])
        assert pack.sources[one] == f"again {pack.sources[original]}"
        assert np.array_equal(pack.targets([one]), pack.targets([original]))
        for index, name in enumerate(pack.names):
            if name.startswith("scene "):
                assert pack.sources[index].startswith("again ")
                assert "quiet" not in pack.sources[index]
                assert not pack.targets([index]).any()
