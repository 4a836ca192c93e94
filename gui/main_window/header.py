"""The first row of the window: what the program does now, whether it records, what it hears."""

import tkinter as tk
from tkinter import ttk

from epanns.status import Status
from epanns.views import status_text
from gui.widgets.changes import change
from gui.widgets.flow_frame import FlowFrame
from gui.widgets.theme import Fonts, Palette


class Header(FlowFrame):
    """State, recording and source, in words; the state also as a coloured dot.

    Attributes:
        headline: the state.
        recording: elapsed time and size; empty while nothing is recorded.
    """

    def __init__(self, master: tk.Misc, fonts: Fonts) -> None:
        super().__init__(master, fonts)
        state = ttk.Frame(self)
        self._dot = ttk.Label(state, text="●", style="Headline.TLabel")
        self._dot.pack(side="left", padx=(0, 8))
        self.headline = ttk.Label(state, style="Headline.TLabel")
        self.headline.pack(side="left")
        self.add(state)
        self.recording = ttk.Label(self)
        self.add(self.recording)
        self._source = ttk.Label(self, style="Muted.TLabel")
        self.add(self._source, right=True)

    def show(self, status: Status, palette: Palette) -> None:
        """Show the engine's state."""
        headline = status_text.headline(status)
        change(self.headline, text=headline.text)
        change(self._source, text=status.source.name if status.running else "")
        change(self._dot, foreground=getattr(palette, headline.tone))
        change(self.recording, text=status_text.recording(status.recording))
        change(self.recording, foreground=palette.bad)
