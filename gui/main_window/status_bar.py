"""The last row of the window: the network, its pace, what was lost, and what is never done."""

import tkinter as tk
from tkinter import ttk

from epanns.status import Status
from epanns.views import status_text
from gui.widgets.changes import change
from gui.widgets.flow_frame import FlowFrame
from gui.widgets.theme import Fonts


class StatusBar(FlowFrame):
    """Small writing.

    Attributes:
        model: the network in use.
        fits: how many of the wanted sounds have room; empty if all have.
        meanings: labels and what they mean, for tooltips.
    """

    def __init__(self, master: tk.Misc, fonts: Fonts) -> None:
        super().__init__(master, fonts, gap=1.4)
        self.model, self._pace, self._lost, self.fits, self._privacy = (
            ttk.Label(self, style="Small.TLabel") for _ in range(5)
        )
        self._privacy.configure(text=status_text.PRIVACY)
        self.add(self.model)
        for label in (self.fits, self._pace, self._lost):
            self.add(label, right=True)
        self.add(self._privacy)
        self.meanings = (
            (self._pace, "How often the bars are renewed, and how long the model takes each time"),
            (self._lost, "Sound that was not scored: lost by the sound system, missing,"
                " invalid, or skipped because the machine was too slow"),
            (self._privacy, "Nothing is sent anywhere. Sounds may be missed or mistaken, so nobody"
                " should rely on this where it matters"),
        )  # fmt: skip

    def fit(self, width: int) -> None:
        """Wrap the longest sentence for a window of `width` pixels."""
        self._privacy.configure(wraplength=max(100, width - 3 * self._fonts.pixels))

    def show(self, status: Status, fits: str) -> None:
        """Show the engine's figures."""
        change(self.model, text=status_text.model(status.model))
        change(self._pace, text=status_text.pace(status.pace))
        change(self._lost, text=status_text.lost_input(status))
        change(self.fits, text=fits)
