"""Networks that are asked for by what they are for, not by name."""

from contextlib import suppress
from typing import NamedTuple

from epanns.errors import PackagesMissingError, WeightsError
from epanns.formatting import listed
from epanns.paths import COMMAND
from epanns.runtimes.pace import HOP, SEGMENT
from epanns.zoo import catalogue
from epanns.zoo.catalogue import AUTO, BEST, PREFERRED, SHIPPED, SMALL, SMALLEST

# Of a hop, what an update may take: the rest is for the window, slower moments, other programs.
SHARE = 0.5
NAMED = 3  # of several networks


class Choice(NamedTuple):
    """A network.

    Attributes:
        model: a name from the zoo, or what was given.
        why: it was taken, as a sentence; "" where it was asked for by name.
    """

    model: str
    why: str = ""


def choose(model: str, segment: float = SEGMENT, hop: float = HOP) -> Choice:
    """The network that is meant by auto, small or best; anything else as it is.

    auto is E-PANNs, or the starter model where that is not here. small is the smallest network of
    the zoo that is worth its size, whether it is here or not. best is the one with the highest
    published mAP of those that are here and can be run live: an update may take half a hop. What
    one takes is measured once, which converts the network if need be; see epanns.zoo.costs.

    Args:
        model: one of these words, a name from the zoo, or a path.
        segment: seconds of sound that are scored at a time.
        hop: seconds from one scored segment to the next.

    Raises:
        PackagesMissingError: a network must be converted to be measured, and PyTorch is not there.
    """
    if model == SMALL:
        return Choice(SMALLEST)
    if model == BEST:
        return _best(segment, hop)
    if model != AUTO or catalogue.is_here(PREFERRED):
        return Choice(PREFERRED if model == AUTO else model)
    return Choice(SHIPPED, f"{AUTO}: {SHIPPED}, as {PREFERRED} is not here.")


def _best(segment: float, hop: float) -> Choice:
    """The best network that is here and fast enough, or else the quickest of those here."""
    order = catalogue.best_first()
    measured: dict[str, float] = {}
    broken = []
    for name in filter(catalogue.is_here, order):
        try:
            measured[name] = segment * _seconds(name)
        except PackagesMissingError:
            raise
        except WeightsError:
            broken.append(name)
            continue
        if measured[name] <= SHARE * hop:
            break
    if not measured:
        return Choice(SHIPPED, f"{BEST}: {SHIPPED}, as no network that is here can be used.")
    name = min(measured, key=lambda each: measured[each])
    better = order[: order.index(name)]
    parts = [
        f"{BEST}: {name}{_accuracy(name)}, an update takes {_update(measured[name], hop)}",
        _list("too slow", [each for each in better if each in measured]),
        _list("cannot be used", broken),
        _list("not here", [each for each in better if not catalogue.is_here(each)]),
    ]
    if measured[name] > SHARE * hop:
        parts[0] = f"{parts[0]}, which is too slow, but the quickest here"
    if parts[-1]:
        parts[-1] += f" ({COMMAND} models fetch NAME)"
    return Choice(name, f"{'; '.join(filter(None, parts))}.")


def _seconds(name: str) -> float:
    """What an update takes, measured if that is not noted yet."""
    from epanns.zoo import costs

    file = catalogue.resolve(name)
    seconds = costs.noted(file.checksum)
    if seconds is None:
        seconds = costs.measure(file)
        with suppress(OSError):  # it is measured again the next time
            costs.note(file.checksum, seconds)
    return seconds


def _accuracy(name: str) -> str:
    found = catalogue.weights_of(name).mean_average_precision
    return f" (mAP {found:.3f})" if found else ""


def _update(seconds: float, hop: float) -> str:
    return f"{1000 * seconds:.3g} ms of {1000 * hop:.3g} ms"


def _list(what: str, names: list[str]) -> str:
    """Some names after what they are; "" for none."""
    return f"{what}: {listed(names, NAMED)}" if names else ""
