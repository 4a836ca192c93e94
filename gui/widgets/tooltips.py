"""Tooltips that stay inside the window and wear its theme."""

import tkinter as tk
from collections.abc import Callable

from tktooltip import ToolTip

from gui.widgets.theme import Fonts, Palette

DELAY = 0.5  # seconds the pointer rests before a tooltip shows
EDGE = 4  # pixels


class Tooltip(ToolTip):
    """A tooltip on one widget, wrapped, and moved so that no part leaves the window.

    Its text may depend on where the pointer is; it does not show where there is none.
    """

    def __init__(self, widget: tk.Misc, text: str | Callable[[], str], fonts: Fonts) -> None:
        super().__init__(widget, msg=text, delay=DELAY, font=fonts.body, padx=8, pady=6)

    def apply_theme(self, palette: Palette) -> None:
        """Take on a theme."""
        self.configure(background=palette.border)
        self.message_widget.configure(background=palette.surface, foreground=palette.text)

    def _update_tooltip_coords(self, event: tk.Event) -> None:
        """Right below the pointer, or above it where the window ends."""
        if callable(self.msg):
            self._update_message()
        window = self.widget.winfo_toplevel()
        self.message_widget.configure(width=max(160, window.winfo_width() // 3))
        right = window.winfo_rootx() + window.winfo_width() - self.winfo_reqwidth() - EDGE
        bottom = window.winfo_rooty() + window.winfo_height() - self.winfo_reqheight() - EDGE
        x, y = event.x_root + self.x_offset, event.y_root + self.y_offset
        if y > bottom:
            y = event.y_root - self.y_offset - self.winfo_reqheight()
        self.geometry(f"+{max(EDGE, min(x, right))}+{max(EDGE, y)}")

    def _show(self) -> None:
        super()._show()
        if not self.msg_var.get():
            self.withdraw()
