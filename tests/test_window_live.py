"""The real program in the real window, at the virtual microphone on the virtual display."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.programs import command, environment
from tests.support.testbench.virtual_display import VirtualDisplay, Window
from tests.support.testbench.virtual_mic import VirtualMicrophone
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.microphone, pytest.mark.display]


class Desktop:
    """A microphone, a display and the program between them."""

    def __init__(self, mic: VirtualMicrophone, display: VirtualDisplay) -> None:
        self.mic, self.display = mic, display
        kept = ("PULSE", "ALSA", "JACK", "DISPLAY")
        env = {name: value for name, value in display.env.items() if name.startswith(kept)}
        self.program = subprocess.Popen(
            command(), env=environment(**env), stderr=subprocess.PIPE, text=True
        )
        self.window: Window = display.wait_for_window("Live sound tagger")
        assert mic.wait_for_listener(process=self.program)

    def colours(self, path: Path) -> int:
        """How many colours a photograph of the window has; few where there are no bars."""
        self.display.screenshot(path, self.window)
        return self.display.statistics(path).colours

    def end_of(self, action: Callable[[], None]) -> str:
        """What the program wrote on standard error until an action ended it."""
        action()
        assert self.program.wait(60) == 0
        assert self.program.stderr is not None
        return self.program.stderr.read()


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    with (
        VirtualMicrophone() as mic,
        VirtualDisplay(1280, 800, base_env=mic.env) as display,
    ):
        desktop = Desktop(mic, display)
        yield desktop
        if desktop.program.poll() is None:
            desktop.program.kill()
            desktop.program.wait()


def test_it_listens_stops_survives_an_unplugged_microphone_and_quits(
    desktop: Desktop, tmp_path: Path
) -> None:
    mic, display = desktop.mic, desktop.display
    wait_until(lambda: desktop.colours(tmp_path / "live.png") > 100)

    display.key("space")
    wait_until(lambda: mic.listeners() == 0)
    display.key("space")
    wait_until(lambda: mic.listeners() == 1)
    # Unplugged before its first sound, a stream hangs and counts as a listener for a minute.
    wait_until(lambda: desktop.colours(tmp_path / "again.png") > 100)

    mic.unplug()
    time.sleep(1.5)  # longer than it takes to be noticed
    assert desktop.program.poll() is None
    mic.plug()
    wait_until(lambda: mic.listeners() == 1)

    errors = desktop.end_of(lambda: display.key("ctrl+q"))
    assert "Traceback" not in errors
    assert "ALSA" not in errors
    assert mic.listeners() == 0


def test_closing_the_window_at_once_ends_the_program(desktop: Desktop) -> None:
    errors = desktop.end_of(lambda: desktop.display.close_window(desktop.window))
    assert "Traceback" not in errors
