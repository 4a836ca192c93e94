"""Pictures of the window, as it is on the screen, among the recordings."""

import sys
import tkinter as tk
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from epanns.errors import cause
from epanns.paths import new_path, why_elsewhere

if TYPE_CHECKING:
    from PIL.Image import Image

MENU_GOES = 150  # milliseconds for what a menu has covered to be drawn again; some fade
LOOK_EVERY = 50  # milliseconds between looks whether a picture is on disk


class ScreenshotTaker:
    """Takes pictures of a window and says where they lie, or why there is none."""

    def __init__(self, root: tk.Tk, say: Callable[[str], None]) -> None:
        """Args: root: the window; say: called on the Tk thread with a sentence for the user."""
        self._root, self._say = root, say
        self._busy = False

    def take(self) -> None:
        """Take a picture and write it to a new file; returns at once."""
        if not self._busy:
            self._busy = True
            self._root.after(MENU_GOES, self._redraw)

    def _redraw(self) -> None:
        """Take the picture after what the screen has lost is drawn again, without a time limit.

        X answers after it has sent the expose events; Tk handles these before idle callbacks, and
        draws in an idle callback that comes after the first one here: hence the second.
        """
        self._root.winfo_pointerx()
        self._root.after_idle(self._root.after_idle, self._take)

    def _take(self) -> None:
        said: Future[str] = Future()
        try:
            picture = _grab(self._root)
        except (ImportError, OSError) as error:
            said.set_result(f"No picture was saved: {cause(error)}.")
        else:
            path, why = new_path(".png"), why_elsewhere()
            work = lambda: said.set_result(f"{why} {_write(picture, path)}".lstrip())  # noqa: E731
            Thread(target=work, name="picture", daemon=True).start()
        self._wait(said)

    def _wait(self, said: "Future[str]") -> None:
        """Disks may be slow: look for the end of the writing now and then."""
        if said.done():
            self._busy = False
            self._say(said.result())
        else:
            self._root.after(LOOK_EVERY, self._wait, said)


def _grab(root: tk.Tk) -> "Image":
    """What is on the screen where the window is, but for what reaches beyond the screen.

    Raises:
        OSError: this screen does not let itself be looked at.
        ImportError: there is no Pillow.
    """
    from PIL import ImageGrab

    root.winfo_pointerx()  # by its answer the screen shows all that was drawn
    left, top = root.winfo_rootx(), root.winfo_rooty()
    right, bottom = left + root.winfo_width(), top + root.winfo_height()
    if root.tk.call("tk", "windowingsystem") != "x11":
        return ImageGrab.grab((left, top, right, bottom), all_screens=sys.platform == "win32")
    # Told the display, Pillow asks X itself and starts no program.
    screen = ImageGrab.grab(xdisplay=root.winfo_screen())
    picture = screen.crop(
        (max(left, 0), max(top, 0), min(right, screen.width), min(bottom, screen.height))
    )
    if picture.getcolors(1):
        raise OSError("the screen gives one colour only, as Wayland does; use its own program")
    return picture


def _write(picture: "Image", path: Path) -> str:
    """Write a picture to a file; give the sentence that says so, or why not."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        return f"No picture was saved: {path} cannot be written: {cause(error)}."
    return f"Saved a picture of the window in {path}."
