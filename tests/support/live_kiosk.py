"""The screen of the kiosk on a virtual display, in this process, around a fake engine."""

import random
import tkinter as tk
from typing import Any, cast

from epanns.live.watchdog import SupervisedEngine
from epanns.prediction import Prediction
from epanns.settings import Settings
from epanns.status import Status
from epanns.views.kiosk.controller import KioskController
from epanns.views.kiosk.game import Challenge
from epanns.views.options import RankingOptions, SelectionSpec
from epanns.vocabulary.audioset import AUDIOSET
from gui.kiosk.kiosk import Kiosk
from tests.support.fake_engine import FakeEngine, scores_of
from tests.support.live_root import LiveRoot
from tests.support.testbench.virtual_display import VirtualDisplay

WHISTLE = Challenge((AUDIOSET.index("Whistling"),), "Whistle!", 0.3)


class SoundEngine(FakeEngine):
    """A fake engine whose sound a test chooses.

    Attributes:
        classes: scores by class name; none at all is silence.
        broken: whether it cannot even say its state.
    """

    broken = False

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.classes: dict[str, float] = {}

    def status(self) -> Status:
        """The state, or a fault."""
        if self.broken:
            raise RuntimeError("broken on purpose")
        return super().status()

    @property
    def latest(self) -> Prediction | None:
        """The chosen sound, a new prediction every time."""
        end = int(self._now() * 32000)
        found = scores_of(self.network.vocabulary, self.classes)
        self._latest = Prediction(end - 32000, end, found, self._level(), 0.01, self.network)
        return self._latest

    def _level(self) -> float:
        return -23.4 if self.classes else -90.0


class LiveKiosk(LiveRoot):
    """The real screen around a fake engine."""

    def __init__(self, display: VirtualDisplay, settings: Settings, root: tk.Tk) -> None:
        super().__init__(display, root)
        self.engines: list[SoundEngine] = []
        self.kiosk = cast(Any, Kiosk(root, settings))
        root.update()
        root.focus_force()
        self.supervised = SupervisedEngine(lambda: self._make(settings))
        self.kiosk.start(self.supervised)
        self.kiosk._controller = KioskController(
            RankingOptions.of(settings), SelectionSpec.of(settings), [WHISTLE], random.Random(0)
        )
        self.run(0.3)

    def _make(self, settings: Settings) -> SoundEngine:
        self.engines.append(SoundEngine(settings))
        return self.engines[-1]

    @property
    def engine(self) -> SoundEngine:
        return self.engines[-1]

    @property
    def title(self) -> str:
        """The large words."""
        canvas, item = self.kiosk._canvas, self.kiosk._headline._title
        return str(canvas.itemcget(item, "text")).replace("\n", " ")

    def pass_time(self, seconds: float) -> None:
        """Let the sound's clock go on, a second at a time as the game allows."""
        for _ in range(round(seconds)):
            self.engine.ahead += 1.0
            self.run(0.06)

    @property
    def closed(self) -> bool:
        return bool(self.kiosk.closed)

    @property
    def says(self) -> str:
        return self.title

    def resize(self, width: int, height: int) -> None:
        self.root.attributes("-fullscreen", False)
        self.run(0.2)
        super().resize(width, height)
