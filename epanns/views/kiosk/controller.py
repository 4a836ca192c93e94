"""The open-day mode: what one large screen says to visitors, moment by moment.

Pure logic: from the engine's state and predictions to a Scene, which gui/kiosk/kiosk.py draws.
"""

import random
from collections.abc import Sequence
from dataclasses import replace

from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import Prediction
from epanns.settings import Settings
from epanns.status import SourcePhase, Status
from epanns.views.kiosk.game import Challenge, Game, GamePhase
from epanns.views.kiosk.screen import AFRESH, INVITATION, MUTED, KioskScreen, hindrance
from epanns.views.ranking import SILENCE, RankedClass, Ranking
from epanns.views.top_class import TopClass
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.languages import class_names

RANKED = 40  # classes that caption and game look at; more are never heard at a time


class KioskController:
    """Names the surest sound and runs the game."""

    def __init__(self, settings: Settings, challenges: Sequence[Challenge], draw: random.Random):
        """Args: draw: decides the order of the game."""
        self._settings = settings
        shown = AUDIOSET.subset(settings.classes)
        self.game = Game([each for each in challenges if each.classes[0] in shown], draw)
        self._ranking = Ranking(settings.model_copy(update={"top_k": min(RANKED, len(shown))}))
        self._surest = TopClass()
        self._rows: tuple[RankedClass, ...] = ()
        self._seen: Prediction | None = None

    def look(self, seen: tuple[Status, Prediction | None] | None) -> KioskScreen:
        """The scene of this moment.

        Args:
            seen: the engine's state and its newest prediction; None while there is no engine.
        """
        hindered = AFRESH if seen is None else hindrance(seen[0])
        if seen is None or hindered:
            self._forget()
            return hindered or AFRESH
        status, latest = seen
        if latest is not None and latest is not self._seen:
            self._take(latest)
        self._seen = latest
        if status.source.phase is SourcePhase.SILENT:
            return MUTED
        return self._scene()

    def _take(self, prediction: Prediction) -> None:
        now = prediction.end / SAMPLE_RATE
        self._rows = self._ranking.update(prediction)
        surest = self._surest.update(self._rows, now)
        self.game.update(self._rows, surest is not None, now)

    def _forget(self) -> None:
        """What was heard is over; the game waits."""
        self._ranking.clear()
        self._surest.clear()
        self._rows = ()

    def _scene(self) -> KioskScreen:
        game, surest = self.game, self._surest.row
        scene = INVITATION
        if game.challenge is not None and game.phase is GamePhase.ASKING:
            scene = replace(
                self._named(game.challenge.classes[0]),
                over="Can you make it say …",
                under=game.challenge.invitation,
                near=game.near,
                left=game.left,
            )
        elif game.challenge is not None and game.phase is GamePhase.WON:
            scene = replace(
                self._named(game.challenge.classes[0]),
                over="You made it say",
                under="That is one!" if game.won == 1 else f"That makes {game.won}!",
                celebrates=True,
            )
        elif surest is not None:
            scene = self._named(surest.index)
        return replace(scene, rows=self._heard(), won=game.won)

    def _heard(self) -> tuple[RankedClass, ...]:
        """The classes worth a bar; silence is seen well enough."""
        threshold = self._settings.threshold
        return tuple(r for r in self._rows if r.score >= threshold and r.index != SILENCE)

    def _named(self, index: int) -> KioskScreen:
        """A scene that names a class, in the colour and below the name of its family."""
        name = class_names(self._settings.language)[index]
        return KioskScreen(name, AUDIOSET.family(index), index=index)
