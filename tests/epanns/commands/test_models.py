"""python -m epanns models, as a user runs it."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from epanns import converted
from epanns.paths import MODELS, ROOT
from golden import standin


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
    assert run.stdout.strip() == str(converted.find(checkpoint, "fp32"))


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
    assert path == str(converted.find(checkpoint, "int8"))


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
