"""What stands in the engine's place at the first paint; importing the engine takes longer."""

import math

from epanns.status import ModelPhase, ModelState, Pace, SourcePhase, SourceState, Status


class EnginePlaceholder:
    """An engine that is about to be there.

    It has those names of epanns.live.engine.Engine that the window uses, and does nothing: what the
    user wants of it in these tenths of a second is not done.
    """

    latest = None
    heard = None
    second = None
    notices: tuple[str, ...] = ()
    microphones = ()

    def status(self) -> Status:
        """The state of an engine that has just been started."""
        return Status(
            running=True,
            source=SourceState(SourcePhase.STARTING),
            microphone=None,
            model=ModelState(ModelPhase.LOADING),
            pace=Pace(),
            skipped=0,
            overflows=0,
            gaps=0,
            non_finite=0,
            level_dbfs=-math.inf,
            peak_dbfs=-math.inf,
        )

    def start(self) -> None:
        """Not yet."""

    def stop(self) -> None:
        """Not yet."""

    def keep_last_minute(self) -> None:
        """Not yet."""

    def ask_also(self, model: str) -> None:
        """Not yet."""

    def choose_microphone(self, choice: str) -> None:
        """Not yet."""

    def retry_microphone(self) -> None:
        """Not yet."""

    def look_for_microphones(self) -> None:
        """Not yet."""
