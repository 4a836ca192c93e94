"""The screen of the open-day mode, on a virtual display: what it says, and how it ends."""

import time
import tkinter as tk
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from epanns.live import watchdog
from epanns.settings import Settings
from epanns.views.kiosk.game import BETWEEN, CELEBRATED
from epanns.views.kiosk.screen import INVITATION
from epanns.vocabulary.audioset import AUDIOSET
from gui.kiosk import confetti
from gui.kiosk.confetti import PIECES
from gui.kiosk.kiosk import HOLD
from gui.kiosk.kiosk_bars import BAR_SHARE, BARS, NAMES, SCORES
from gui.widgets.theme import PALETTES
from tests.support.fake_engine import STATES, WORDS
from tests.support.live_kiosk import LiveKiosk
from tests.support.testbench.virtual_display import VirtualDisplay

pytestmark = pytest.mark.display

Open = Callable[..., LiveKiosk]
DOG = {"Bark": 0.7, "Dog": 0.8, "Animal": 0.9}


@pytest.fixture
def open_kiosk(display: VirtualDisplay, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens screens; closes those that the test leaves open. No callback may fail unseen."""
    monkeypatch.setenv("DISPLAY", display.env["DISPLAY"])
    opened = []

    def open_one(**settings: Any) -> LiveKiosk:
        opened.append(LiveKiosk(display, Settings(kiosk=True, **settings), tk.Tk()))
        return opened[-1]

    yield open_one
    for each in opened:
        if not each.kiosk.closed:
            each.kiosk.close()
        each.supervised.close()
        assert not each.kiosk._faults.said


def count(photograph: Path, colour: str, below: float = 0.0) -> int:
    """Pixels of exactly this colour, below a share of the height."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    picture = imread(photograph)
    pixels = np.round(picture[round(below * len(picture)) :, :, :3] * 255).astype(int)
    return int((pixels == wanted).all(axis=-1).sum())


def visible(kiosk: LiveKiosk, tag: str | int) -> bool:
    return str(kiosk.kiosk._canvas.itemcget(tag, "state")) != "hidden"


def texts(kiosk: LiveKiosk) -> list[tuple[str, tuple[int, ...]]]:
    """All writing that is seen, and its box."""
    canvas = kiosk.kiosk._canvas
    items = [item for item in canvas.find_all() if canvas.type(item) == "text"]
    seen = [item for item in items if visible(kiosk, item) and canvas.itemcget(item, "text")]
    return [(canvas.itemcget(item, "text"), canvas.bbox(item)) for item in seen]


# -- what is seen -------------------------------------------------------------


def test_it_fills_the_screen_and_hides_the_pointer(open_kiosk: Open) -> None:
    kiosk = open_kiosk()
    kiosk.wait(lambda: kiosk.root.winfo_width() == 1920, "the full width")
    assert kiosk.root.winfo_height() == 1080
    assert str(kiosk.root.cget("cursor")) == "none"
    assert kiosk.root.winfo_children() == [kiosk.kiosk._canvas]


def test_it_starts_by_itself_and_invites(open_kiosk: Open) -> None:
    kiosk = open_kiosk()
    assert kiosk.engine.calls == ["start"]
    kiosk.wait(lambda: "Whistle" in kiosk.title, "the invitation")
    assert visible(kiosk, "legend")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_caption_and_bars_have_the_colour_of_the_family(
    open_kiosk: Open, tmp_path: Path, theme: str
) -> None:
    kiosk = open_kiosk(theme=theme)
    kiosk.engine.classes = DOG
    kiosk.wait(lambda: kiosk.title == "Bark", "the caption")
    kiosk.run(0.6)
    photograph = kiosk.photograph(tmp_path / "caption.png")
    orange = PALETTES[theme].of_class(AUDIOSET.index("Dog"), AUDIOSET)
    full = 0.9 * 1920 * (1 - NAMES - SCORES), BAR_SHARE * 0.265 * 1080 / BARS
    bars = sum(DOG.values()) * full[0] * full[1]
    assert count(photograph, orange, below=0.71) == pytest.approx(bars, rel=0.05)
    assert count(photograph, orange) > 1.5 * bars  # the caption
    assert not visible(kiosk, "legend")


def test_a_network_of_other_classes_is_shown_by_their_names(open_kiosk: Open) -> None:
    kiosk = open_kiosk()
    kiosk.engine.classes = {"Speech": 0.9}
    kiosk.wait(lambda: kiosk.title == "Speech", "the caption")
    first = kiosk.kiosk._bars._bars[0]
    name = lambda: kiosk.kiosk._canvas.itemcget(first._name, "text")  # noqa: E731
    assert AUDIOSET.index("Speech") == WORDS.vocabulary.index("Yes") and name() == "Speech"
    kiosk.engine.classes, kiosk.engine.network = {"Yes": 0.9}, WORDS
    kiosk.wait(lambda: kiosk.title == "Yes", "the other caption")
    assert name() == "Yes"
    kiosk.engine.classes = {}
    kiosk.pass_time(2)
    kiosk.wait(lambda: kiosk.title == INVITATION.title, "the invitation")
    assert not visible(kiosk, "legend"), "its classes have no families"


def test_everything_stays_on_the_screen_at_any_size(open_kiosk: Open) -> None:
    kiosk = open_kiosk()
    kiosk.engine.classes = {
        "Artillery fire": 0.9,
        "Gunshot, gunfire": 0.95,
        "Heart sounds, heartbeat": 0.6,
        "Outside, urban or manmade": 0.5,
    }
    kiosk.wait(lambda: kiosk.title == "Artillery fire", "the caption")
    for size in ((640, 480), (1280, 800), (1920, 1080)):
        kiosk.resize(*size)
        for text, (left, top, right, bottom) in texts(kiosk):
            assert left >= 0 and top >= 0, text
            assert right <= size[0] and bottom <= size[1], text


def test_a_round_of_the_game_with_confetti(
    open_kiosk: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confetti, "LASTS", 2.0)
    kiosk = open_kiosk()
    kiosk.engine.classes = {"Speech": 0.9}
    kiosk.wait(lambda: kiosk.title == "Speech", "the caption")
    kiosk.pass_time(BETWEEN + 1)
    assert kiosk.title == "Whistling"
    assert kiosk.kiosk._screen.under == "Whistle!"
    kiosk.pass_time(2)
    before = kiosk.kiosk._canvas.find_all()
    kiosk.engine.classes = {"Whistling": 0.9}
    kiosk.wait(lambda: visible(kiosk, "confetti"), "confetti")
    assert kiosk.kiosk._screen.celebrates
    assert len(kiosk.kiosk._canvas.find_withtag("confetti")) == PIECES
    kiosk.run(0.8)
    photograph = kiosk.photograph(tmp_path / "won.png")
    assert all(count(photograph, colour) > 100 for colour in PALETTES["dark"].families)
    assert kiosk.kiosk._canvas.itemcget(kiosk.kiosk._won, "text") == "★ 1"
    kiosk.pass_time(CELEBRATED)
    kiosk.wait(lambda: not visible(kiosk, "confetti"), "the end of it")
    assert set(kiosk.kiosk._canvas.find_all()) == set(before)  # items are made once


# -- what goes wrong ----------------------------------------------------------


def test_a_lost_microphone_is_said_and_got_over(open_kiosk: Open) -> None:
    kiosk = open_kiosk()
    kiosk.engine.classes = DOG
    kiosk.wait(lambda: kiosk.title == "Bark", "the caption")
    kiosk.engine.current = STATES["lost"]
    kiosk.wait(lambda: kiosk.title == "I hear nothing", "the loss")
    assert visible(kiosk, "legend")  # no bars of what was heard before
    kiosk.engine.current = STATES["live"]
    kiosk.wait(lambda: kiosk.title == "Bark", "the caption")


def test_an_engine_that_fails_is_replaced(
    open_kiosk: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "STALLED", 0.5)
    kiosk = open_kiosk()
    kiosk.engine.broken = True
    kiosk.wait(lambda: kiosk.title == "One moment", "the excuse")
    kiosk.wait(lambda: len(kiosk.engines) == 2, "another engine")
    kiosk.wait(lambda: "Whistle" in kiosk.title, "the invitation")


def test_a_fault_of_the_screen_is_told_once_and_ends_nothing(
    open_kiosk: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    kiosk = open_kiosk()
    controller = kiosk.kiosk._controller
    kiosk.kiosk._controller = type("Broken", (), {"look": lambda *_: 1 / 0})()
    kiosk.run(0.5)
    kiosk.kiosk._controller = controller
    kiosk.engine.classes = DOG
    kiosk.wait(lambda: kiosk.title == "Bark", "the caption")
    assert capsys.readouterr().err.count("ZeroDivisionError") == 1
    kiosk.kiosk._faults.said.clear()


# -- how it ends --------------------------------------------------------------


def hold(kiosk: LiveKiosk, seconds: float) -> None:
    kiosk.display._xdotool("keydown", "Escape")
    kiosk.run(seconds)
    if not kiosk.kiosk.closed:
        kiosk.display._xdotool("keyup", "Escape")
        kiosk.run(0.3)


def test_escape_held_for_two_seconds_ends_it(open_kiosk: Open) -> None:
    assert HOLD == 2.0
    kiosk = open_kiosk()
    began = time.monotonic()
    kiosk.display._xdotool("keydown", "Escape")
    kiosk.wait(lambda: kiosk.kiosk.closed, "the end")
    kiosk.display._xdotool("keyup", "Escape")
    assert time.monotonic() - began > 1.9


def test_how_long_escape_was_held_is_seen_and_letting_go_takes_it_back(open_kiosk: Open) -> None:
    kiosk = open_kiosk()
    bar, canvas = kiosk.kiosk._hold_progress, kiosk.kiosk._canvas
    assert not visible(kiosk, bar._text)
    kiosk.display._xdotool("keydown", "Escape")
    began, lengths = time.monotonic(), []
    for _ in range(3):
        kiosk.run(0.4)
        left, _, right, _ = canvas.coords(bar._fill)
        lengths.append(right - left)
        assert visible(kiosk, bar._text)  # auto-repeat does not let it go
    held = time.monotonic() - began  # on a busy machine it is longer than was waited
    assert lengths == sorted(set(lengths))
    assert lengths[-1] == pytest.approx(0.5 * 1920 * held / HOLD, rel=0.2)
    kiosk.display._xdotool("keyup", "Escape")
    kiosk.run(0.3)
    assert not visible(kiosk, bar._text)
    hold(kiosk, 1.2)  # each press counts for itself
    assert not kiosk.kiosk.closed


def test_no_other_key_ends_or_changes_anything(open_kiosk: Open) -> None:
    kiosk = open_kiosk()
    for key in ("Escape", "alt+F4", "ctrl+q", "F11", "space", "Return", "Tab"):
        kiosk.display.key(key)
        kiosk.run(0.2)
        assert not kiosk.kiosk.closed, key
    assert kiosk.engine.calls == ["start"]
    assert kiosk.root.winfo_width() == 1920
    assert "Whistle" in kiosk.title


def test_clicks_do_nothing(open_kiosk: Open) -> None:
    kiosk = open_kiosk()
    for x, y, button in ((960, 300, 1), (1900, 20, 1), (960, 700, 3), (200, 900, 4)):
        kiosk.display.click(x, y, button, count=2)
    kiosk.run(0.3)
    assert not kiosk.kiosk.closed
    assert kiosk.engine.calls == ["start"]


def test_the_end_while_confetti_falls_leaves_no_fault(open_kiosk: Open) -> None:
    kiosk = open_kiosk()
    kiosk.kiosk._confetti.throw(0.0)
    kiosk.kiosk.close()
