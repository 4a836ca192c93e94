"""python -m epanns devices."""

import json
import os
import signal
from typing import Any

import pytest
from click.testing import CliRunner, Result

from epanns.commands import devices as command
from epanns.commands.devices import devices
from epanns.errors import DeviceError
from tests.support.testbench.virtual_mic import VirtualMicrophone


def run(*flags: str, **options: Any) -> Result:
    return CliRunner().invoke(devices, flags, **options)


@pytest.mark.microphone
def test_every_microphone_has_a_row_and_the_default_one_a_star(mic: VirtualMicrophone) -> None:
    result = run()
    assert result.exit_code == 0, result.output
    rows = {row.split()[1]: row for row in result.stdout.splitlines() if " ALSA" in row}
    assert {"virtual_microphone", "default"} <= rows.keys()
    assert [name for name, row in rows.items() if "*" in row] == ["default"]
    assert " yes " in rows["virtual_microphone"] and " 32 44.1 48 " in rows["virtual_microphone"]


@pytest.mark.microphone
def test_json_has_an_object_a_microphone(mic: VirtualMicrophone) -> None:
    found = [json.loads(line) for line in run("--json").stdout.splitlines()]
    device = next(each for each in found if each["name"] == "virtual_microphone")
    assert device["works_at_32_khz"] and 48000 in device["rates"]
    assert device["channels"] >= 1 and device["index"] == found.index(device)


@pytest.mark.microphone
def test_without_microphones_the_list_is_empty_and_it_says_so(mic: VirtualMicrophone) -> None:
    mic.kill_server()
    result = run("--json")
    assert result.exit_code == 0 and result.stdout == ""
    assert "No microphone is connected" in result.stderr


@pytest.mark.microphone
def test_a_sound_system_that_hangs_is_given_up(
    mic: VirtualMicrophone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "LIMIT", 3.0)
    os.kill(mic._daemon.pid, signal.SIGSTOP)
    try:
        with pytest.raises(DeviceError, match="cannot be listed: No answer within 3 s"):
            run(catch_exceptions=False)
    finally:
        os.kill(mic._daemon.pid, signal.SIGCONT)
