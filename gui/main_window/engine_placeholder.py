"""What stands in the engine's place at the first paint; importing the engine takes longer."""

from dataclasses import replace
from pathlib import Path

from epanns.status import NO_ENGINE, Notice, Status


class EnginePlaceholder:
    """An engine that is about to be there; see epanns.live.contract.TaggerEngine.

    It does nothing: what the user wants of it in these tenths of a second is not done.

    Args:
        plays_file: whether the engine will play a file.
    """

    latest = None
    comparison_latest = None
    ring = None
    notices: tuple[Notice, ...] = ()
    microphones = ()
    done = False

    def __init__(self, plays_file: bool = False) -> None:
        self._status = replace(NO_ENGINE, plays_file=plays_file)

    def status(self) -> Status:
        """The state of an engine that has just been started."""
        return self._status

    def start(self) -> None:
        """Not yet."""

    def stop(self) -> None:
        """Not yet."""

    def record(self, path: Path | None = None) -> None:
        """Not yet."""

    def stop_recording(self) -> None:
        """Not yet."""

    def keep_last_minute(self, path: Path | None = None) -> None:
        """Not yet."""

    def compare_with(self, model: str) -> None:
        """Not yet."""

    def choose_microphone(self, choice: str) -> None:
        """Not yet."""

    def retry_microphone(self) -> None:
        """Not yet."""

    def look_for_microphones(self) -> None:
        """Not yet."""

    def close(self) -> None:
        """Nothing is open."""
