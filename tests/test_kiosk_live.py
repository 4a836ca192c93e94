"""The real program as a kiosk, at the virtual microphone on the virtual display."""

import subprocess
import time

import pytest

from tests.support.programs import command, environment
from tests.support.testbench.virtual_display import VirtualDisplay
from tests.support.testbench.virtual_mic import VirtualMicrophone
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.microphone, pytest.mark.display]


def test_it_listens_gets_over_a_lost_microphone_and_ends_on_a_long_escape() -> None:
    with VirtualMicrophone() as mic, VirtualDisplay(1280, 800, base_env=mic.env) as display:
        kept = ("PULSE", "ALSA", "JACK", "DISPLAY")
        env = {name: value for name, value in display.env.items() if name.startswith(kept)}
        program = subprocess.Popen(
            command("--kiosk"), env=environment(**env), stderr=subprocess.PIPE, text=True
        )
        try:
            window = display.wait_for_window("Live sound tagger")
            assert (window.width, window.height) == (1280, 800)
            assert mic.wait_for_listener(process=program)
            time.sleep(1.5)  # until there is sound: without any, a stream that is lost hangs
            mic.unplug()
            time.sleep(1.5)  # longer than it takes to be noticed
            mic.plug()
            wait_until(lambda: mic.listeners() == 1)
            display.key("ctrl+q", "Escape", "alt+F4")
            time.sleep(0.5)
            assert program.poll() is None
            display._xdotool("keydown", "Escape")
            _, errors = program.communicate(timeout=60)
        finally:
            program.kill()
        assert program.returncode == 0
        assert "Traceback" not in errors and "Fault" not in errors
