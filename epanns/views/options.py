"""What views are told of the settings: which classes, and how their scores become rows."""

from dataclasses import dataclass

from epanns.audio.level import SILENCE_DBFS
from epanns.settings import Settings
from epanns.vocabulary.languages import ENGLISH


@dataclass(frozen=True, slots=True)
class SelectionSpec:
    """What the settings say of the classes to see, by name; see epanns.settings.

    Attributes:
        classes: a subset, as Vocabulary.subset() takes it.
        pin, watch: lists of classes with ; between two of them.
        threshold: the score from which on a class counts as heard.
        most_specific: whether classes give way to those below them.
    """

    classes: str = "all"
    pin: str = ""
    watch: str = ""
    threshold: float = 0.05
    most_specific: bool = False

    @classmethod
    def of(cls, settings: Settings) -> "SelectionSpec":
        """What the settings say."""
        return cls(
            settings.classes,
            settings.pin,
            settings.watch,
            settings.threshold,
            settings.most_specific,
        )


@dataclass(frozen=True, slots=True)
class RankingOptions:
    """How scores become rows.

    Attributes:
        top_k: how many rows there are at most.
        smoothing: seconds over which scores are smoothed.
        silence_dbfs: level below which a segment is shown as silence.
        language: of the names.
    """

    top_k: int = 8
    smoothing: float = 0.2
    silence_dbfs: float = SILENCE_DBFS
    language: str = ENGLISH

    @classmethod
    def of(cls, settings: Settings) -> "RankingOptions":
        """What the settings say."""
        return cls(settings.top_k, settings.smoothing, settings.silence, settings.language)
