"""A watchdog for the engine: one that stalls is replaced by a new one."""

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from epanns.errors import reason
from epanns.live.contract import ObservedEngine
from epanns.status import NO_ENGINE, ModelPhase, SourcePhase, Status

if TYPE_CHECKING:
    from epanns.prediction import Prediction

STALLED = 5.0  # seconds without a prediction though there is all that one needs
STUCK = 30.0  # seconds without a prediction in any other state, such as a lost microphone
LONGEST = 600.0  # seconds; each attempt in vain doubles the time until the next one, up to this
RESTARTING = replace(NO_ENGINE, running=False)
BLINK = 1.0  # seconds between two looks beyond which the watchdog itself did not run


class Watchdog:
    """Notices that an engine stalls: pure logic on the caller's clock.

    Attributes:
        attempts: times it called for a new engine since the last prediction.
    """

    def __init__(self) -> None:
        self.attempts = 0
        self._seen: Prediction | None = None
        self._due = False
        self._since: float | None = None
        self._looked = 0.0

    def look(self, status: Status | None, latest: "Prediction | None", now: float) -> bool:
        """Say whether the engine should be replaced.

        Args:
            status: the engine's state; None if it cannot even say that.
            latest: its newest prediction.
            now: seconds on a clock that does not go back.
        """
        if self._since is None:
            self._since = self._looked = now
        if now - self._looked > BLINK:
            self._since += now - self._looked
        self._looked = now
        due = _due(status)
        if latest is not None and latest is not self._seen:
            self._seen = latest
            self._since, self.attempts = now, 0
        elif (due and not self._due) or _fetches(status):
            self._since = now
        self._due = due
        patience = min((STALLED if due else STUCK) * 2**self.attempts, LONGEST)
        if now - self._since < patience:
            return False
        self._since = now
        self.attempts += 1
        return True


def _due(status: Status | None) -> bool:
    """Whether predictions should come by now, or never will."""
    if status is None or status.model.phase is ModelPhase.FAILED:
        return True
    ended = status.source.phase is SourcePhase.ENDED
    return ended or (status.source.live and status.model.phase is ModelPhase.READY)


def _fetches(status: Status | None) -> bool:
    """Whether there is a download to wait for, which ends by itself if nothing comes."""
    return status is not None and status.model.phase is ModelPhase.FETCHING


class SupervisedEngine:
    """An engine under a watchdog, for a view without an operator; see ObservedEngine.

    Attributes:
        restarts: engines replaced so far.
    """

    def __init__(
        self, make: Callable[[], ObservedEngine], tell: Callable[[str], None] = lambda _: None
    ) -> None:
        """Make the first engine and start nothing.

        Args:
            make: gives a new engine that has not been started.
            tell: called with a sentence for each engine that is replaced, on any thread.
        """
        self.restarts = 0
        self._make, self._tell = make, tell
        self._engine = make()
        self._watchdog = Watchdog()
        self._replacing: threading.Thread | None = None
        self._closing = False

    def status(self) -> Status:
        """The engine's state, or that of one that is being replaced: not running.

        It also runs the watchdog, so it must be called several times a second.
        """
        if self._replacing is not None:
            if self._replacing.is_alive():
                return RESTARTING
            self._replacing = None
            gc.collect()  # an engine that has ended refers to itself and to its network
        engine = self._engine
        try:
            status, latest = engine.status(), engine.latest
        except Exception:  # of any kind: a new engine may work
            status, latest = None, None
        if self._watchdog.look(status, latest, time.monotonic()) and not self._closing:
            self._replacing = threading.Thread(
                target=self._replace, args=(_why(status),), name="watchdog", daemon=True
            )
            self._replacing.start()
        return status or RESTARTING

    @property
    def latest(self) -> "Prediction | None":
        """The newest Prediction of the present engine."""
        return None if self._replacing is not None else self._engine.latest

    def start(self) -> None:
        """Begin to listen."""
        self._engine.start()

    def close(self) -> None:
        """End the engine, also one that is just being made."""
        self._closing = True
        if self._replacing is not None:
            self._replacing.join(5.0)
        self._engine.close()

    def _replace(self, why: str) -> None:
        """Close the engine and start a new one, on a thread: both may take seconds."""
        self.restarts += 1
        self._tell(f"Starting afresh ({self.restarts}): {why}")
        try:
            self._engine.close()
            if not self._closing:
                self._engine = self._make()
                self._engine.start()
        except Exception as error:  # of any kind: the watchdog calls again
            self._tell(reason(error))


def _why(status: Status | None) -> str:
    """Why an engine is replaced, as a sentence."""
    if status is None:
        return "The engine failed."
    return status.model.reason or status.source.reason or "No predictions came."
