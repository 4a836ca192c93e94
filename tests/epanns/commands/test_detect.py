"""python -m epanns detect, as a user runs it, on a scene whose events are known.

What the starter model finds in it may change with the model; that the figures are right for what it
finds is counted anew here. Figures known beforehand are in tests/epanns/detection.
"""

import csv
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from click.testing import CliRunner, Result

from epanns.commands.detect import detect
from epanns.detection.reference import AnnotationError, read_reference
from epanns.errors import SettingsError
from epanns.files.outputs.output import OutputError
from epanns.networks import registry
from epanns.paths import CONFIG, SAMPLE
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.golden.standin import build
from tests.support.own_network import NAMES, write_own_network
from tests.support.programs import ROOT, environment

RATE = 32000
SCENE = {"Sine wave": (2.4, 4.6), "White noise": (7.4, 9.6), "Speech": (12.4, 15.6)}
CLEAN = ("--threshold", "0.6", "--low", "0.5", "--merge-gap", "0.5", "--min-duration", "0.5")


@pytest.fixture(autouse=True)
def _pytest_keeps_its_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("epanns.commands.detect.own_stderr", lambda: None)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(detect, [str(word) for word in words])


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """18 s of silence with a tone, noise and speech."""
    random = np.random.default_rng(3)
    speech, _ = soundfile.read(CONFIG / "sample.flac", frames=4 * RATE)
    sounds = {
        "Sine wave": 0.15 * np.sin(2 * np.pi * 300 * np.arange(4 * RATE) / RATE),
        "White noise": random.normal(0, 0.1, 4 * RATE),
        "Speech": speech,
    }
    waveform = np.zeros(18 * RATE)
    for name, (onset, offset) in SCENE.items():
        first, end = round(onset * RATE), round(offset * RATE)
        waveform[first:end] = sounds[name][: end - first]
    path = tmp_path_factory.mktemp("scene") / "scene.flac"
    soundfile.write(path, waveform, RATE)
    return path


@pytest.fixture(scope="module")
def reference(scene: Path) -> Path:
    """What is in the scene, and a dog that is not."""
    path = scene.with_name("reference.tsv")
    rows = [f"scene.flac\t{on}\t{off}\t{name}" for name, (on, off) in SCENE.items()]
    rows.append("scene.flac\t0.2\t0.8\tDog")
    path.write_text("filename\tonset\toffset\tevent_label\n" + "\n".join(rows))
    return path


def test_figures_are_those_counted_by_hand(scene: Path, reference: Path, tmp_path: Path) -> None:
    wanted = read_reference(reference, AUDIOSET)["scene.flac"]
    table = run(scene, *CLEAN, "--csv").stdout
    found = [
        row
        for row in csv.DictReader(table.splitlines())
        if row["label"] in {AUDIOSET.names[event.label] for event in wanted}
    ]
    hits = sum(
        row["label"] == AUDIOSET.names[event.label]
        and abs(float(row["onset"]) - event.onset) < 0.2005
        and abs(float(row["offset"]) - event.offset)
        < max(0.2005, 0.2 * (event.offset - event.onset))
        for event in wanted
        for row in found
    )
    assert hits >= 2  # the tone and the noise
    words = ("--reference", reference, "--plot", tmp_path / "scene.png")
    lines = run(scene, *CLEAN, *words).stdout.splitlines()
    (figures,) = [line.split()[5:] for line in lines if line.startswith("all ")]
    f1, errors = 2 * hits / (4 + len(found)), (4 + len(found) - 2 * hits) / 4
    assert figures == [
        *(f"{rate:.3f}" for rate in (f1, errors, hits / len(found), hits / 4)), "4", str(len(found))
    ]  # fmt: skip
    assert (tmp_path / "scene.png").read_bytes().startswith(b"\x89PNG")


def test_found_events_can_be_the_reference(scene: Path, tmp_path: Path) -> None:
    words = (scene, *CLEAN, "--hop", "0.25", "--dcase")
    found = run(*words)
    (tmp_path / "found.tsv").write_text(found.stdout)
    events = read_reference(tmp_path / "found.tsv", AUDIOSET)["scene.flac"]
    assert len(events) >= 3
    again = run(*words, "--reference", tmp_path / "found.tsv")
    assert again.stdout == found.stdout
    rows = {" ".join(line.split()) for line in again.stderr.splitlines()}
    count = len(events)
    assert f"all 1.000 0.000 1.000 1.000 1.000 0.000 1.000 1.000 {count} {count}" in rows


def test_classes_and_thresholds_of_a_class_are_obeyed(scene: Path) -> None:
    def labels(*words: str) -> set[str]:
        found = run(scene, "--json", "--hop", "0.25", *words)
        return {event["label"] for event in json.loads(found.stdout)["events"]}

    assert {"Sine wave", "White noise", "Speech"} <= labels()
    assert labels("--classes", "Speech") <= {"Speech", "Male speech, man speaking"} | labels()
    assert "White noise" not in labels("--classes", "Speech")
    assert labels("--threshold", "1", "--threshold", "Sine wave=0.3") == {"Sine wave"}


def test_a_coarser_hop_finds_the_same_within_it(scene: Path) -> None:
    def sine(hop: str) -> tuple[float, float]:
        table = run(scene, *CLEAN, "--classes", "Sine wave", "--hop", hop, "--csv").stdout
        (row,) = csv.DictReader(table.splitlines())
        return float(row["onset"]), float(row["offset"])

    assert sine("0.5") == pytest.approx(SCENE["Sine wave"], abs=0.5)
    assert sine("0.1") == pytest.approx(SCENE["Sine wave"], abs=0.2)


def test_a_framewise_network_gives_its_frames(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "narrow.pth"
    torch.save(build(framewise=True).state_dict(), weights)
    monkeypatch.setattr(registry, "_modules", ["tests.support.framewise_files"])
    found = run(scene, "--model", weights, "--threshold", "0.5", "--json", "--hop", "0.5")
    assert found.exit_code == 0, found.output
    edges = [
        time
        for event in json.loads(found.stdout)["events"]
        for time in (event["onset"], event["offset"])
        if time < 18.0
    ]
    assert edges and all(
        time % 0.32 == pytest.approx(0, abs=1e-6) or time % 0.32 == pytest.approx(0.32, abs=1e-6)
        for time in edges
    )


def test_recordings_that_cannot_be_read_do_not_stop_the_others(scene: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"no sound")
    found = run(tmp_path / "broken.wav", scene, tmp_path / "missing.wav", "--json")
    assert found.exit_code == 1
    objects = [json.loads(line) for line in found.stdout.splitlines()]
    assert ["error" in each for each in objects] == [True, False, True]
    assert "2 of 3 recordings could not be read." in found.stderr


def test_each_recording_gets_a_file(scene: Path, tmp_path: Path) -> None:
    found = run(scene, "--audacity", "--into", tmp_path / "labels")
    assert found.exit_code == 0 and found.stdout == ""
    labels = (tmp_path / "labels" / "scene.flac.labels.txt").read_text()
    assert all(len(line.split("\t")) == 3 for line in labels.splitlines()) and labels


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--hop", "2"), "The hop of 2 s must not exceed the segment of 1 s."),
        (("--classes", "Dogg"), "did you mean Dog"),
        (("--min-duration", "-1"), "--min-duration"),
        (("--plot", "nowhere/a.png"), "nowhere/a.png cannot be written: No such file"),
        (("--resume",), "--resume needs --into FOLDER."),
        (("--resume", "--into", "x", "--plot", "a.png"), "so their events cannot be drawn or"),
        (("--resume", "--into", "x", "--reference", "a.tsv"), "leave out --plot and --reference"),
    ],
)
def test_what_cannot_work_is_said_before_the_work(
    scene: Path, words: tuple[str, ...], message: str
) -> None:
    found = run(scene, *words)
    assert found.exit_code != 0 and message in found.stderr and not found.stdout


def test_thresholds_that_cannot_be_are_refused(scene: Path) -> None:
    for words in (("--threshold", "loud"), ("--low", "0.5"), ("--threshold", "Dogg=0.2")):
        assert isinstance(run(scene, *words).exception, SettingsError)


def test_an_output_that_cannot_be_is_refused_before_the_network_opens(
    scene: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    for words in ((scene.parent / "other.flac", "--raven"), ("--into", tmp_path / "file" / "in")):
        found = run(scene, *words, "--model", "no.pth")
        assert isinstance(found.exception, OutputError)


def test_a_picture_is_of_one_recording(scene: Path, tmp_path: Path) -> None:
    found = run(scene, scene.parent / "other.flac", "--plot", tmp_path / "two.png")
    assert found.exit_code != 0 and "A picture is of one recording; 2 are named." in found.stderr


def test_a_reference_of_other_recordings_is_refused(scene: Path, tmp_path: Path) -> None:
    (tmp_path / "other.tsv").write_text(
        "filename\tonset\toffset\tevent_label\nother.wav\t0\t1\tDog\n"
    )
    error = run(scene, "--reference", tmp_path / "other.tsv").exception
    assert isinstance(error, AnnotationError)
    assert str(error).endswith("other.tsv names none of the recordings.")


@pytest.fixture(scope="module")
def folder(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings of several lengths, of which one is no sound."""
    folder = tmp_path_factory.mktemp("recordings")
    waveform, _ = soundfile.read(scene)
    for number in range(12):
        soundfile.write(folder / f"{number:02}.flac", waveform[number * RATE :], RATE)
    shutil.copy(SAMPLE, folder / "12.flac")
    (folder / "broken.wav").write_bytes(b"no sound")
    return folder


def objects(found: Result) -> dict[str, dict[str, Any]]:
    """What --json says, by the names of the recordings."""
    assert found.exit_code == 1, found.output
    assert "1 of 14 recordings could not be read." in found.stderr
    lines = map(json.loads, found.stdout.splitlines())
    return {Path(each["file"]).name: each for each in lines}


def test_results_do_not_depend_on_the_number_of_workers(folder: Path) -> None:
    flags = (*CLEAN, "--json", "--hop", "0.25")
    one = objects(run(folder, *flags))
    assert len(one) == 14 and one["12.flac"]["events"] and "error" in one["broken.wav"]
    assert objects(run(folder, *flags, "--workers", "2")) == one


def test_a_cluster_finds_the_same(folder: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    flags = (*CLEAN, "--json", "--hop", "0.5")
    by_cluster = run(folder, *flags, "--dask", "local", "--workers", "2")
    assert objects(by_cluster) == objects(run(folder, *flags))


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of a run; the log of it is hidden."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".tsv"}


def test_it_goes_on_after_a_kill_and_ends_as_if_nothing_had_been(
    folder: Path, tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    words = (folder, "--dcase", "--hop", "0.5", "--workers", "2")
    assert run(*words, "--into", whole).exit_code == 1
    program = [sys.executable, "-m", "epanns", "detect", *map(str, words), "--into", str(killed)]
    with subprocess.Popen(
        program, cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None and len(list(killed.glob("*.tsv"))) < 3:
            time.sleep(0.01)
        process.kill()
    done = len(files_in(killed))
    assert 3 <= done < 13, "it was not killed on its way"
    again = run(*words, "--into", killed, "--resume")
    assert again.exit_code == 1
    # The last file may have been there without its line in the log: it is written again then.
    said = (f"{each} of 14 recordings are done already." for each in (done - 1, done))
    assert any(sentence in again.stderr for sentence in said)
    assert files_in(killed) == files_in(whole) and len(files_in(whole)) == 13
    again = run(*words, "--into", killed, "--resume")
    assert "13 of 14 recordings are done already." in again.stderr


def test_what_could_not_be_read_is_tried_anew(scene: Path, tmp_path: Path) -> None:
    late = tmp_path / "late.flac"
    late.write_bytes(b"no sound")
    words = (scene, late, "--csv", "--hop", "0.5", "--into", tmp_path / "events")
    assert run(*words).exit_code == 1
    shutil.copy(scene, late)
    found = run(*words, "--resume")
    assert found.exit_code == 0 and "1 of 2 recordings are done already." in found.stderr
    assert (tmp_path / "events/late.flac.csv").stat().st_size > 100


def test_other_options_are_not_mixed_in(scene: Path, tmp_path: Path) -> None:
    words = (scene, "--csv", "--hop", "0.5", "--into", tmp_path)
    assert run(*words).exit_code == 0
    other = run(*words, "--threshold", "0.7", "--resume")
    assert isinstance(other.exception, OutputError)
    assert "found with another threshold, low; go on with the same" in str(other.exception)


def test_a_network_of_ones_own_has_its_own_classes(scene: Path, tmp_path: Path) -> None:
    weights = write_own_network(tmp_path / "birds.pth", converted=True)
    words = (scene, "--model", weights, "--hop", "0.5", "--threshold", "0.55")
    found = run(*words, "--csv")
    assert found.exit_code == 0, found.output
    labels = {row["label"] for row in csv.DictReader(found.stdout.splitlines())}
    assert labels and labels <= set(NAMES)
    label = min(labels)
    only = run(*words, "--csv", "--classes", label)
    assert {row["label"] for row in csv.DictReader(only.stdout.splitlines())} == {label}
    reference = tmp_path / "found.tsv"
    reference.write_text(run(*words, "--dcase").stdout)
    compared = run(*words, "--reference", reference, "--plot", tmp_path / "birds.png")
    assert compared.exit_code == 0, compared.output
    (row,) = [line for line in compared.stdout.splitlines() if line.startswith(label)]
    assert row[24:].split()[0] == "1.000"
    assert (tmp_path / "birds.png").read_bytes().startswith(b"\x89PNG")
    dog = run(*words, "--classes", "Dog")
    assert "it must be all, a class, or the path of a CSV file" in dog.stderr and not dog.stdout
    for flags in (("--threshold", "Dog=0.2"), ("--low", "Dog=0.2")):
        assert "'Dog' is no network class" in str(run(*words, *flags).exception)
    reference.write_text("filename\tonset\toffset\tevent_label\nscene.flac\t0\t1\tDog\n")
    error = run(*words, "--reference", reference).exception
    assert isinstance(error, AnnotationError) and "'Dog' is no network class" in str(error)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
@pytest.mark.parametrize("rate", [8000, 16000, 22050, 48000])
def test_selections_for_raven_stay_below_half_the_rate_of_the_recording(
    name: str, rate: int, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / name, np.random.default_rng(0).normal(0, 0.1, rate), rate)
    assert run(tmp_path, "--raven", "--threshold", "0.1", "--into", tmp_path / "out").exit_code == 0
    with (tmp_path / f"out/{name}.selections.txt").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert rows
    for row in rows:
        assert 0 <= float(row["Low Freq (Hz)"]) < float(row["High Freq (Hz)"]) <= rate / 2
        assert Path(row["Begin Path"]) == tmp_path / name and row["Begin File"] == name
