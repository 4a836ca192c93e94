"""What a network costs, in words: how large it is, and what each update of its scores takes."""

from pathlib import Path
from typing import NamedTuple

from epanns.formatting import SPACE, megabytes, millions, milliseconds
from epanns.status import ComparisonState, ModelPhase, ModelState, Pace, Status
from epanns.views.status_text import notice, per_cent_done
from epanns.zoo import catalogue

LONGEST = 18  # letters of a name
UNKNOWN = "\N{EN DASH}"
NO_ENERGY = (
    "Energy: not measured, as this computer does not let programs read its processor's counter."
)
ENERGY = "Energy: of the whole processor, while one network alone computes."
LISTENING = "Listening …"


class Cost(NamedTuple):
    """One row of a table: the name, then what HEADINGS says."""

    name: str
    size: str
    file: str
    update: str
    energy: str


HEADINGS = Cost("", "Size", "File", "An update", "Energy")


def costs(status: Status) -> tuple[Cost, ...]:
    """The rows of the first network and of the one compared with it, if there is one."""
    first, other = _cost(status.model, status.pace), status.comparison
    return (first, _cost(other.model, other.pace)) if other else (first,)


def note(status: Status) -> str:
    """How energy is measured, or that it is not."""
    return ENERGY if status.measures_energy else NO_ENERGY


def waiting(status: Status) -> str:
    """Why the second network has no bars; "" where it should have some."""
    comparison = status.comparison
    if comparison is None:
        return "Choose another network\nto hear the same sound."
    if comparison.model.phase is ModelPhase.FAILED:
        return "This network does not work here."
    if not status.hears:
        return "No sound comes in."
    if not comparison.scores:
        return "A recording shows the scores\nof when it was made;\nno other network hears it."
    if comparison.model.phase is ModelPhase.FETCHING:
        return f"Fetching {comparison.model.fetching} …\n{per_cent_done(comparison.model)}"
    if comparison.model.phase is ModelPhase.READY:
        return ""
    return f"Loading {name(comparison.model)} …\nThe first time this takes a while."


def name(model: ModelState) -> str:
    """A network in a few letters."""
    short = Path(model.name).name
    return short if len(short) <= LONGEST else f"{short[:LONGEST]}…"


def remark(comparison: ComparisonState | None) -> str:
    """What the user should know about the second network, as one sentence or ""."""
    if comparison is None:
        return ""
    slow = f"Too slow here: {comparison.skipped:,} segments left out." if comparison.skipped else ""
    said = notice(comparison.remark) if comparison.remark else slow
    return comparison.model.reason or said


def entry(name: str) -> str:
    """A network of the zoo in a list to choose from."""
    if catalogue.is_here(name):
        return name
    return f"{name} ({'to be fetched' if catalogue.weights_of(name).fetchable else 'not here'})"


def other_than(name: str) -> str:
    """A network that is here, to compare another one with; "" if there is none."""
    others = (each for each in catalogue.best_first() if each != name)
    return next((each for each in others if catalogue.is_here(each)), "")


def _cost(model: ModelState, pace: Pace) -> Cost:
    if model.phase is not ModelPhase.READY:
        return Cost(name(model), model.phase.value, UNKNOWN, UNKNOWN, UNKNOWN)
    return Cost(
        name(model),
        f"{millions(model.learnt)} learnt" if model.learnt else UNKNOWN,
        megabytes(model.size, SPACE) if model.size else UNKNOWN,
        milliseconds(pace.inference_seconds, "\N{NO-BREAK SPACE}")
        if pace.updates_per_second
        else UNKNOWN,
        _energy(pace.joules),
    )


def _energy(joules: float | None) -> str:
    if joules is None:
        return UNKNOWN
    if joules < 1:
        return f"{1000 * joules:.3g}\N{NO-BREAK SPACE}mJ"
    return f"{joules:.3g}\N{NO-BREAK SPACE}J"
