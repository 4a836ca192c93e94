"""Live bars in a terminal: the view for a computer without a display."""

import io
import math
import queue
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from epanns.audio.level import LOWEST_DBFS
from epanns.console import forget_output, tell
from epanns.formatting import visible
from epanns.live.contract import TaggerEngine
from epanns.live.engine import Engine
from epanns.prediction import Prediction
from epanns.settings import Settings
from epanns.status import ModelPhase, NoticeContent, SourcePhase, Status
from epanns.views import status_text
from epanns.views.json_view import JsonView
from epanns.views.options import RankingOptions, SelectionSpec
from epanns.views.plain_text import PlainTextView
from epanns.views.ranking import RankedClass, Ranking

FRAME_SECONDS = 0.1
PLAIN_EVERY = 1.0  # seconds between blocks of bars where the output is no terminal
BAR_WIDTH = 30
SCORE_WIDTH = 10  # the score and the blanks around it
WIDE = 120
MOST_WAITING = 3000


class TerminalView(Protocol):
    """What shows Predictions: every one is added, and frames are drawn.

    Attributes:
        frame_seconds: from one frame to the next.
    """

    frame_seconds: float

    def tell(self, content: NoticeContent) -> None:
        """Say what happened, on standard error; on any thread."""

    def add(self, prediction: Prediction) -> None:
        """Take in a Prediction."""

    def draw(self, status: Status) -> None:
        """Show what is new."""


def run(settings: Settings) -> int:
    """Show the engine's Predictions on standard output until it ends.

    Returns:
        The exit code: 1 if there was nothing to listen to or nothing to score with, else 0.

    Raises:
        OSError: standard output cannot be written.
    """
    predictions: queue.SimpleQueue[Prediction] = queue.SimpleQueue()

    def publish(prediction: Prediction) -> None:
        if predictions.qsize() < MOST_WAITING:  # a reader that sleeps must not fill the memory
            predictions.put(prediction)

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # for terminals that know few letters
    console = Console(highlight=False)
    bars = not (settings.json_lines or settings.plain)
    live = Live(console=console, auto_refresh=False) if bars and console.is_terminal else None
    view = _view(settings, console, live)
    engine = Engine(settings, publish, view.tell)
    try:
        engine.start()
        with live or nullcontext():
            return _loop(engine, predictions, view, settings.seconds or math.inf)
    except BrokenPipeError:  # the reader of our output has ended, as `| head` does
        forget_output()
        return 0
    finally:
        engine.close()


def _loop(
    engine: TaggerEngine,
    predictions: "queue.SimpleQueue[Prediction]",
    view: TerminalView,
    seconds: float,
) -> int:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        frame_ends = time.monotonic() + min(view.frame_seconds, left)
        while (wait := frame_ends - time.monotonic()) > 0:
            try:
                view.add(predictions.get(timeout=wait))
            except queue.Empty:
                break
        status, done = engine.status(), engine.done
        view.draw(status)
        if status.model.phase is ModelPhase.FAILED:
            return 1  # the engine has told why
        if done:
            while not predictions.empty():
                view.add(predictions.get())
            if status.source.reason:
                tell(status.source.reason)
            return int(status.source.phase is SourcePhase.FAILED)
    return 0


class TextBars:
    """Bars made of letters, redrawn in place in a terminal, else a block of them each second."""

    frame_seconds = FRAME_SECONDS

    def __init__(
        self,
        ranking: Ranking,
        write: Callable[[Text], None],
        every: float,
        width: int,
        softmax: bool = False,
    ) -> None:
        """Draw nothing yet.

        Args:
            ranking: gives the rows.
            write: shows a picture.
            every: seconds from one to the next.
            width: in letters.
            softmax: whether the classes compete.
        """
        self._ranking, self._softmax = ranking, softmax
        self._rows: tuple[RankedClass, ...] = ()
        self._write, self._every, self._width = write, every, width
        self._next = time.monotonic()

    def tell(self, content: NoticeContent) -> None:
        """Say what happened, on standard error; on any thread."""
        tell(status_text.notice(content))

    def add(self, prediction: Prediction) -> None:
        """Bring the rows up to date."""
        self._rows = self._ranking.update(prediction)

    def draw(self, status: Status) -> None:
        """Write the state and the rows, if it is time."""
        if not status.hears:
            self._ranking.clear()
            self._rows = ()
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._every
        picture = Text(visible(self._state(status)), style="bold")
        selection = self._ranking.selection
        showing = status_text.showing(selection, self._softmax)
        for remark in status_text.remarks(status, more=showing):
            picture.append(f"\n  {visible(remark)}", style="not bold italic")
        if names := [selection.vocabulary.names[index] for index in self._ranking.fired]:
            picture.append(f"\n  {status_text.watched(names)}", style="bold reverse")
        if not self._rows:
            waiting = " ".join(status_text.waiting(status).split())
            picture.append(f"\n  {waiting}", style="dim")
        elif not (self._ranking.heard or selection.pinned):
            nothing = status_text.nothing_heard(selection.threshold)
            picture.append(f"\n  {nothing}", style="dim")
        else:
            self._append_rows(picture)
        self._write(picture)

    def _append_rows(self, picture: Text) -> None:
        names = min(max(len(row.name) for row in self._rows), self._width // 2)
        longest = max(min(self._width - names - SCORE_WIDTH, BAR_WIDTH), 1)
        for row in self._rows:
            bar = "█" * round(row.score * longest)
            line = f"\n  {row.name[:names]:<{names}}  {row.score:4.2f} {bar}"
            picture.append(line, style="not bold" if row.heard else "dim")

    def _state(self, status: Status) -> str:
        """One line on what is heard, how loud, what scores it and what was lost."""
        level = max(status.level_dbfs, LOWEST_DBFS)
        parts = [
            status_text.headline(status).text,
            status.source.name,
            f"{level:.0f} dBFS",
            status_text.model(status.model),
            status_text.pace(status.pace),
            status_text.lost_input(status),
        ]
        return " | ".join(parts)


def _view(settings: Settings, console: Console, live: Live | None) -> TerminalView:
    """The view that the settings ask for."""
    options, spec = RankingOptions.of(settings), SelectionSpec.of(settings)
    if settings.json_lines:
        return JsonView(options, spec)
    ranking = Ranking(options, spec)
    softmax = settings.activation == "softmax"
    if settings.plain:
        write_line = lambda line: print(visible(line), flush=True)  # noqa: E731
        return PlainTextView(ranking, settings.hop, write_line, softmax=softmax)
    if live is None:  # where the output is no terminal, its reader has room
        write = lambda picture: console.print(picture, soft_wrap=True)  # noqa: E731
        return TextBars(ranking, write, PLAIN_EVERY, WIDE, softmax)
    redraw = lambda picture: live.update(picture, refresh=True)  # noqa: E731
    return TextBars(ranking, redraw, FRAME_SECONDS, console.width, softmax)
