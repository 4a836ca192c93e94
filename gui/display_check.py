"""The doctor's check of the display: whether a window can be opened, and what on.

`python -m epanns doctor` runs it in a process of its own: epanns does not know Tk.
"""

import os
import sys

from epanns.doctor.result import CheckResult
from gui.display import answers

INSTEAD = "without a window the bars appear in the terminal: --text"
FONTS = "install fonts (Debian: apt-get install fonts-dejavu-core)"
BITMAP_FONTS = {"fixed", "clean"}  # what X has where no others are installed


def display() -> list[CheckResult]:
    """Open a window for a moment, without showing it."""
    try:
        import tkinter as tk
        from tkinter import font
    except ImportError as error:
        todo = f"install it (Debian: apt-get install python3-tk); {INSTEAD}"
        return [CheckResult("display", "bad", f"this Python has no Tk ({error})", todo)]
    name = os.environ.get("DISPLAY", "")
    if not answers(name):
        todo = f"is the network there, does the display hang? {INSTEAD[0].upper()}{INSTEAD[1:]}"
        return [CheckResult("display", "bad", f"the display {name} does not answer", todo)]
    try:
        root = tk.Tk(className="epanns-doctor")
    except tk.TclError as error:
        nowhere = sys.platform.startswith("linux") and not os.environ.get("DISPLAY")
        found = "there is none" if nowhere else f"no window can be opened: {error}"
        todo = f"run it on a desktop, or by ssh -X; {INSTEAD}"
        return [CheckResult("display", "warning", found, todo)]
    root.withdraw()
    width, height = root.winfo_screenwidth(), root.winfo_screenheight()
    patch = str(root.tk.call("info", "patchlevel"))
    families = set(font.families(root))
    try:
        family = str(font.nametofont("TkDefaultFont", root=root).actual("family"))
    except tk.TclError:  # where there is no font at all
        family = ""
    root.destroy()
    figures = {"width": width, "height": height, "tk": patch, "font": family}
    found = f"{width} x {height}, Tk {patch}, {len(families)} fonts"
    if not family:
        return [CheckResult("display", "bad", found, f"{FONTS}; {INSTEAD}", figures=figures)]
    if family in BITMAP_FONTS:
        found += f", {family} in use, which looks coarse"
        return [CheckResult("display", "warning", found, FONTS, figures=figures)]
    return [CheckResult("display", "good", f"{found}, {family} in use", figures=figures)]
