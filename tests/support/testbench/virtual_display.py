"""A virtual screen: real windows under Xvfb, clicked with xdotool, photographed.

    with VirtualDisplay(1280, 800) as display:
        program = subprocess.Popen([...], env=display.env)
        window = display.wait_for_window("My program")
        display.click(window.x + 60, window.y + 20)
        display.key("space")
        display.screenshot("screen.png")

openbox is used as the window manager where it is installed. Without one, windows
have no title bar, and cannot be closed, raised or resized as a user would; keys
work all the same, see `key`.
"""

import os
import re
import shutil
import subprocess
import time
from typing import NamedTuple

from tests.support.testbench.children import ScratchFolder, TestbenchError, require, start, stop

_WINDOW_INFO = re.compile(
    r'Window id: \S+ "(.*)"\n.*?upper-left X: +(-?\d+).*?upper-left Y: +(-?\d+)'
    r".*?Width: (\d+).*?Height: (\d+)",
    re.DOTALL,
)


class Window(NamedTuple):
    id: int
    name: str
    x: int  # of the window's contents, in screen coordinates
    y: int
    width: int
    height: int


class ImageStatistics(NamedTuple):
    mean: float  # brightness, 0 (black) .. 1 (white)
    deviation: float
    colours: int

    @property
    def blank(self):
        return self.colours < 8 or self.deviation < 0.01


class VirtualDisplay:
    """Context manager. `env` is the environment for the program under test.

    base_env -- what `env` is built on, such as a virtual microphone's `env`.
    window_manager -- True: openbox must be there; None: if it is installed.
    """

    def __init__(self, width=1280, height=800, base_env=None, window_manager=None):
        self.width = width
        self.height = height
        self.env = dict(os.environ if base_env is None else base_env)
        self._wants_manager = window_manager
        self._server = None
        self._manager = None
        self._scratch = None

    # -- life cycle ----------------------------------------------------------

    def __enter__(self):
        require("Xvfb", "xdotool", "xwininfo", "import", "convert")
        if self._wants_manager:
            require("openbox")
        self._scratch = ScratchFolder("virtual-display-")
        try:
            self._start_server()
            if self._wants_manager or (self._wants_manager is None and shutil.which("openbox")):
                self._start_manager()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End everything this display started. May be called twice."""
        for process in (self._manager, self._server):
            if process:
                stop(process)
        self._manager = self._server = None
        if self._scratch:
            self._scratch.remove()
            self._scratch = None

    def _start_server(self):
        # -displayfd: the server itself finds a free number and tells it, once it is
        # ready; two that start at the same time cannot collide.
        reader, writer = os.pipe()
        log_file = self._scratch.path / "server.log"
        with open(log_file, "wb") as log, os.fdopen(reader) as told:
            screen = f"{self.width}x{self.height}x24"
            self._server = start(
                ["Xvfb", "-displayfd", str(writer), "-screen", "0", screen,
                 "-nolisten", "tcp", "-noreset"],
                dies_with_us=True, pass_fds=[writer], stdout=log, stderr=log,
            )  # fmt: skip
            os.close(writer)
            number = told.readline().strip()  # empty when the server has died
        if not number:
            raise TestbenchError(f"Xvfb does not start:\n{log_file.read_text(errors='replace')}")
        self.env["DISPLAY"] = f":{number}"
        for name in ("WAYLAND_DISPLAY", "XAUTHORITY"):
            self.env.pop(name, None)
        self._xdotool("mousemove", 0, 0)  # off the centre, where windows open

    def _start_manager(self):
        folder = str(self._scratch.path)
        homes = dict.fromkeys(
            ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), folder
        )
        with open(self._scratch.path / "manager.log", "wb") as log:
            self._manager = start(
                ["openbox", "--sm-disable"], env={**self.env, **homes}, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 10
        # Only with a manager does an "activate" request have someone to serve it.
        while self._xdotool("get_num_desktops", check=False).returncode:
            if self._manager.poll() is not None or time.monotonic() > deadline:
                raise TestbenchError("openbox does not start")
            time.sleep(0.02)

    # -- looking -------------------------------------------------------------

    def screenshot(self, path, window=None):
        """Photograph the screen, or one window (a Window or its id), into an image file."""
        target = "root" if window is None else str(getattr(window, "id", window))
        self._run("import", "-window", target, str(path))
        return path

    @staticmethod
    def statistics(path):
        """Brightness statistics of an image file; `.blank` tells an empty picture."""
        require("convert")
        result = subprocess.run(
            ["convert", str(path), "-format", "%[fx:mean] %[fx:standard_deviation] %k", "info:"],
            capture_output=True, text=True,
        )  # fmt: skip
        if result.returncode:
            raise TestbenchError(f"cannot read {path}: {result.stderr.strip()}")
        mean, deviation, colours = result.stdout.split()
        return ImageStatistics(float(mean), float(deviation), int(colours))

    def windows(self):
        """The visible windows that have a title."""
        found = []
        listing = self._xdotool("search", "--onlyvisible", "--name", ".+", check=False).stdout
        for window_id in listing.split():
            # Not xdotool's own geometry: it counts the window manager's frame twice.
            info = self._run("xwininfo", "-id", window_id, check=False).stdout
            match = _WINDOW_INFO.search(info)
            if match:  # else: closed meanwhile
                name, *place = match.groups()
                found.append(Window(int(window_id), name, *map(int, place)))
        return found

    def wait_for_window(self, name, timeout=30):
        """Wait for a window with `name` in its title; return it."""
        deadline = time.monotonic() + timeout
        while True:
            windows = self.windows()
            for window in windows:
                if name in window.name:
                    return window
            if time.monotonic() > deadline:
                titles = [window.name for window in windows]
                raise TestbenchError(f"no window {name!r} in {timeout} s; there are: {titles}")
            time.sleep(0.1)

    # -- doing ---------------------------------------------------------------

    def move(self, x, y):
        self._xdotool("mousemove", x, y)

    def click(self, x, y, button=1, count=1):
        """Click at screen coordinates; button 1 left, 3 right, 4/5 wheel up/down."""
        # The program shall take the pointer's arrival in first.
        click = ("click", "--repeat", count, "--delay", 80, button)
        self._xdotool("mousemove", x, y, "sleep", 0.05, *click)

    def key(self, *keys):
        """Press keys one after the other: key("space"), key("ctrl+q", "F5")."""
        self._give_focus()
        self._xdotool("key", "--delay", 30, *keys)

    def type_text(self, text):
        self._give_focus()
        self._xdotool("type", "--delay", 20, text)

    def focus(self, window):
        """Give a window the keyboard."""
        self._xdotool("windowfocus", getattr(window, "id", window))
        time.sleep(0.1)

    def close_window(self, window):
        """Ask a window to close, as its title bar's button does."""
        if self._manager is None:
            raise TestbenchError("closing a window as a user needs openbox")
        target = getattr(window, "id", window)
        for _ in range(3):  # a manager that has just started may miss the first keys
            self._xdotool("windowactivate", "--sync", target, check=False)
            self._xdotool("key", "alt+F4")
            deadline = time.monotonic() + 3
            while time.monotonic() < deadline:
                if target not in [found.id for found in self.windows()]:
                    return
                time.sleep(0.1)

    def _give_focus(self):
        # Without a window manager nobody sets the focus: keys go to the window below
        # the pointer, and are lost when there is none.
        if self._manager is None and self._xdotool("getwindowfocus", check=False).returncode:
            windows = self.windows()
            if windows:
                self.focus(windows[-1])

    def _xdotool(self, *arguments, check=True):
        return self._run("xdotool", *map(str, arguments), check=check)

    def _run(self, *command, check=True):
        result = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=30)
        if check and result.returncode:
            raise TestbenchError(f"{' '.join(command[:4])}: {result.stderr.strip()}")
        return result
