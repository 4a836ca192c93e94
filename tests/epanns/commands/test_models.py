"""python -m epanns models, as a user runs it."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from epanns.commands.models import models
from epanns.conversion import cache
from epanns.errors import ConversionError
from epanns.networks.cnn14 import CNN14_DECISION_LEVEL_MAX
from epanns.paths import MODELS, ROOT
from epanns.storage.checksums import sha256_of
from epanns.zoo import catalogue, fetching
from epanns.zoo.catalogue import path_of, weights_of
from tests.support.commands import epanns, epanns_program
from tests.support.golden import standin
from tests.support.published import publish, use_models


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "narrow.pth"
    torch.save(standin.build().state_dict(), path)
    return path


def test_convert_says_where_the_result_is(checkpoint: Path) -> None:
    run = epanns_program("models", "convert", checkpoint)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == str(cache.find(checkpoint, "fp32"))


def test_quantise_reports_and_refuses(tmp_path: Path) -> None:
    checkpoint = tmp_path / "hard.pth"
    torch.save(standin.hard_to_quantise().state_dict(), checkpoint)
    run = epanns("models", "quantise", checkpoint)
    assert run.returncode == 1 and run.stdout == ""
    assert "loses too much in int8" in run.stderr and "Traceback" not in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_quantise_reports_and_keeps(tmp_path: Path) -> None:
    checkpoint = tmp_path / "copy.pth"
    checkpoint.write_bytes((MODELS / "starter.pth").read_bytes())
    run = epanns("models", "quantise", checkpoint)
    assert run.returncode == 0, run.stderr
    report, path = run.stdout.splitlines()
    assert report.startswith("mean deviation 0.000") and "top-1 agreement" in report
    assert path == str(cache.find(checkpoint, "int8"))


@pytest.mark.parametrize("command", ["convert", "quantise"])
def test_weights_that_are_none_are_named(tmp_path: Path, command: str) -> None:
    path = tmp_path / "broken.pth"
    path.write_bytes(b"no weights")
    wrong = {str(path): "is no weights file for Cnn14", "epans": "give its path or starter"}
    for model, named in wrong.items():
        run = epanns("models", command, model)
        assert run.returncode == 1 and named in run.stderr
        assert len(run.stderr.strip().splitlines()) == 1


def test_help_is_quick_and_names_the_commands() -> None:
    run = epanns("models", "--help")
    assert "convert" in run.stdout and "quantise" in run.stdout
    code = "import sys, epanns.__main__; print({'torch', 'onnx'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "set()\n"


# --- what there is


def test_list_names_every_network_and_what_there_is_of_it() -> None:
    run = epanns_program("models", "list")
    assert run.returncode == 0, run.stderr
    for name in catalogue.names():
        weights = weights_of(name)
        line = next(line for line in run.stdout.splitlines() if line.startswith(f"{name} "))
        assert weights.purpose and line.endswith(f" {weights.purpose}")
        assert f" {weights.file}\n" in run.stdout
        assert weights.licence and f" licence: {weights.licence}\n" in run.stdout
        assert weights.megabytes > 0
    assert "here, 4.84 MB, converted: fp32" in run.stdout and "licence: MIT" in run.stdout
    lines = (line for line in run.stdout.splitlines() if " record: " not in line)
    assert max(map(len, lines)) < 80, "file names must not be cut"


def test_list_tells_what_is_missing_wrong_or_not_converted(models_folder: Path) -> None:
    def state(name: str) -> str:
        lines = CliRunner().invoke(models, ["list"]).stdout.splitlines()
        return next(
            after for line, after in pairwise(lines) if line.endswith(weights_of(name).file)
        )

    assert state("epanns").strip() == "not here, 97 MB to fetch"
    torch.save(standin.build().state_dict(), path_of("epanns"))
    assert state("epanns").endswith("converted: not yet")
    path_of("cnn14").write_bytes(b"wrong")
    assert "another file than the published one" in state("cnn14")


# --- checking


def test_check_without_a_name_checks_what_is_here() -> None:
    run = epanns("models", "check")
    assert run.returncode == 0, run.stdout
    text = " ".join(run.stdout.split())
    assert sha256_of(MODELS / "starter.pth") in text and "Cnn14 16-48-96" in text
    assert "fp32 copy fresh, and runs" in text


def test_check_fails_where_something_is_wrong(checkpoint: Path) -> None:
    assert epanns("models", "check", checkpoint).returncode == 0
    checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    run = epanns("models", "check", checkpoint)
    assert run.returncode == 1 and "is no weights file for Cnn14" in " ".join(run.stdout.split())
    assert epanns("models", "check", "nowhere").returncode == 1


# --- fetching


def test_fetch_gives_what_is_here() -> None:
    run = epanns("models", "fetch", "starter")
    assert run.returncode == 0 and run.stdout.strip() == str(MODELS / "starter.pth")


@pytest.fixture
def models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for weights."""
    use_models(monkeypatch, tmp_path)
    monkeypatch.delenv("EPANNS_OFFLINE", raising=False)
    return tmp_path


def fetch_in_process(name: str) -> Result:
    return CliRunner().invoke(models, ["fetch", name])


@pytest.fixture
def downloads(models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Downloads that bring a small network."""

    def fetch(name: str, progress: Callable[[float], None]) -> Path:
        for share in (0.0, 0.5, 1.0):
            progress(share)
        torch.save(standin.build().state_dict(), path_of(name))
        return path_of(name)

    monkeypatch.setattr(fetching, "fetch", fetch)


@pytest.mark.usefixtures("downloads")
def test_fetch_shows_progress_and_converts_what_came_for_its_architecture(
    models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = replace(weights_of("cnn14_framewise"), size=None, sha256="")
    publish(monkeypatch, published, CNN14_DECISION_LEVEL_MAX)
    for name, tag in {"epanns": "", "cnn14_framewise": "framewise"}.items():
        result = fetch_in_process(name)
        assert result.exit_code == 0, result.output
        assert result.stdout.strip() == str(models_folder / weights_of(name).file)
        assert f"Fetching {name} (about {weights_of(name).megabytes} MB)" in result.stderr
        copy = cache.find(path_of(name), "fp32", tag)
        assert copy is not None, "what is fetched can be played at once"
        assert sorted(models_folder.glob(f"{path_of(name).name}*")) == [path_of(name), copy]


@pytest.mark.usefixtures("downloads")
def test_fetch_of_what_cannot_be_converted_leaves_that_to_its_first_use(
    models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ConversionError("It is too odd.")

    monkeypatch.setattr("epanns.commands.models.convert_in_child", refuse)
    result = fetch_in_process("epanns")
    assert result.exit_code == 0 and result.stdout.strip() == str(path_of("epanns"))
    assert list(models_folder.iterdir()) == [path_of("epanns")]


def test_fetch_without_internet_says_how_to_do_it_by_hand(
    models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    sentence = str(fetch_in_process("epanns").exception)
    assert "check the internet connection. By hand: download checkpoint_closeto_.44" in sentence
    assert weights_of("epanns").doi in sentence and str(models_folder) in sentence
    assert list(models_folder.iterdir()) == []


def test_fetch_obeys_the_setting_offline(
    models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPANNS_OFFLINE", "1")
    assert "offline forbids to fetch cnn14" in str(fetch_in_process("cnn14").exception)


def test_fetch_of_an_unknown_name_lists_the_known_ones() -> None:
    run = epanns_program("models", "fetch", "epans")  # how a program ends with a sentence
    assert run.returncode == 1
    assert run.stderr == (f"There is no network epans; there are {', '.join(catalogue.names())}.\n")
