"""The window's memory over many frames, drawn as fast as they go: a program of its own.

    python -m benchmarks.endurance FRAMES...

Says when each of the given numbers of frames has been drawn, and draws on until it is ended;
window.py reads how much memory it has. The window is the real one, around an engine whose sound
passes by frames, 30 to a second, and whose scores all move.
"""

import sys
import tkinter as tk
from itertools import count
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from epanns.audio.ring_buffer import RingBuffer
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import Prediction
from epanns.settings import Settings
from epanns.vocabulary.audioset import AUDIOSET
from gui.chart.chart import FRAMES_PER_STEP
from gui.main_window.window import Window
from tests.support.fake_engine import FakeEngine, sweeping
from tests.support.networks import STARTER

STEP = SAMPLE_RATE // 10  # samples of FRAMES_PER_STEP frames


class PassingEngine(FakeEngine):
    """Hears as much in a frame as a real one in a thirtieth of a second."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, sound=RingBuffer(2 * SAMPLE_RATE))

    def pass_frame(self, frame: int) -> None:
        """Hear more sound, and score it, with every third frame."""
        if frame % FRAMES_PER_STEP == 0:
            ring = self.sound
            ring.write(sweeping(ring.position, ring.position + STEP))
            end = ring.position
            self._latest = Prediction(
                end - SAMPLE_RATE, end, _scores(frame), -23.4, 0.0123, STARTER
            )

    @property
    def latest(self) -> Prediction | None:
        """The newest prediction."""
        return self._latest

    @property
    def ring(self) -> RingBuffer:
        """The sound so far."""
        return self.sound


def _scores(frame: int) -> NDArray[np.float32]:
    classes = np.arange(len(AUDIOSET), dtype=np.float32)
    return abs(np.sin(classes * frame / 21))


def main(marks: list[int]) -> None:
    """Draw frames, and say at which marks they are."""
    root = tk.Tk(className="epanns")
    settings = Settings()
    window, engine = cast(Any, Window(root, settings)), PassingEngine(settings)
    root.update()
    window.start(engine)
    while window._chart.bars is None:
        root.update()
    for frame in count():
        engine.pass_frame(frame)
        window._show(engine.status())
        root.update()
        if frame in marks:
            print(frame, flush=True)


if __name__ == "__main__":
    main([int(mark) for mark in sys.argv[1:]])
