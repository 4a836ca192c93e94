"""The kiosk's controller: what its screen says to visitors, moment by moment.

Pure logic: from the engine's state and predictions to a KioskScreen, which gui/kiosk draws.
"""

import functools
import random
from collections.abc import Sequence
from dataclasses import replace

from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import Prediction
from epanns.status import SourcePhase, Status
from epanns.views.class_selection import ClassSelection
from epanns.views.kiosk.game import Challenge, Game, GamePhase
from epanns.views.kiosk.screen import INVITATION, MUTED, KioskScreen, problem
from epanns.views.kiosk.top_class import TopClass
from epanns.views.options import RankingOptions, SelectionSpec
from epanns.views.ranking import RankedClass, Ranking
from epanns.vocabulary.audioset import AUDIOSET, AudioSetVocabulary
from epanns.vocabulary.languages import class_names
from epanns.vocabulary.vocabulary import Vocabulary

RANKED = 40  # classes that caption and game look at; more are never heard at a time


class KioskController:
    """Names the top class and runs the game."""

    def __init__(
        self,
        options: RankingOptions,
        spec: SelectionSpec,
        challenges: Sequence[Challenge],
        draw: random.Random,
    ) -> None:
        """Begin without having heard anything.

        Args:
            options: how scores become rows.
            spec: which classes to show.
            challenges: the sounds that the game may ask for.
            draw: decides their order; a seeded one always draws the same.
        """
        self._options = options
        shown = ClassSelection.of(spec).shown
        self.game = Game([each for each in challenges if each.classes[0] in shown], draw)
        self._ranking = Ranking(replace(options, top_k=RANKED), spec)
        self._top_class = TopClass()
        self._rows: tuple[RankedClass, ...] = ()
        self._seen: Prediction | None = None

    def look(self, status: Status, latest: Prediction | None) -> KioskScreen:
        """The screen of this moment.

        Args:
            status: the engine's state.
            latest: its newest prediction.
        """
        if hindered := problem(status):
            self._forget()
            return hindered
        if latest is not None and latest is not self._seen:
            self._take(latest)
        self._seen = latest
        if status.source.phase is SourcePhase.SILENT:
            return MUTED
        return self._screen()

    def _take(self, prediction: Prediction) -> None:
        now = prediction.end / SAMPLE_RATE
        self._rows = self._ranking.update(prediction)
        named = self._top_class.update(self._rows, now)
        known = _of_audioset(prediction.network.vocabulary)
        if not known:  # nothing that the game can ask for
            self.game.end()
            return
        scores = {known[row.index]: row.score for row in self._rows}
        self.game.update(scores, named is not None, now, set(known))

    def _forget(self) -> None:
        """What was heard is over; the game waits."""
        self._ranking.clear()
        self._top_class.clear()
        self._rows = ()

    def _screen(self) -> KioskScreen:
        game, named = self.game, self._top_class.row
        screen = replace(INVITATION, vocabulary=self._ranking.selection.vocabulary)
        if game.challenge is not None and game.phase is GamePhase.ASKING:
            screen = replace(
                self._named(game.challenge.classes[0], AUDIOSET),
                over="Can you make it say …",
                under=game.challenge.invitation,
                near=game.near,
                left=game.left,
            )
        elif game.challenge is not None and game.phase is GamePhase.WON:
            screen = replace(
                self._named(game.challenge.classes[0], AUDIOSET),
                over="You made it say",
                under="That is one!" if game.won == 1 else f"That makes {game.won}!",
                celebrates=True,
            )
        elif named is not None:
            screen = self._named(named.index, named.vocabulary)
        return replace(screen, rows=self._heard(), won=game.won)

    def _heard(self) -> tuple[RankedClass, ...]:
        """The classes worth a bar; silence is seen well enough."""
        return tuple(r for r in self._rows if r.heard and r.index != r.vocabulary.silence)

    def _named(self, index: int, vocabulary: Vocabulary) -> KioskScreen:
        """A screen that names a class, in the colour and below the name of its family."""
        name = class_names(self._options.language, vocabulary)[index]
        return KioskScreen(name, vocabulary.family(index), index=index, vocabulary=vocabulary)


@functools.cache
def _of_audioset(vocabulary: Vocabulary) -> tuple[int, ...]:
    """The places in AudioSet of a network's classes, () where they are others."""
    if not isinstance(vocabulary, AudioSetVocabulary):
        return ()
    return tuple(map(AUDIOSET.ids.index, vocabulary.ids))
