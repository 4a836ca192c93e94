"""A window of Tk on a virtual display, in this process, that lives while a test looks at it."""

import time
import tkinter as tk
from collections.abc import Callable
from pathlib import Path

from tests.support.testbench.virtual_display import VirtualDisplay

PATIENCE = 60  # seconds until a test gives up waiting for what should come


class LiveRoot:
    """The base of the real window and of the real kiosk screen, each around a fake engine."""

    def __init__(self, display: VirtualDisplay, root: tk.Tk) -> None:
        self.display, self.root = display, root

    @property
    def closed(self) -> bool:
        """Whether it has been closed and draws no more."""
        return False

    @property
    def says(self) -> str:
        """What a test that waits in vain reports of it."""
        return ""

    def run(self, seconds: float) -> None:
        """Let it live for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.closed:
            self.root.update()
            time.sleep(0.005)

    def settle(self) -> None:
        """Let it take in all that it was sent, and draw what comes of that."""
        self.run(0.3)

    def wait(self, ready: Callable[[], object], what: str) -> None:
        """Let it live until something is so."""
        end = time.monotonic() + PATIENCE
        while not ready():
            assert time.monotonic() < end, f"still waiting for {what}; it says {self.says!r}"
            self.run(0.01)

    def resize(self, width: int, height: int) -> None:
        self.root.geometry(f"{width}x{height}+0+0")
        self.wait(
            lambda: (self.root.winfo_width(), self.root.winfo_height()) == (width, height),
            f"a size of {width}x{height}",
        )
        self.settle()

    def photograph(self, path: Path) -> Path:
        self.run(0.3)
        self.display.screenshot(path, self.root.winfo_id())
        return path
