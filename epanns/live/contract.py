"""What views know of an engine, and all that they know.

The engine (engine.py), its placeholder before the first paint and the double in the tests are
TaggerEngines, the supervised engine of the kiosk (watchdog.py) is an ObservedEngine. Every method
returns at once, but close(), which may take some seconds.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from epanns.status import Notice, Status

if TYPE_CHECKING:
    from epanns.audio.devices import Microphone
    from epanns.audio.ring_buffer import RingBuffer
    from epanns.prediction import Prediction


class ObservedEngine(Protocol):
    """An engine that can be started, watched and ended."""

    @property
    def latest(self) -> "Prediction | None":
        """The newest Prediction; None until there is one, and after each stop."""

    def status(self) -> Status:
        """A snapshot of everything; cheap enough for every frame."""

    def start(self) -> None:
        """Begin or go on listening, a file that has ended from its beginning."""

    def close(self) -> None:
        """End everything. A recording is ended in order."""


class TaggerEngine(ObservedEngine, Protocol):
    """An engine that can be operated, too."""

    @property
    def comparison_latest(self) -> "Prediction | None":
        """The newest Prediction of the network that is compared with the first."""

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The last things that happened, oldest first."""

    @property
    def ring(self) -> "RingBuffer | None":
        """The last minute of what is scored; None while there is no source."""

    @property
    def microphones(self) -> "tuple[Microphone, ...]":
        """The microphones that were there at the last look."""

    @property
    def done(self) -> bool:
        """Whether a file has been played, or has failed, and all of it is scored."""

    def stop(self) -> None:
        """Stop listening, keep everything ready."""

    def record(self, path: Path | None = None) -> None:
        """Record from now on, until the sound ends or stop_recording().

        Args:
            path: the file, where none may be yet; None for a new one among the recordings.
        """

    def stop_recording(self) -> None:
        """End the recording."""

    def keep_last_minute(self, path: Path | None = None) -> None:
        """Keep the last minute of what was heard as a recording; see record()."""

    def compare_with(self, model: str) -> None:
        """Have another network score the same sound.

        Args:
            model: a name from the zoo or the path of a weights file; "" for no other network. One
                that is already there goes on, unless it failed.
        """

    def choose_microphone(self, choice: str) -> None:
        """Listen to another microphone: "" for the default, its number, or part of its name."""

    def retry_microphone(self) -> None:
        """Try to listen to the chosen microphone now."""

    def look_for_microphones(self) -> None:
        """Bring `microphones` up to date; a live one is interrupted for a moment."""
