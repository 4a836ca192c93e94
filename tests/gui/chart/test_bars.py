"""The bars in the real window: whose classes they show, and how the window follows a network."""

import tkinter as tk
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import soundfile
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from epanns.frontend.parameters import SAMPLE_RATE
from epanns.live.engine import Engine
from epanns.settings import Settings
from gui.main_window.window import Window
from gui.widgets.theme import PALETTES
from tests.support.own_architecture import NAMES, OwnNetwork, own_network
from tests.support.testbench.virtual_display import VirtualDisplay
from tests.support.waiting import wait_until

pytestmark = pytest.mark.display


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnNetwork]:
    with own_network(tmp_path_factory.mktemp("own")) as made:
        yield made


def test_bars_have_the_names_of_a_network_of_ones_own(
    own: OwnNetwork, display: VirtualDisplay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DISPLAY", display.env["DISPLAY"])
    sound = tmp_path / "high.wav"
    seconds = np.arange(10 * SAMPLE_RATE) / SAMPLE_RATE
    soundfile.write(sound, 0.1 * np.sin(2 * np.pi * 5000 * seconds), SAMPLE_RATE)
    settings = Settings(source=str(sound), model=str(own.weights), loop=True, offline=True)
    root = tk.Tk()
    window = cast(Any, Window(root, settings))
    engine = Engine(settings)
    window.start(engine)
    try:

        def shown() -> bool:
            root.update()
            rows = window._chart._rows
            return bool(rows) and rows[0].name == "High tone" and rows[0].score > 0.9

        wait_until(shown)
        root.update()
        photograph = tmp_path / "window.png"
        display.screenshot(photograph, root.winfo_id())
        rows = window._chart._rows
        assert {row.name for row in rows} <= set(NAMES)
        colour = to_rgb(PALETTES[settings.theme].of_class(rows[0].index, rows[0].vocabulary))
        pixels = imread(photograph)[..., :3]
        assert (np.abs(pixels - colour).max(axis=-1) < 0.01).sum() > 5000
        assert not window._faults.said
    finally:
        window.close()
