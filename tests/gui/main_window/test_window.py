"""The window in this process, on a virtual display: what it shows, at which size, at what cost."""

import threading
import tkinter as tk
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from matplotlib.image import imread

from epanns.views import status_text
from epanns.views.ranking import RankedClass
from epanns.vocabulary.audioset import AUDIOSET
from gui.widgets.theme import PALETTES
from tests.support.fake_engine import LIVE, READY, STATES, FakeEngine, scores
from tests.support.live_window import LiveWindow
from tests.support.testbench.virtual_display import VirtualDisplay

pytestmark = pytest.mark.display

Open = Callable[..., LiveWindow]


def count(photograph: Path, colour: str) -> int:
    """Pixels of exactly this colour."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    pixels = np.round(imread(photograph)[..., :3] * 255).astype(int)
    return int((pixels == wanted).all(axis=-1).sum())


# -- what is seen -------------------------------------------------------------


@pytest.mark.parametrize("theme", PALETTES)
def test_bars_are_on_the_screen(open_window: Open, tmp_path: Path, theme: str) -> None:
    window = open_window(theme=theme)
    window.wait(lambda: not window.line, "bars")
    photograph = window.photograph(tmp_path / "window.png")
    for row in window.window._chart._rows:
        colour = PALETTES[theme].of_class(row.index, AUDIOSET)
        assert count(photograph, colour) > 5000 * row.score, row.name
    assert not VirtualDisplay.statistics(photograph).blank


def test_theme_switches_live(open_window: Open, tmp_path: Path) -> None:
    window = open_window(theme="dark")
    window.wait(lambda: not window.line, "bars")
    window.click(window.controls._theme)
    photograph = window.photograph(tmp_path / "window.png")
    assert count(photograph, PALETTES["dark"].background) < 50
    assert count(photograph, PALETTES["light"].background) > 100_000
    speech = AUDIOSET.index("Speech")
    assert count(photograph, PALETTES["light"].of_class(speech, AUDIOSET)) > 5000


def shows(window: LiveWindow, state: str) -> None:
    """Wait until all that the window has to say of a state is seen."""
    parts, status = window.window, STATES[state]
    headline, model = status_text.headline(status).text, status_text.model(status.model)
    hears = status.model.phase is READY.phase and status.hears
    line = "" if hears else status_text.waiting(status)
    remarks = "\n".join(status_text.remarks(status))
    again = state in ("stand-in", "lost")
    window.wait(lambda: parts._header.headline.cget("text") == headline, headline)
    window.wait(lambda: window.line == line, line or "bars")
    window.wait(lambda: window.remark == remarks, remarks)
    window.wait(lambda: bool(parts._messages.retry.winfo_ismapped()) == again, f"retry: {again}")
    window.wait(lambda: parts._status_bar.model.cget("text") == model, model)


def test_every_state_is_shown_in_words(open_window: Open) -> None:
    window = open_window()
    for state in (*STATES, "live"):
        window.bring_about(STATES[state])
        shows(window, state)


def test_a_red_mark_says_that_it_is_recorded(open_window: Open, tmp_path: Path) -> None:
    window = open_window()
    red = PALETTES["dark"].bad
    assert count(window.photograph(tmp_path / "before.png"), red) == 0
    window.engine.current = STATES["recording"]
    window.wait(lambda: "1:23" in window.window._header.recording.cget("text"), "the time")
    assert count(window.photograph(tmp_path / "window.png"), red) > 50


def test_a_gap_in_a_session_is_no_reason_to_look_for_a_microphone(open_window: Open) -> None:
    window = open_window(source="sample")
    window.engine.current = STATES["lost"]
    window.wait(
        lambda: window.window._header.headline.cget("text") == "Nothing was recorded here", "gap"
    )
    assert not window.window._messages.retry.winfo_ismapped()


def test_old_scores_do_not_stay_when_nothing_comes_in(open_window: Open) -> None:
    window = open_window()
    window.wait(lambda: not window.line, "bars")
    window.engine.current = STATES["lost"]
    gone = status_text.waiting(STATES["lost"])
    window.wait(lambda: window.line == gone, gone)
    window.engine.make_scores = lambda _: scores(Siren=0.9)
    window.engine.current = LIVE
    window.wait(lambda: not window.line, "bars again")
    assert window.window._chart._rows[0].name == "Siren"


def test_the_scores_of_the_last_source_do_not_stay_when_another_begins(
    open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()
    window.wait(lambda: not window.line, "bars")
    monkeypatch.setattr(FakeEngine, "latest", None)  # until the first prediction
    window.wait(lambda: window.line == "Listening …", "no bars")


def test_it_closes_whatever_its_parts_still_want_to_do(open_window: Open) -> None:
    window = open_window()
    window.window._header._arrange_soon()
    window.controls.after_idle(window.root.focus_set)
    window.window.close()
    with pytest.raises(tk.TclError):
        window.root.winfo_exists()


def test_one_line_when_nothing_is_heard(open_window: Open) -> None:
    window = open_window()
    window.wait(lambda: not window.line, "bars")
    window.engine.make_scores = lambda _: scores()
    window.wait(lambda: window.line == status_text.nothing_heard(0.05), "nothing above 5 %")


def test_subset_and_softmax_are_announced(open_window: Open) -> None:
    window = open_window(classes="domestic", activation="softmax", top_k=500)
    assert "216 of 527" in window.remark
    assert "Softmax" in window.remark
    assert window.window._chart.wanted == 216


def test_a_fault_is_said_once_and_the_window_lives(
    open_window: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    window = open_window()

    def broken() -> Any:
        raise RuntimeError("broken on purpose")

    status, window.engine.status = window.engine.status, broken  # type: ignore[method-assign]
    window.wait(lambda: "broken on purpose" in window.remark, "the fault")
    window.run(0.2)
    assert capsys.readouterr().err.count("\n") == 1
    assert len(window.faults) == 1
    window.faults.clear()
    window.engine.status = status  # type: ignore[method-assign]
    window.engine.current = STATES["silent"]
    silent = "Silent: is it muted?"
    window.wait(lambda: window.window._header.headline.cget("text") == silent, silent)


# -- motion -------------------------------------------------------------------


def test_bars_glide_and_leave_a_mark_where_they_were(
    open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.chart.bars.GLIDE", 0.2)  # slow enough for a busy machine to show steps
    window = open_window(smoothing=0)
    window.engine.make_scores = lambda _: scores(Siren=0.9)
    window.wait(lambda: window.bars._places, "the places of the bars")
    place = window.bars._places[0]
    full = place._layout.bar_right - place._layout.bar_left
    window.wait(lambda: place._drawn[0] == round(0.9 * full), "the whole bar")
    window.engine.make_scores = lambda _: scores(Siren=0.2)
    lengths = set()
    for _ in range(300):
        window.run(0.01)
        lengths.add(place._drawn[0])
        if place._drawn[0] == round(0.2 * full):
            break
    assert len(lengths) > 4, "it jumped"
    _, mark, colour = place._drawn
    assert 0.3 * full < mark < 0.9 * full
    assert colour == PALETTES["dark"].of_class(AUDIOSET.index("Siren"), AUDIOSET)
    window.wait(lambda: place._drawn[1] == 0, "the mark to fall to the bar")


# -- size ---------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_nothing_is_cut_off_at_any_size(open_window: Open, scale: float) -> None:
    window = open_window(font_scale=scale, top_k=30)
    for size in ((1600, 900), (640, 480), (480, 360), (1280, 800)):
        window.resize(*size)
        root = window.root
        parts = [*window.controls.winfo_children(), *window.window._status_bar.winfo_children()]
        for part in (part for part in parts if part.winfo_ismapped()):
            x, y = part.winfo_rootx() - root.winfo_rootx(), part.winfo_rooty() - root.winfo_rooty()
            if not isinstance(part, tk.Toplevel):
                assert 0 <= x <= size[0] - part.winfo_width()
                assert 0 <= y <= size[1] - part.winfo_height()
        assert window.window._chart.winfo_height() > size[1] / 6
        fits = status_text.fits(window.window._chart.shown, 30)
        window.wait(lambda: window.window._status_bar.fits.cget("text") == fits, fits)  # noqa: B023


def test_no_name_reaches_a_bar_or_is_cut_silently(open_window: Open) -> None:
    window = open_window(top_k=10)
    window.engine.current = STATES["stopped"]
    window.wait(lambda: window.line, "a line instead of bars")
    for size in ((480, 360), (640, 480), (1280, 800)):
        window.resize(*size)
        no_name_reaches_a_bar_or_is_cut_silently(window)


def no_name_reaches_a_bar_or_is_cut_silently(window: LiveWindow) -> None:
    bars, shown = window.bars, window.window._chart.shown
    for first in range(0, len(AUDIOSET), shown):
        names = AUDIOSET.names[first : first + shown]
        bars.show([RankedClass(first + i, name, 0.5) for i, name in enumerate(names)])
        renderer = bars._canvas.get_renderer()
        for name, place in zip(names, bars._places, strict=False):
            head, rest = place._head.get_text(), place._rest.get_text()
            for text in (place._head, place._rest):
                if text.get_text():
                    assert text.get_window_extent(renderer).x1 < place._layout.bar_left, name
            whole = [*head.split(), *rest.split()] == name.replace(f"{head},", head, 1).split()
            assert whole or "…" in head + rest, name


def test_rows_that_fit_are_ranked(open_window: Open) -> None:
    window = open_window(top_k=100)
    window.resize(640, 480)
    shown = window.window._chart.shown
    assert 5 <= shown < 100
    window.wait(lambda: len(window.window._chart._rows) == shown, f"{shown} rows")
    assert window.window._chart._ranking.top_k == shown


# -- discipline ---------------------------------------------------------------


def test_only_this_thread_touches_tk(open_window: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set()

    class Watched:
        """Stands before the Tcl interpreter and notes who calls."""

        def __init__(self, interpreter: Any) -> None:
            self._interpreter = interpreter

        def __getattr__(self, name: str) -> Any:
            threads.add(threading.get_ident())
            return getattr(self._interpreter, name)

    make = tk.Tk.__init__

    def make_watched(root: tk.Tk, *arguments: Any, **options: Any) -> None:
        make(root, *arguments, **options)
        root.tk = cast(Any, Watched(root.tk))

    monkeypatch.setattr(tk.Tk, "__init__", make_watched)
    window = open_window()
    window.wait(lambda: not window.line, "bars")
    window.key("space", "space")
    window.engine.current = STATES["fetching"]
    window.settle()
    assert threads == {threading.get_ident()}


def test_nothing_is_drawn_while_nothing_changes(open_window: Open) -> None:
    window = open_window()
    still = scores(Speech=0.8, Siren=0.4)
    window.engine.make_scores = lambda _: still
    blits: list[Any] = []
    window.bars._canvas.blit = blits.append
    window.run(0.3)
    assert blits, "there is something to draw until the smoothing has settled"

    def none_more() -> bool:
        blits.clear()
        window.run(0.3)
        return not blits

    window.wait(none_more, "the end of the drawing")
    window.run(0.3)
    assert blits == []


def test_memory_is_flat_over_hundreds_of_frames(open_window: Open) -> None:
    window = open_window(smoothing=0)
    page = 4096
    classes = np.arange(527, dtype=np.float32)
    window.engine.make_scores = lambda _: np.abs(np.sin(classes * window.window._looks / 7))

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * page

    def frames(number: int) -> None:
        for frame in range(number):
            window.engine.current = replace(LIVE, level_dbfs=-60 + frame % 60)
            window.engine._hop = -1  # a new prediction at every look
            window.window._show(window.engine.status())
            window.root.update_idletasks()

    if not Path("/proc/self/statm").exists():
        pytest.skip("memory is read from /proc")
    frames(60)
    growths = []
    for _ in range(4):
        before = resident()
        frames(50)
        growths.append(resident() - before)
    # A leak shows in each part; whatever else this process holds may grow in one of them.
    assert min(growths) < 8e4, growths


# -- meanings -----------------------------------------------------------------


def test_over_a_bar_stands_where_its_class_is_in_the_ontology(open_window: Open) -> None:
    window = open_window(smoothing=0)
    window.engine.make_scores = lambda _: scores(Bark=0.9, Siren=0.5)
    window.wait(lambda: [row.name for row in window.bars._rows[:1]] == ["Bark"], "the bark")
    bars, tip = window.bars.widget, window.window._chart._tips[0]
    tip.delay = 0.1

    def point(row: int) -> str:
        y = bars.winfo_height() - round(window.bars._places[row]._middle)
        window.display.move(bars.winfo_rootx() + 300, bars.winfo_rooty() + y)
        window.run(0.4)
        return str(tip.msg_var.get())

    assert point(0) == status_text.meaning(AUDIOSET.index("Bark"), AUDIOSET)
    assert "Domestic animals, pets > Dog > Bark" in point(0)
    assert tip.state() == "normal"
    assert point(1) == status_text.meaning(AUDIOSET.index("Siren"), AUDIOSET)
    assert point(5) == "", "no bar there"
