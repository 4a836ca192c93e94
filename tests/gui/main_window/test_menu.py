"""The menu of what is wanted now and then: by mouse, by keyboard, by its keys."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gui.widgets.theme import PALETTES
from tests.support.live_window import LiveWindow

pytestmark = pytest.mark.display

Open = Callable[..., LiveWindow]
KEPT = "keep the last minute"


@pytest.fixture(autouse=True)
def no_recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "gui.main_window.screenshot.new_path", lambda ending: tmp_path / f"picture{ending}"
    )


def test_an_entry_by_mouse(open_window: Open) -> None:
    window = open_window()
    more = window.controls.more
    window.click(more)
    menu = more._menu
    window.wait(menu.winfo_ismapped, "the menu")
    assert menu.winfo_rooty() + menu.winfo_height() <= more.winfo_rooty() + 2
    assert menu.winfo_rootx() >= window.root.winfo_rootx()
    below = menu.winfo_height() // 2  # the second of three
    window.click_at(menu.winfo_rootx() + 20, menu.winfo_rooty() + below)
    window.wait(lambda: window.engine.calls == ["start", KEPT], "the last minute")
    assert "Kept the last 1:00" in window.remark
    window.key("space")  # stays with start and stop
    assert window.engine.calls == ["start", KEPT, "stop"]


def test_an_entry_by_keyboard(open_window: Open) -> None:
    window = open_window()
    more = window.controls.more
    window.display.move(0, 0)  # a pointer that rests on the menu chooses, too
    more.focus_set()
    window.key("space")
    window.wait(more._menu.winfo_ismapped, "the menu")
    window.key("Down", "Down", "Return")
    assert window.engine.calls == ["start", KEPT]
    assert window.root.focus_get() is more


def test_escape_closes_the_menu_and_does_nothing(open_window: Open) -> None:
    window = open_window()
    window.click(window.controls.more)
    window.key("Down", "Escape")
    assert not window.controls.more._menu.winfo_ismapped()
    assert window.engine.calls == ["start"]


def test_keys_do_it_without_the_menu(open_window: Open) -> None:
    window = open_window()
    window.key("ctrl+e")
    assert window.engine.calls == ["start", KEPT]
    window.key("ctrl+E")
    assert window.engine.calls == ["start", KEPT, KEPT]


def test_others_add_entries_of_their_own(open_window: Open) -> None:
    window = open_window()
    done: list[str] = []
    window.controls.more.add("Something", lambda: done.append("menu"), "F9")
    window.controls.more.add("Something else", lambda: done.append("other"))
    window.key("F9")
    window.click(window.controls.more)
    window.key(*["Down"] * 5, "Return")
    assert done == ["menu", "other"]


def test_the_menu_stays_inside_the_window(open_window: Open) -> None:
    window = open_window()
    menu, root = window.controls.more._menu, window.root
    for size in ((640, 480), (1280, 800), (1900, 1000)):
        window.resize(*size)
        window.click(window.controls.more)
        window.wait(menu.winfo_ismapped, "the menu")
        assert menu.winfo_rooty() >= root.winfo_rooty()
        assert menu.winfo_rootx() + menu.winfo_width() <= root.winfo_rootx() + root.winfo_width()
        window.key("Escape")
        window.wait(lambda: not menu.winfo_ismapped(), "no menu")


def test_the_menu_wears_the_theme(open_window: Open) -> None:
    window = open_window(theme="dark")
    menu = window.controls.more._menu
    assert str(menu.cget("foreground")) == PALETTES["dark"].text
    window.click(window.controls._theme)
    assert str(menu.cget("foreground")) == PALETTES["light"].text
    assert str(menu.cget("activebackground")) == PALETTES["light"].accent
