"""python -m epanns models, as a user runs it."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from epanns.commands.models import models
from epanns.conversion import cache
from epanns.errors import ConversionError, WeightsError
from epanns.networks.cnn14 import CNN14_DECISION_LEVEL_MAX
from epanns.paths import MODELS, ROOT
from epanns.storage.checksums import sha256_of
from epanns.zoo import catalogue, costs, fetching
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


def test_list_has_a_line_for_every_network_the_best_first() -> None:
    run = epanns_program("models", "list")
    assert run.returncode == 0 and run.stderr == ""
    heading, *lines = run.stdout.splitlines()
    assert heading.split() == ["name", "mAP", "M", "values", "MB", "ms", "licence"]
    names = [line.split()[0] for line in lines[: lines.index("")]]
    assert sorted(names) == sorted(catalogue.names())
    assert set(names[:2]) == {"epanns", "starter"}, "what the program takes by itself"
    accuracies = [weights_of(name).mean_average_precision or 0 for name in names[2:]]
    assert accuracies == sorted(accuracies, reverse=True)
    for name, line in zip(names, lines, strict=False):
        weights = weights_of(name)
        assert line.endswith(f" {weights.purpose}") and weights.purpose
        assert f" {weights.licence.partition(',')[0]} " in line and weights.licence
    assert "models list NAME" in lines[-1] and "models fetch NAME" in lines[-1]


def test_list_of_one_tells_all_that_is_known_of_it() -> None:
    for name in catalogue.names():
        run, weights = epanns("models", "list", name), weights_of(name)
        assert run.returncode == 0
        for part in (weights.purpose, weights.file, f"licence: {weights.licence}", weights.page):
            assert part in run.stdout
    assert "here, 4.84 MB, converted: fp32" in epanns("models", "list", "starter").stdout
    run = epanns("models", "list", "epans")
    assert run.returncode == 1 and run.stderr.startswith("There is no network epans; there are ")


def test_list_as_json_is_an_object_a_network() -> None:
    found = [json.loads(line) for line in epanns("models", "list", "--json").stdout.splitlines()]
    assert [each["name"] for each in found] == list(catalogue.in_order())
    (starter,) = (each for each in found if each["name"] == "starter")
    assert (starter["bytes"], starter["converted"][0]) == (4_835_852, "fp32")
    assert starter["from"] is None and starter["mean_average_precision"] is None
    (one,) = epanns("models", "list", "mn04", "--json").stdout.splitlines()
    assert json.loads(one)["mean_average_precision"] == 0.432


def test_list_tells_what_is_missing_wrong_or_not_converted(models_folder: Path) -> None:
    def states(name: str) -> tuple[str, str]:
        rows = CliRunner().invoke(models, ["list"]).stdout.splitlines()
        (row,) = (line for line in rows if line.startswith(f"{name} "))
        return row, CliRunner().invoke(models, ["list", name]).stdout

    def told(name: str, row: str, more: str) -> None:
        found = states(name)
        assert f"  {row}  " in found[0] and f" {more}\n" in found[1]

    told("epanns", "not here", "not here, 97 MB to fetch")
    told("yamnet", "not here", "not here, 4 MB to be put here by hand")
    torch.save(standin.build().state_dict(), path_of("epanns"))
    size = path_of("epanns").stat().st_size / 1e6
    told("epanns", "here", f"here, {size:.3g} MB, converted: not yet")
    CliRunner().invoke(models, ["convert", "epanns"])
    told("epanns", "converted", f"here, {size:.3g} MB, converted: fp32")
    path_of("cnn14").write_bytes(b"wrong")
    told("cnn14", "wrong file", "5e-06 MB, but another file than the published one; see check")


def test_what_networks_take_is_shown_once_it_was_measured(models_folder: Path) -> None:
    def shown() -> dict[str, float | None]:
        lines = CliRunner().invoke(models, ["list", "--json"]).stdout.splitlines()
        found = map(json.loads, lines)
        return {each["name"]: each["update_seconds"] for each in found if each["update_seconds"]}

    torch.save(standin.build().state_dict(), path_of("epanns"))
    path_of("cnn6").write_bytes(b"broken")
    assert shown() == {}
    run = CliRunner().invoke(models, ["list", "--measure"])
    assert run.exit_code == 1, "cnn6 cannot be measured"
    measuring, *failed = run.stderr.splitlines()
    assert measuring == "Measuring epanns ..." and len(failed) == 2
    assert failed[1].startswith(f"{path_of('cnn6')} is no weights file for Cnn6: expected")
    taken = shown()
    assert list(taken) == ["epanns"] and 0 < (taken["epanns"] or 0) < 60
    (row,) = (line for line in run.stdout.splitlines() if line.startswith("epanns "))
    assert f" {1000 * (taken['epanns'] or 0):.1f}"[:3] in row
    one = CliRunner().invoke(models, ["list", "epanns", "--measure"])
    assert one.exit_code == 0 and one.stderr == "Measuring epanns ...\n"
    assert "ms on this computer" in one.stdout


def test_figures_that_cannot_be_noted_are_a_sentence(
    models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    torch.save(standin.build().state_dict(), path_of("epanns"))
    monkeypatch.setattr(costs, "measure", lambda _: 0.01)
    monkeypatch.setattr(costs, "note", full)
    error = CliRunner().invoke(models, ["list", "--measure"]).exception
    assert isinstance(error, WeightsError)
    assert str(error) == (
        f"What epanns takes cannot be noted in {models_folder}: No space left on device."
    )


def test_the_list_needs_no_pytorch() -> None:
    code = (
        "import sys; from epanns.__main__ import main; main(['models', 'list'], "
        "standalone_mode=False); sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT)
    assert done.returncode == 0 and done.stdout


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


@pytest.mark.parametrize("offline", ["", "1"])
def test_fetch_of_what_has_no_address_says_where_it_is_to_be_had(
    models_folder: Path, monkeypatch: pytest.MonkeyPatch, offline: str
) -> None:
    if offline:
        monkeypatch.setenv("EPANNS_OFFLINE", offline)
    for name in (name for name in catalogue.names() if weights_of(name).by_hand):
        sentence = str(fetch_in_process(name).exception)
        assert sentence == (
            f"The weights {weights_of(name).file} of {name} are not in {models_folder}; no address"
            f" is known to fetch it from, so look for it at {weights_of(name).by_hand} and put it"
            f" into {models_folder}; other versions of it are used by their path."
        )
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
