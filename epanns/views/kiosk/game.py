"""The game of the kiosk: can you make it say ...?

Pure logic on the sound's own clock: no window, no thread. The classes to ask for stand in
config/game.csv, which scripts/make_game writes.
"""

import random
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from epanns.console import tell
from epanns.paths import CONFIG
from epanns.storage.edited_tables import EditedTable, TableError, Tell
from epanns.vocabulary.audioset import AUDIOSET

CHALLENGES = CONFIG / "game.csv"

ASKED = 25.0  # seconds that visitors have
READ = 1.0  # seconds of these in which nothing counts: the question is being read
CELEBRATED = 4.0
BETWEEN = 6.0  # seconds from one round to the next, while what is heard is named
GONE = 40.0  # seconds without any clear sound after which all visitors have left
IN_THE_AIR = 0.5  # nearness from which a sound is there already and is not asked for
LONGEST_STEP = 1.0  # seconds; the game stands still while there is no sound to judge


@dataclass(frozen=True, slots=True)
class Challenge:
    """A sound to ask for.

    Attributes:
        classes: the classes that count, the one to name first.
        invitation: what to do, such as "Bark like a dog".
        threshold: score that one of them must reach.
    """

    classes: tuple[int, ...]
    invitation: str
    threshold: float

    def nearness(self, scores: Mapping[int, float]) -> float:
        """How near a sound comes, 0 to 1; 1 is won."""
        return min(max(scores.get(i, 0.0) for i in self.classes) / self.threshold, 1.0)


def read_challenges(path: Path = CHALLENGES, tell: Tell = tell) -> tuple[Challenge, ...]:
    """The sounds to ask for.

    Args:
        path: a table with the columns classes, invitation and threshold.
        tell: gets a sentence about each line that cannot be used, or about the table: the kiosk
            goes on without them.
    """
    try:
        table = EditedTable(path, ("classes", "invitation", "threshold"), tell)
    except TableError as error:
        tell(f"{error} There is no game.")
        return ()
    challenges = []
    for where, cells in table:
        try:
            challenges.append(_challenge(cells))
        except ValueError as error:
            table.leave_out(where, error)
    return tuple(challenges)


def _challenge(cells: Mapping[str, str]) -> Challenge:
    """A line of the table.

    Raises:
        ValueError: it cannot be used.
    """
    classes = tuple(map(AUDIOSET.index, cells["classes"].split(";")))
    if not cells["invitation"]:
        raise ValueError("the invitation is empty")
    number = cells["threshold"]
    try:
        threshold = float(number.replace(",", "."))
    except ValueError:
        threshold = 0.0
    if not 0.0 < threshold <= 1.0:
        raise ValueError(f"the threshold is {number!r}; it must be above 0 and at most 1")
    return Challenge(classes, cells["invitation"], threshold)


class GamePhase(Enum):
    """Where the game stands."""

    UNATTENDED = "unattended"  # nothing has been heard for a while
    BETWEEN = "between"  # two rounds
    ASKING = "asking"
    WON = "won"


class Game:
    """Asks for one sound after the other, as long as visitors are there.

    Attributes:
        phase: where it stands.
        challenge: what was asked for last; None before the first round.
        near: how near the present sound comes, 0 to 1.
        won: rounds won since the present visitors came.
    """

    def __init__(self, challenges: Sequence[Challenge], draw: random.Random) -> None:
        """Args: draw: decides the order; a seeded one always draws the same."""
        self.phase = GamePhase.UNATTENDED
        self.challenge: Challenge | None = None
        self.near = 0.0
        self.won = 0
        self._challenges = challenges
        self._deck: list[Challenge] = []
        self._random = draw
        self._clock: float | None = None
        self._spent = 0.0  # seconds in this phase
        self._quiet = 0.0  # seconds since a sound was clear

    @property
    def left(self) -> float:
        """The share of the time that is left to make the sound."""
        return max(0.0, 1.0 - self._spent / ASKED) if self.phase is GamePhase.ASKING else 0.0

    def update(
        self,
        scores: Mapping[int, float],
        clear: bool,
        now: float,
        known: Container[int] = range(len(AUDIOSET)),
    ) -> None:
        """Take in what is heard.

        Args:
            scores: the highest ones, by AudioSet's classes.
            clear: whether any sound is clearly heard.
            now: the time of the sound in seconds; a jump, as after a lost microphone, takes no time
                from the visitors.
            known: the classes that the network knows; others are not asked for.
        """
        elapsed = 0.0 if self._clock is None else min(max(now - self._clock, 0.0), LONGEST_STEP)
        self._clock = now
        self._spent += elapsed
        self._quiet = 0.0 if clear else self._quiet + elapsed
        self._go_on(scores, clear, known)

    def end(self) -> None:
        """Stop asking, as the network that listens now knows nothing to ask for."""
        if self.phase is not GamePhase.UNATTENDED:
            self._enter(GamePhase.UNATTENDED)
            self.won = 0

    def _go_on(self, scores: Mapping[int, float], clear: bool, known: Container[int]) -> None:
        if self.phase is GamePhase.WON:
            if self._spent >= CELEBRATED:
                self._enter(GamePhase.BETWEEN)
        elif self._quiet >= GONE:
            self._enter(GamePhase.UNATTENDED)
            self.won = 0
        elif self.phase is GamePhase.UNATTENDED:
            if clear:
                self._enter(GamePhase.BETWEEN)
        elif self.phase is GamePhase.BETWEEN:
            if self._spent >= BETWEEN:
                self._ask(scores, known)
        else:
            self._judge(scores)

    def _ask(self, scores: Mapping[int, float], known: Container[int]) -> None:
        """Ask for a sound that is not heard already; each comes once before any comes again."""
        for deck in (self._deck, self._shuffled()):
            fresh = [
                each
                for each in deck
                if each.classes[0] in known and each.nearness(scores) < IN_THE_AIR
            ]
            if fresh:
                self.challenge = fresh[0]
                self._deck = [each for each in deck if each is not fresh[0]]
                self._enter(GamePhase.ASKING)
                return

    def _shuffled(self) -> list[Challenge]:
        deck = self._random.sample(self._challenges, len(self._challenges))
        return sorted(deck, key=lambda each: each is self.challenge)  # not the same twice running

    def _judge(self, scores: Mapping[int, float]) -> None:
        assert self.challenge is not None
        self.near = self.challenge.nearness(scores)
        if self.near >= 1.0 and self._spent >= READ:
            self.won += 1
            self._enter(GamePhase.WON)
        elif self._spent >= ASKED:
            self._enter(GamePhase.BETWEEN)

    def _enter(self, phase: GamePhase) -> None:
        self.phase = phase
        self._spent = 0.0
        self.near = float(phase is GamePhase.WON)
