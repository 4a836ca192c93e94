"""Watched classes: named in words, and a border that never flashes fast enough to harm anybody."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.image import imread

from epanns.vocabulary.audioset import AUDIOSET
from gui.main_window import watch_alert
from gui.main_window.watch_alert import PULSING, STAYS, WatchAlert, glow
from gui.widgets.theme import PALETTES
from tests.support.fake_engine import STATES, WORDS, scores, scores_of
from tests.support.live_window import LiveWindow

Open = Callable[..., LiveWindow]

FRAME = 1 / 30
MOST_FLASHES = 3  # a second
DOG, SPEECH = "Dog", "Speech"


def flashes(levels: list[float]) -> int:
    """The most flashes within a second: times that the brightness goes up and down by a tenth."""
    turns, going, extreme = [], 1, levels[0]
    for frame, level in enumerate(levels):
        if (level - extreme) * going > 0:
            extreme = level
        elif abs(level - extreme) >= 0.1:
            going, extreme = -going, level
            turns.append(frame * FRAME)
    within = [sum(start <= turn < start + 1 for turn in turns) for start in turns]
    return max(within, default=0) // 2


def test_the_border_pulses_twice_a_second_and_then_only_shines() -> None:
    levels = [glow(frame * FRAME) for frame in range(round((PULSING + 2) / FRAME))]
    assert levels[0] == 1.0
    assert min(levels) < 0.1
    assert 1 <= flashes(levels) <= MOST_FLASHES
    assert set(levels[round(PULSING / FRAME) + 1 :]) == {1.0}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which a test moves."""
    now = [100.0]
    monkeypatch.setattr(watch_alert, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def brightness(alert: WatchAlert) -> float:
    """Of the border, from 0 to 1; 0 too where there is none."""
    if not alert.edges[0].winfo_manager():
        return 0.0
    colour = str(alert.edges[0].cget("background"))
    return sum(bytes.fromhex(colour[1:])) / 765


@pytest.mark.display
@pytest.mark.parametrize("period", [1, 2, 7, 100])
def test_sounds_that_come_and_go_make_no_more_flashes(
    open_window: Open, clock: list[float], period: int
) -> None:
    window = open_window()
    alert = WatchAlert(window.root, PALETTES["contrast"], window.window._fonts)
    levels = []
    for frame in range(600):
        steady = [DOG] if frame // period % 2 else []
        others = [
            AUDIOSET.names[index]
            for index in range(20)
            if frame % (20 * period + 100) == index * period
        ]
        clock[0] += FRAME
        alert.show(steady + others)
        levels.append(brightness(alert))
    assert 1 <= flashes(levels) <= MOST_FLASHES


@pytest.mark.display
def test_a_class_is_named_for_a_while_after_it_was_heard(
    open_window: Open, clock: list[float]
) -> None:
    window = open_window()
    alert = WatchAlert(window.root, PALETTES["dark"], window.window._fonts)
    alert.show([DOG])
    assert alert.line.cget("text") == "Heard: Dog"
    clock[0] += 2.0
    alert.show([SPEECH])
    assert alert.line.cget("text") == "Heard: Dog; Speech"
    clock[0] += STAYS - 1.0
    alert.show([])
    assert alert.line.cget("text") == "Heard: Speech"
    clock[0] += STAYS
    alert.show([])
    assert not any(widget.winfo_manager() for widget in (alert.line, *alert.edges))


@pytest.mark.display
def test_the_window_names_what_is_watched_and_lights_its_edges(
    open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_alert, "PULSING", 0.3)
    monkeypatch.setattr(watch_alert, "STAYS", 0.5)
    window = open_window(watch="Smoke detector, smoke alarm", classes="music")
    window.wait(lambda: not window.line or "above" in window.line, "predictions")
    alert = window.window._watch_alert
    assert not alert.line.winfo_ismapped()
    before = window.window._chart.winfo_geometry()
    window.engine.make_scores = lambda _: scores(**{"Smoke detector, smoke alarm": 0.8})
    window.wait(alert.line.winfo_ismapped, "the alert")
    assert alert.line.cget("text") == "Heard: Smoke detector, smoke alarm"
    assert window.window._chart.winfo_geometry() == before  # nothing moves
    window.run(0.4)
    for palette in (PALETTES["dark"], PALETTES["light"]):
        photograph = imread(window.photograph(tmp_path / "window.png"))
        corners = photograph[[0, 0, -1, -1], [0, -1, 0, -1], :3]
        wanted = np.frombuffer(bytes.fromhex(palette.warning[1:]), np.uint8) / 255
        assert np.abs(corners - wanted).max() < 0.01
        window.window._switch_theme()
    window.engine.current = STATES["stopped"]
    window.wait(lambda: not alert.line.winfo_ismapped(), "the end of it")


@pytest.mark.display
def test_what_is_watched_is_looked_for_among_the_classes_of_the_network(
    open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_alert, "STAYS", 0.5)
    window = open_window(watch="Speech")
    alert = window.window._watch_alert
    window.wait(alert.line.winfo_ismapped, "the alert")
    window.engine.network = WORDS
    window.engine.make_scores = lambda _: scores_of(WORDS.vocabulary, {"Yes": 0.9})
    window.wait(lambda: [row.name for row in window.bars._rows[:1]] == ["Yes"], "the first class")
    window.wait(lambda: not alert.line.winfo_ismapped(), "the end of it")
    window.window._chart.select(window.window._chart.selection.watch(0, True))
    window.wait(alert.line.winfo_ismapped, "the alert")
    assert alert.line.cget("text") == "Heard: Yes"
