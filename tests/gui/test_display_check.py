"""The doctor's check of the display."""

import os
import sys
from pathlib import Path

import pytest

from epanns.child_process import call
from epanns.doctor.result import CheckResult
from tests.support.testbench.virtual_display import VirtualDisplay


def found() -> CheckResult:
    (finding,) = call("gui.display_check:display", limit=60)
    assert isinstance(finding, CheckResult) and not finding.stops
    return finding


@pytest.mark.display
def test_a_display_is_described(display: VirtualDisplay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", display.env["DISPLAY"])
    finding = found()
    assert finding.mark == "good"
    assert finding.found.startswith("1920 x 1080, Tk 8.")


@pytest.mark.display
def test_a_display_without_fonts_is_told(
    display: VirtualDisplay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "fonts.conf"
    empty.write_text('<?xml version="1.0"?><fontconfig></fontconfig>')
    monkeypatch.setenv("FONTCONFIG_FILE", str(empty))
    monkeypatch.setenv("DISPLAY", display.env["DISPLAY"])
    finding = found()
    assert finding.mark == "bad" and finding.found.endswith("0 fonts")
    assert "fonts-dejavu-core" in finding.todo and "--text" in finding.todo


def test_no_display_is_told_and_what_happens_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        pytest.skip("there is always a display here")
    monkeypatch.delenv("DISPLAY", raising=False)
    finding = found()
    assert finding.mark == "warning" and finding.found == "there is none"
    assert "--text" in finding.todo


def test_a_display_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    if os.name != "posix" or sys.platform == "darwin":
        pytest.skip("there is always a display here")
    monkeypatch.setenv("DISPLAY", ":48151")
    finding = found()
    assert finding.mark == "warning" and "no window can be opened" in finding.found
