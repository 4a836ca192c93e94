"""What the kiosk's screen says to visitors at a moment, as a value."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from epanns.status import ModelPhase, SourcePhase, Status
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

if TYPE_CHECKING:
    from epanns.views.ranking import RankedClass


@dataclass(frozen=True, slots=True)
class KioskScreen:
    """What the screen says.

    Attributes:
        over, title, under: a small line, the large one, another small line.
        index: the class that is named, whose family's colour the title takes; None for no class.
        vocabulary: whose class it is; of the network where none is named.
        rows: the classes for the bars, the top class first.
        near: how near the present sound comes to what is asked for, 0 to 1; None if nothing is.
        left: the share of the time for it that is left, 0 to 1.
        celebrates: whether a round has just been won.
        won: rounds won by those who are there.
    """

    title: str
    over: str = ""
    under: str = ""
    index: int | None = None
    vocabulary: Vocabulary = AUDIOSET
    rows: "tuple[RankedClass, ...]" = ()
    near: float | None = None
    left: float = 0.0
    celebrates: bool = False
    won: int = 0


INVITATION = KioskScreen("Whistle. Clap. Bark.", "I am listening", "I say what I hear")
WAKING = KioskScreen("Hello!", under="I can hear you in a moment")
AFRESH = KioskScreen("One moment", under="I am starting afresh")
AWAY = KioskScreen("I hear nothing", under="My microphone is away. I go on as soon as it is back")
MUTED = KioskScreen("Not a sound", "I am listening", "Is my microphone muted?")


def problem(status: Status) -> KioskScreen | None:
    """What to say while nothing can be heard or named; None if all is well."""
    if status.model.phase is ModelPhase.FAILED or not status.running:
        return AFRESH
    if status.source.phase in (SourcePhase.LOST, SourcePhase.FAILED):
        return AWAY
    return None if status.source.live and status.model.phase is ModelPhase.READY else WAKING
