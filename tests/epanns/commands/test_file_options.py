"""What the commands for many recordings have in common: going on with --resume."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.zoo import recommendation
from epanns.zoo.recommendation import Choice
from tests.support.commands import epanns

RATE = 16000
FORMS = {
    "tag json": ("tag", "--json", "--out"),
    "tag csv": ("tag", "--csv", "--segments", "--out"),
    "tag hdf5": ("tag", "--hdf5", "--segments", "--out"),
    "detect": ("detect", "--csv", "--into"),
    "embed hdf5": ("embed", "--out"),
    "embed npz": ("embed", "--npz"),
}


@pytest.mark.parametrize(
    "words",
    [
        ("tag", "--workers", "2", "--json"),
        ("detect", "--json"),
        ("embed", "--npz", "OUT"),
        ("evaluate", "--clip", "loudest"),
    ],
)
def test_a_network_asked_for_by_what_it_is_for_is_chosen_once_and_said(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(model: str) -> Choice:
        asked.append(model)
        return Choice("starter", "best: starter, as it is quick.")

    monkeypatch.setattr(recommendation, "choose", choose)
    rng = np.random.default_rng(0)
    for number in range(2):
        soundfile.write(tmp_path / f"{number}.wav", rng.normal(0, 0.1, RATE), RATE)
    (tmp_path / "clips.csv").write_text("path,labels,split\n0.wav,Dog,test\n1.wav,Speech,test\n")
    given = [str(tmp_path / "out") if word == "OUT" else word for word in words]
    recordings = tmp_path / "clips.csv" if words[0] == "evaluate" else tmp_path
    run = epanns(*given, "--model", "best", recordings)
    assert run.returncode == 0 and asked == ["best"]
    assert run.stderr.count("best: starter, as it is quick.") == 1
    assert words[0] != "evaluate" or "starter" in run.stdout


@pytest.mark.parametrize("form", FORMS)
def test_a_run_goes_on_with_what_has_changed_or_was_not_whole(form: str, tmp_path: Path) -> None:
    folder, out = tmp_path / "recordings", tmp_path / "out"
    folder.mkdir()
    numbers = np.random.default_rng(0)
    names = ("same", "copied", "growing", "replaced")
    for name in names:
        soundfile.write(folder / f"{name}.wav", numbers.normal(0, 0.1, 2 * RATE), RATE)
    shutil.copy(folder / "copied.wav", tmp_path)
    os.truncate(folder / "copied.wav", RATE * 2)
    words = (*FORMS[form], out, folder)
    assert epanns(*words).returncode == 0

    run = epanns(*words, "--resume")  # nothing has changed; one is as incomplete as before
    assert run.returncode == 0 and "3 of 4 recordings are done already." in run.stderr
    shutil.copy(tmp_path / "copied.wav", folder)
    soundfile.write(folder / "growing.wav", numbers.normal(0, 0.1, 3 * RATE), RATE)
    soundfile.write(folder / "replaced.wav", numbers.normal(0, 0.1, 2 * RATE), RATE)
    run = epanns(*words, "--resume")
    assert run.returncode == 0 and "1 of 4 recordings are done already." in run.stderr
    assert "3 recordings, 7.0 s of sound" in run.stderr
    assert "4 of 4 recordings are done already." in epanns(*words, "--resume").stderr

    for path in folder.iterdir():  # what can no more be read has no result either
        path.write_bytes(b"no sound")
    run = epanns(*words, "--resume")
    assert run.returncode == 1 and "4 of 4 recordings could not be read." in run.stderr


@pytest.mark.parametrize("form", FORMS)
def test_a_run_does_not_go_on_with_another_track(form: str, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(RATE), RATE)
    words = (*FORMS[form], tmp_path / "out", tmp_path / "a.wav")
    assert epanns(*words, "--track", "1").returncode == 0
    for flags in ((), ("--track", "2")):
        run = epanns(*words, *flags, "--resume")
        assert run.returncode == 1 and "track" in run.stderr and "go on with the same" in run.stderr
    assert epanns(*words, "--track", "1", "--resume").returncode == 0
