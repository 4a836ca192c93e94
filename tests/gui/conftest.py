"""The real window on a virtual display, in this process, around a fake engine."""

import gc
import tkinter as tk
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from epanns.settings import Settings
from tests.support.live_window import LiveWindow
from tests.support.testbench.virtual_display import VirtualDisplay


def pytest_runtest_logfinish() -> None:
    """Delete a test's windows on this thread; Tk ends the process when another thread does so.

    What is there still is left out of later collections, so that these are quick.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def screen() -> Iterator[VirtualDisplay]:
    """A screen of 1920x1080 with a window manager.

    One for all: Tk stays connected to a screen until the process ends, and ends the process when
    the screen goes away.
    """
    with VirtualDisplay(1920, 1080) as screen:
        yield screen


@pytest.fixture
def display(screen: VirtualDisplay) -> VirtualDisplay:
    """The screen, its pointer in a corner: it may rest on a button, whose tooltip then comes up."""
    screen.move(screen.width - 1, screen.height - 1)
    return screen


@pytest.fixture
def open_window(
    display: VirtualDisplay, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., LiveWindow]]:
    """Opens windows; closes those that the test leaves open."""
    monkeypatch.setenv("DISPLAY", display.env["DISPLAY"])
    windows = []

    def open_one(**settings: Any) -> LiveWindow:
        window = LiveWindow(display, Settings(**settings), tk.Tk())
        windows.append(window)
        return window

    yield open_one
    for window in windows:
        if not window.window.closed:
            window.window.close()
        assert not window.faults
