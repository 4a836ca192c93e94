"""The whole doctor, as a program: on a computer with everything, with nothing, with it all broken.

What must be broken is broken in a copy of the project.
"""

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from epanns.doctor.runner import CHECKS, RESTART_SOUND, Check, examine
from tests.support.programs import ROOT, environment
from tests.support.testbench.virtual_display import VirtualDisplay
from tests.support.testbench.virtual_mic import VirtualMicrophone

MICROPHONE = next(check for check in CHECKS if check.topic == "microphone")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the doctor looks at, to break."""
    copy = tmp_path / "project"
    hidden = shutil.ignore_patterns("__pycache__", ".*", "settings.toml", "checkpoint*", "Cnn14*")
    for folder in ("epanns", "gui", "config", "models"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=hidden)
    for file in ("requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / file, copy)
    return copy


def block(package: str, folder: Path) -> dict[str, str]:
    """Variables for a Python in which a package is installed but does not load."""
    folder.mkdir(exist_ok=True)
    (folder / f"{package}.py").write_text(
        f'raise ImportError("blocked for a test", name="{package}")\n'
    )
    return {"PYTHONPATH": str(folder)}


def doctor(project: Path, **variables: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """Run the doctor in a project; its exit code, and its findings by topic."""
    done = subprocess.run(
        [sys.executable, "-m", "epanns.doctor", "--json"],
        cwd=project,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    content = json.loads(done.stdout)
    assert content["useful"] == (done.returncode == 0)
    findings: dict[str, list[dict[str, Any]]] = {}
    for finding in content["findings"]:
        findings.setdefault(finding["topic"], []).append(finding)
    return done.returncode, findings


# --- whole runs


def test_every_check_is_there() -> None:
    for check in CHECKS:
        module, _, name = check.function.partition(":")
        assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.microphone
@pytest.mark.display
def test_with_a_microphone_and_a_display_all_is_well(mic: VirtualMicrophone) -> None:
    mic.play_array(0.2 * np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000), loop=True)
    with VirtualDisplay(base_env=mic.env) as display:
        names = ("DISPLAY", "PULSE", "ALSA", "JACK")
        env = {name: value for name, value in display.env.items() if name.startswith(names)}
        code, findings = doctor(ROOT, EPANNS_HOP="10", **env)
    assert code == 0
    for topic in ("Python", "packages", "settings", "sound system", "microphone", "display"):
        assert [finding["mark"] for finding in findings[topic]] == ["good"], findings[topic]
    for topic in ("starter", "scores", "processor", "memory"):
        assert [finding["mark"] for finding in findings[topic]] == ["good"], findings[topic]
    assert findings["internet"][0]["mark"] == "muted"  # the tests are offline


def test_with_nothing_at_all_it_says_so_and_what_to_do(project: Path, tmp_path: Path) -> None:
    for path in (project / "models").iterdir():
        path.unlink()
    code, findings = doctor(
        project,
        ALSA_CONFIG_PATH=os.devnull,  # which makes ALSA's library abort
        EPANNS_MICROPHONE="none of this name",
        EPANNS_OFFLINE="0",
        HTTPS_PROXY="http://127.0.0.1:1",
        **block("numpy", tmp_path / "blocked"),
    )
    assert code == 1
    marks = {topic: finding[-1]["mark"] for topic, finding in findings.items()}
    assert marks["Python"] == "good"
    for topic in ("packages", "microphone", "starter", "scores"):
        assert marks[topic] == "bad", findings[topic]
    assert marks["display"] in ("bad", "warning")
    assert findings["internet"][0]["found"].startswith("no internet")
    troubles = [each for found in findings.values() for each in found if each["mark"] == "bad"]
    assert all(each["todo"] or ";" in each["found"] for each in troubles), troubles


# --- single checks in a broken project


def examined(
    project: Path, topic: str, monkeypatch: pytest.MonkeyPatch, **variables: str
) -> list[Any]:
    """The findings of the checks of a topic, in a project and with variables."""
    for name, value in environment(**variables).items():
        monkeypatch.setenv(name, value)
    code = (
        "import json\nfrom dataclasses import asdict\n"
        "from epanns.doctor.runner import CHECKS, examine\n"
        f"checks = tuple(check for check in CHECKS if check.topic == {topic!r})\n"
        "print(json.dumps([asdict(finding) for finding in examine(checks)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    findings: list[Any] = json.loads(done.stdout)
    return findings


def test_broken_weights_stop_the_program(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starter = project / "models" / "starter.pth"
    starter.write_bytes(starter.read_bytes()[:-1])
    (finding,) = examined(project, "scores", monkeypatch)
    assert finding["stops"] and "not the published file" in finding["found"]


def test_broken_settings_stop_the_program(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "config" / "settings.toml").write_text("top_k = [")
    (finding,) = examined(project, "settings", monkeypatch)
    assert finding["stops"] and "not valid TOML" in finding["found"]


@pytest.mark.parametrize(
    ("package", "topic", "stops"),
    [
        ("numpy", "scores", True),
        ("onnxruntime", "scores", True),
        ("pydantic_settings", "settings", True),
        ("pyaudio", "microphone", False),
        ("tkinter", "display", False),
        ("requests", "internet", False),
    ],
)
def test_a_package_that_does_not_load_is_named(
    package: str, topic: str, stops: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = block(package, tmp_path / "blocked")
    (finding,) = examined(ROOT, topic, monkeypatch, EPANNS_OFFLINE="0", **blocked)
    assert finding["mark"] == "bad" and finding["stops"] == stops
    assert "blocked for a test" in finding["found"]
    assert "install" in finding["found"] + finding["todo"]


def test_without_click_the_doctor_runs_all_the_same(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import epanns.doctor.__main__"],
        cwd=ROOT,
        env=environment(**block("click", tmp_path / "blocked")),
        check=False,
    )
    assert done.returncode == 0


def test_a_check_that_crashes_or_hangs_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "faults.py").write_text(
        "import os, time\ndef crashes(): os.abort()\ndef hangs(): time.sleep(60)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    memory = next(check for check in CHECKS if check.topic == "memory")
    crash, hang, good = examine(
        (
            Check("vital", "faults:crashes", 60, "mend it", True),
            Check("slow", "faults:hangs", 1, "be patient"),
            memory,
        )
    )
    assert (crash.topic, crash.found, crash.todo) == ("vital", "It crashed (SIGABRT).", "mend it")
    assert crash.stops and not hang.stops
    assert (hang.found, hang.todo) == ("No answer within 1 s.", "be patient")
    assert good.topic == "memory" and good.mark in ("good", "muted")


@pytest.mark.microphone
def test_a_sound_system_that_hangs_is_given_up(mic: VirtualMicrophone) -> None:
    os.kill(mic._daemon.pid, signal.SIGSTOP)
    try:
        (finding,) = examine((Check("microphone", MICROPHONE.function, 3.0, RESTART_SOUND),))
    finally:
        os.kill(mic._daemon.pid, signal.SIGCONT)
    assert finding.found == "No answer within 3 s." and finding.todo == RESTART_SOUND


def test_under_a_python_that_is_too_old_nothing_else_is_judged(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "pyproject.toml").write_text('requires-python = ">=99.0"\n')
    code, findings = doctor(project)
    assert code == 1 and list(findings) == ["Python"]
    assert "Python 99.0 or newer" in findings["Python"][0]["todo"]
