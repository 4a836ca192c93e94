"""The real program in the real window, at the virtual microphone on the virtual display."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from epanns.vocabulary.audioset import AUDIOSET
from gui.widgets.theme import PALETTES
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

    def shows_silence(self, path: Path) -> bool:
        """Whether a photograph has the bar that stands for silence in its upper half."""
        self.display.screenshot(path, self.window)
        picture = imread(path)
        pixels = np.round(255 * picture[: len(picture) // 2, :, :3]).astype(int)
        colour = PALETTES["dark"].of_class(AUDIOSET.index("Silence"), AUDIOSET)
        wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        return int((pixels == wanted).all(axis=-1).sum()) > 5000

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
    wait_until(lambda: desktop.shows_silence(tmp_path / "live.png"))

    display.key("space")
    wait_until(lambda: mic.listeners() == 0)
    wait_until(lambda: not desktop.shows_silence(tmp_path / "stopped.png"))
    display.key("space")
    wait_until(lambda: mic.listeners() == 1)
    # Unplugged before its first sound, a stream hangs and counts as a listener for a minute.
    wait_until(lambda: desktop.shows_silence(tmp_path / "again.png"))

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
