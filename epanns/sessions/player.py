"""A recording session as a source: its sound and its stored Predictions, in real time.

Importing this module is quick: h5py is imported when a session is played.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from epanns.audio.file_source import FileSource
from epanns.audio.ring_buffer import Gap
from epanns.errors import reason
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import Prediction
from epanns.runtimes.pace import PaceMeter
from epanns.status import ModelPhase, ModelState, Pace, SourcePhase

if TYPE_CHECKING:
    from epanns.sessions.reader import Session

BLOCK = SAMPLE_RATE // 20  # samples
SHOWN = 1.0  # seconds; shorter gaps pass unseen, as they did when it was live
LONGEST_GAP = 3.0  # seconds that are waited in a gap, however long it was


class SessionSource(FileSource):
    """Plays a session into its ring buffer and publishes what was scored then; scores nothing.

    Gaps are gaps again, long ones cut short. Samples are counted from the beginning of the session.

    Attributes:
        model: the network that scored then.
    """

    def __init__(
        self, path: Path, name: str, loop: bool, publish: Callable[[Prediction], None]
    ) -> None:
        """Args: publish: called with each Prediction, on the source's thread; must not block."""
        super().__init__(path, name, loop)
        self.model = ModelState(ModelPhase.LOADING)
        self._publish = publish
        self._pace = PaceMeter()

    def pace(self) -> Pace:
        """How often there are predictions, and what they took then, over the last seconds."""
        return self._pace.pace()

    def _run(self) -> None:
        self._origin = time.monotonic()
        try:
            from epanns.sessions.reader import Session

            with Session(self._path) as session:
                name = f"{session.device}, {session.began:%Y-%m-%d %H:%M}"
                self.state = replace(self.state, name=name)
                while not self._stopping.is_set():
                    self._play_session(session)
                    if not (self._loop and session.samples):
                        self._set(SourcePhase.ENDED)
                        return
        except Exception as error:  # of any kind: the state says so
            heard = self.state.phase is SourcePhase.LIVE
            self._set(SourcePhase.ENDED if heard else SourcePhase.FAILED, reason(error))

    def _play_session(self, session: "Session") -> None:
        first = self.ring.position
        stored = session.predictions()
        following = next(stored, None)
        for piece in _pieces(session.samples, session.gaps):
            if isinstance(piece, Gap):
                self._pass(piece)
            else:
                self.ring.write(session.waveform(piece.start, piece.stop))
                self._set(SourcePhase.LIVE)
            while following and first + following.end <= self.ring.position:
                network = following.network.name
                self.model = ModelState(ModelPhase.READY, network, summary="as recorded")
                self._pace.add(following.seconds)
                start, end = first + following.start, first + following.end
                self._publish(replace(following, start=start, end=end))
                following = next(stored, None)
            if self._stopping.wait(self._lead()):
                return

    def _pass(self, gap: Gap) -> None:
        """Play a gap: wait where it is long, at most LONGEST_GAP, and mark it."""
        seconds = gap.samples / SAMPLE_RATE
        if seconds >= SHOWN:
            self._set(SourcePhase.LOST, f"No sound was recorded here for {seconds:.0f} s.")
            self._stopping.wait(min(seconds, LONGEST_GAP))
            self._origin -= max(seconds - LONGEST_GAP, 0.0)
        self.overflows += gap.reason == "overflow"
        self.ring.mark_gap(gap.reason, gap.samples)


def _pieces(samples: int, gaps: Sequence[Gap]) -> Iterator[range | Gap]:
    """A session in order: short stretches of sound, and the gaps between them."""
    at = 0
    for gap in (*gaps, Gap(samples, 0, "")):
        for start in range(at, gap.position, BLOCK):
            yield range(start, min(start + BLOCK, gap.position))
        if gap.reason:
            yield gap
        at = max(at, gap.position + gap.samples)
