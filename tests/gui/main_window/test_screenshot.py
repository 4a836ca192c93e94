"""A picture of the window is what the screen shows of it, or else a sentence says why not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread
from PIL import Image

from epanns.paths import new_path
from gui.main_window.screenshot import MENU_GOES
from tests.support.fake_engine import STATES
from tests.support.live_window import LiveWindow

pytestmark = pytest.mark.display

Open = Callable[..., LiveWindow]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where recordings go; not there yet."""
    folder = tmp_path / "recordings"
    monkeypatch.setattr(
        "gui.main_window.screenshot.new_path", lambda ending: new_path(ending, folder)
    )
    return folder


def said(window: LiveWindow) -> str:
    """The sentence on the picture, once it is there."""
    window.wait(lambda: "picture" in window.remark, "a sentence")
    return window.remark


def still(window: LiveWindow, folder: Path) -> Any:
    """What the screen shows, once nothing moves in the window any more."""
    photographs: list[Any] = []

    def nothing_moved() -> bool:
        photographs.append(imread(window.photograph(folder / "seen.png"))[..., :3])
        return len(photographs) > 1 and np.array_equal(*photographs[-2:])

    window.wait(nothing_moved, "a picture in which nothing moves")
    return photographs[-1]


def test_ctrl_s_saves_what_the_window_shows(
    open_window: Open, folder: Path, tmp_path: Path
) -> None:
    window = open_window()
    window.engine.current = STATES["stopped"]
    window.resize(800, 600)
    seen = still(window, tmp_path)
    window.key("ctrl+s")
    sentence = said(window)
    (path,) = folder.iterdir()
    assert sentence == f"Saved a picture of the window in {path}."
    saved = imread(path)[..., :3]
    assert saved.shape == (600, 800, 3)
    assert np.array_equal(saved, seen)


@pytest.mark.parametrize("delay", [1, MENU_GOES])  # the shorter one as on a busy computer
def test_the_menu_is_not_in_the_picture(
    open_window: Open, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delay: int
) -> None:
    monkeypatch.setattr("gui.main_window.screenshot.MENU_GOES", delay)
    window = open_window()
    window.engine.current = STATES["stopped"]
    window.controls.more.focus_set()
    seen = still(window, tmp_path)
    window.key("space", "Down", "Return")
    said(window)
    other = (imread(next(folder.iterdir()))[..., :3] != seen).any(axis=2)
    assert other.sum() < 1000  # the menu has ten times as many pixels


def test_what_reaches_beyond_the_screen_is_left_out(open_window: Open, folder: Path) -> None:
    window = open_window()
    window.root.geometry("800x600+1500+700")
    window.wait(lambda: window.root.winfo_rootx() >= 1500, "its place at the edge")
    window.wait(lambda: window.root.winfo_width() == 800, "its size")
    window.settle()
    window.key("ctrl+s")
    said(window)
    height, width = imread(next(folder.iterdir())).shape[:2]
    assert width == window.display.width - window.root.winfo_rootx()
    assert height == window.display.height - window.root.winfo_rooty()


def test_a_held_key_takes_one_picture_at_a_time(open_window: Open, folder: Path) -> None:
    window = open_window()
    for _ in range(5):
        window.root.event_generate("<Control-s>")
    said(window)
    assert len(list(folder.iterdir())) == 1


def test_nothing_is_saved_unless_it_is_asked_for(open_window: Open, folder: Path) -> None:
    open_window().settle()
    assert not folder.exists()


def fail(number: int, reason: str) -> Callable[..., Any]:
    def failing(*_: object, **__: object) -> Any:
        raise OSError(number, reason)

    return failing


def test_a_screen_that_cannot_be_looked_at_is_one_sentence(
    open_window: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_xcb(**_: object) -> Any:
        raise OSError("Pillow was built without XCB support")

    monkeypatch.setattr("PIL.ImageGrab.grab", no_xcb)
    window = open_window()
    window.key("ctrl+s")
    assert said(window) == "No picture was saved: Pillow was built without XCB support."
    assert not folder.exists()


def test_a_black_screen_is_no_picture(
    open_window: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    black = Image.new("RGB", (1920, 1080))
    monkeypatch.setattr("PIL.ImageGrab.grab", lambda **_: black)
    window = open_window()
    window.key("ctrl+s")
    assert "the screen gives one colour only" in said(window)
    assert not folder.exists()


def test_a_full_disk_is_one_sentence(
    open_window: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image.Image, "save", fail(28, "No space left on device"))
    window = open_window()
    window.key("ctrl+s")
    sentence = said(window)
    assert sentence.startswith(f"No picture was saved: {folder}")
    assert sentence.endswith(".png cannot be written: No space left on device.")


def test_a_folder_that_cannot_be_there_is_one_sentence(open_window: Open, folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    window = open_window()
    window.key("ctrl+s")
    assert said(window).endswith(".png cannot be written: File exists.")
