"""python -m epanns models, as a user runs it."""

import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from epanns.commands.models import ABOUT, models
from epanns.conversion import cache
from epanns.paths import MODELS, ROOT
from epanns.zoo import catalogue
from epanns.zoo.catalogue import ZOO, checksum
from tests.support.golden import standin


def epanns(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "epanns", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "narrow.pth"
    torch.save(standin.build().state_dict(), path)
    return path


def test_convert_says_where_the_result_is(checkpoint: Path) -> None:
    run = epanns("models", "convert", checkpoint)
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
    run = epanns("models", "list")
    assert run.returncode == 0, run.stderr
    assert list(ZOO) == list(ABOUT)
    for name, weights in ZOO.items():
        assert f"\n{name} " in f"\n{run.stdout}" and f" {weights.file}\n" in run.stdout
    assert "here, 4.84 MB, converted: fp32" in run.stdout and "licence: MIT" in run.stdout
    assert max(map(len, run.stdout.splitlines())) < 80, "file names must not be cut"


def test_list_tells_what_is_missing_wrong_or_not_converted(models_folder: Path) -> None:
    def state(name: str) -> str:
        lines = CliRunner().invoke(models, ["list"]).stdout.splitlines()
        return next(after for line, after in pairwise(lines) if line.endswith(ZOO[name].file))

    assert state("epanns").strip() == "not here, 97 MB to fetch"
    torch.save(standin.build().state_dict(), catalogue.path_of("epanns"))
    assert state("epanns").endswith("converted: not yet")
    catalogue.path_of("cnn14").write_bytes(b"wrong")
    assert "another file than the published one" in state("cnn14")


# --- checking


def test_check_without_a_name_checks_what_is_here() -> None:
    run = epanns("models", "check")
    assert run.returncode == 0, run.stdout
    text = " ".join(run.stdout.split())
    assert checksum(MODELS / "starter.pth") in text and "Cnn14 16-48-96" in text
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
    monkeypatch.setattr(catalogue, "MODELS", tmp_path)
    monkeypatch.delenv("EPANNS_OFFLINE", raising=False)
    return tmp_path


def fetch_in_process(name: str) -> Result:
    return CliRunner().invoke(models, ["fetch", name])


def test_fetch_shows_progress_and_ends_with_the_path(
    models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(name: str, progress: Callable[[float], None]) -> Path:
        for share in (0.0, 0.5, 1.0):
            progress(share)
        return catalogue.path_of(name)

    monkeypatch.setattr(catalogue, "fetch", fetch)
    result = fetch_in_process("epanns")
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == str(models_folder / ZOO["epanns"].file)
    assert "Fetching epanns (about 97 MB)" in result.stderr


def test_fetch_without_internet_says_how_to_do_it_by_hand(
    models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    sentence = str(fetch_in_process("epanns").exception)
    assert "check the internet connection. By hand: download checkpoint_closeto_.44" in sentence
    assert ZOO["epanns"].doi in sentence and str(models_folder) in sentence
    assert list(models_folder.iterdir()) == []


def test_fetch_obeys_the_setting_offline(
    models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPANNS_OFFLINE", "1")
    assert "offline forbids to fetch cnn14" in str(fetch_in_process("cnn14").exception)


def test_fetch_of_an_unknown_name_lists_the_known_ones() -> None:
    run = epanns("models", "fetch", "epans")
    assert run.returncode == 1
    assert run.stderr == (
        "There is no network epans; there are starter, epanns, cnn14, cnn14_framewise.\n"
    )
