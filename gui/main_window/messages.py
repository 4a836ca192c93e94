"""Sentences the user should read: on the present state, what just happened, a fault."""

import time
import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk

from epanns.status import Notice, NoticeContent, SourcePhase, Status
from epanns.views import status_text
from gui.widgets.changes import change, show_if
from gui.widgets.theme import Fonts

HINT_SECONDS = 6.0
NOTICE_SECONDS = 20.0


class Messages(ttk.Frame):
    """A few sentences, and a button for when the microphone is missing; hidden without any.

    Attributes:
        text: the sentences.
        retry: the button.
    """

    def __init__(self, master: tk.Misc, fonts: Fonts, try_again: Callable[[], None]) -> None:
        super().__init__(master)
        self._fonts = fonts
        self.text = ttk.Label(self, style="Remark.TLabel")
        self.text.pack(side="left", fill="x", expand=True)
        self.retry = ttk.Button(self, text="Try again", command=try_again)
        self._hint = ""
        self._hint_ends = 0.0
        self._notices = 0  # the number of the newest at the last look
        self._notice_ends = 0.0

    def hint(self, sentence: str, seconds: float = HINT_SECONDS) -> None:
        """Show a sentence for a while, before all others."""
        self._hint, self._hint_ends = sentence, time.monotonic() + seconds

    def show_at_once(self, sentence: str) -> None:
        """Show a sentence without waiting for the next look, which may not come."""
        self.text.configure(text=sentence)
        self.grid()

    def fit(self, width: int) -> None:
        """Wrap sentences for a window of `width` pixels."""
        self.text.configure(wraplength=max(100, width - 14 * self._fonts.pixels))

    def show(
        self,
        status: Status,
        notices: Sequence[Notice],
        showing: Sequence[str] = (),
        first: str = "",
    ) -> None:
        """Show what there is to say; no row without anything.

        Args:
            status: the engine's state.
            notices: the engine's, oldest first.
            showing: sentences on how scores are shown.
            first: a sentence before all others; empty for none.
        """
        sentences = list(status_text.remarks(status, self._new(notices), showing))
        if self._hint and time.monotonic() < self._hint_ends:
            sentences.insert(0, self._hint)
        if first:
            sentences.insert(0, first)
        change(self.text, text="\n".join(sentences))
        lost = status.source.phase is SourcePhase.LOST and not status.plays_file
        missing = status.microphone is not None or lost
        show_if(missing, self.retry, lambda: self.retry.pack(side="right"))
        show_if(bool(sentences), self, self.grid)

    def _new(self, notices: Sequence[Notice]) -> NoticeContent | None:
        """The newest notice, for a while; reasons that go on are part of the state."""
        newest = notices[-1].number if notices else 0
        if newest != self._notices:
            self._notices = newest
            self._notice_ends = time.monotonic() + NOTICE_SECONDS
        fresh = notices and time.monotonic() < self._notice_ends
        return notices[-1].content if fresh else None
