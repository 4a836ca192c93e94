"""Open the window on an engine, and stay until it is closed.

Nothing heavy is imported on the way to the first paint: Tk first, then the engine is made and
starts, then matplotlib is imported while the window already answers.
"""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from epanns.console import tell
from epanns.errors import EpannsError
from epanns.settings import Settings
from gui.display import answers, ended_by_signals, plain_signals

if TYPE_CHECKING:
    import tkinter as tk

    from epanns.live.contract import ObservedEngine, TaggerEngine

AnEngine = TypeVar("AnEngine", "TaggerEngine", "ObservedEngine", contravariant=True)


class DisplayError(EpannsError):
    """There is no screen to open a window on, or no Tk to open it with."""


class WindowContent(Protocol[AnEngine]):
    """What fills the root window, around one kind of engine."""

    closed: bool

    def start(self, engine: AnEngine) -> None:
        """Start an engine and show what it says, from now on."""

    def close(self) -> None:
        """End the main loop."""


def run(make_engine: Callable[[], "TaggerEngine"], settings: Settings) -> None:
    """Show the window, make and start the engine, return when the window has been closed.

    The engine is closed then, and also when something goes wrong.

    Args:
        make_engine: called once the window has been painted, so that it may import what it needs.
        settings: the settings.

    Raises:
        DisplayError: no window can be opened here; the terminal (`--text`) still works.
    """
    root = _open_root()
    try:
        if settings.kiosk:
            from gui.kiosk.kiosk import Kiosk

            _stay(root, Kiosk(root, settings), settings, lambda: _keep(make_engine))
        else:
            from gui.main_window.window import Window

            _stay(root, Window(root, settings), settings, make_engine)
    except KeyboardInterrupt:
        pass


def _stay(
    root: "tk.Tk",
    view: "WindowContent[AnEngine]",
    settings: Settings,
    make_engine: Callable[[], AnEngine],
) -> None:
    """Paint a view, make and start its engine, return when the view has been closed."""
    engine: AnEngine | None = None

    def end() -> None:
        if engine is not None:
            engine.close()

    def close() -> None:
        if not view.closed:
            root.after(0, view.close)

    try:
        with ended_by_signals(close, end):
            root.update()  # the first paint
            if view.closed:
                return
            if settings.seconds is not None:
                root.after(round(1000 * settings.seconds), view.close)
            engine = make_engine()
            view.start(engine)
            root.mainloop()
    finally:
        end()


def _keep(make_engine: Callable[[], "TaggerEngine"]) -> "ObservedEngine":
    from epanns.live.watchdog import SupervisedEngine

    return SupervisedEngine(make_engine, tell)


def _open_root() -> "tk.Tk":
    try:
        import tkinter as tk
    except ImportError:
        raise DisplayError(
            "This Python has no tkinter; install it (Debian: python3-tk) or use --text."
        ) from None
    if sys.platform == "win32":
        _claim_pixels()
    display = os.environ.get("DISPLAY", "")
    if not answers(display):
        raise DisplayError(f"The display {display} does not answer; use --text.")
    try:
        with plain_signals():
            return tk.Tk(className="epanns")
    except tk.TclError as error:
        raise DisplayError(f"No window can be opened here ({error}); use --text.") from None


def _claim_pixels() -> None:
    """Tell Windows that the window knows of high resolutions, else it is scaled up and blurred."""
    if sys.platform == "win32":
        import ctypes

        try:
            ctypes.windll.shcore.SetProcessDpiAwareness(1)
        except (AttributeError, OSError):  # before Windows 8.1
            ctypes.windll.user32.SetProcessDPIAware()
