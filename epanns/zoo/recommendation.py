"""Networks that are asked for by what they are for, not by name."""

from contextlib import suppress
from typing import NamedTuple

from epanns.errors import PackagesMissingError, WeightsError
from epanns.formatting import listed, milliseconds
from epanns.paths import COMMAND
from epanns.runtimes.pace import HOP, SEGMENT
from epanns.zoo import catalogue
from epanns.zoo.catalogue import BEST, SHIPPED, WISHES

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


def choose(model: str, segment: float = SEGMENT, hop: float = HOP, converts: bool = True) -> Choice:
    """The network that is meant by auto, small or best; anything else as it is.

    auto is E-PANNs, and small the smallest network of the zoo that is worth its size, or each the
    starter model where that is not here. best is the one with the highest
    published mAP of those that are here and can be run live: an update may take half a hop. What
    one takes is measured once, which converts the network if need be; see epanns.zoo.costs.

    Args:
        model: one of these words, a name from the zoo, or a path.
        segment: seconds of sound that are scored at a time.
        hop: seconds from one scored segment to the next.
        converts: whether networks may be converted to be measured; else those that are not yet are
            passed over, as they are where PyTorch is not there.

    Raises:
        PackagesMissingError: none is converted, and PyTorch, which does it, is not there.
    """
    if model == BEST:
        return _best(segment, hop, converts)
    wanted = WISHES.get(model, model)
    if model not in WISHES or catalogue.is_here(wanted):
        return Choice(wanted)
    how = f"{COMMAND} models fetch {wanted}"
    return Choice(SHIPPED, f"{model}: {SHIPPED}, as {wanted} is not here ({how}).")


def _best(segment: float, hop: float, converts: bool) -> Choice:
    """The best network that is here and fast enough, or else the quickest of those here."""
    order = catalogue.best_first()
    measured: dict[str, float] = {}
    broken, unconverted = [], []
    missing: PackagesMissingError | None = None
    for name in filter(catalogue.is_here, order):
        try:
            seconds = _seconds(name, converts)
        except PackagesMissingError as error:
            missing, seconds = error, None
        except WeightsError:
            broken.append(name)
            continue
        if seconds is None:
            unconverted.append(name)
            continue
        measured[name] = segment * seconds
        if measured[name] <= SHARE * hop:
            break
    if missing and not measured:
        raise missing
    if not measured:
        return Choice(SHIPPED, f"{BEST}: {SHIPPED}, as no network that is here can be used.")
    name = min(measured, key=lambda each: measured[each])
    better = order[: order.index(name)]
    parts = [
        f"{BEST}: {name}{_accuracy(name)}, an update takes {_update(measured[name], hop)}",
        _list("too slow", [each for each in better if each in measured]),
        _list("cannot be used", broken),
        _list("not converted yet", unconverted),
        _list("not here", [each for each in better if not catalogue.is_here(each)]),
    ]
    if measured[name] > SHARE * hop:
        parts[0] = f"{parts[0]}, which is too slow, but the quickest here"
    if parts[-1]:
        parts[-1] += f" ({COMMAND} models fetch NAME)"
    return Choice(name, f"{'; '.join(filter(None, parts))}.")


def _seconds(name: str, converts: bool) -> float | None:
    """What an update takes, measured if that is not noted yet; None if it cannot be measured."""
    from epanns.zoo import costs, inventory

    file = catalogue.resolve(name)
    seconds = costs.noted(file.checksum)
    if seconds is None:
        if not converts and "fp32" not in inventory.copies_of(file).fresh:
            return None
        seconds = costs.measure(file)
        with suppress(OSError):  # it is measured again the next time
            costs.note(file.checksum, seconds)
    return seconds


def _accuracy(name: str) -> str:
    found = catalogue.weights_of(name).mean_average_precision
    return f" (mAP {found:.3f})" if found else ""


def _update(seconds: float, hop: float) -> str:
    return f"{milliseconds(seconds)} of {milliseconds(hop)}"


def _list(what: str, names: list[str]) -> str:
    """Some names after what they are; "" for none."""
    return f"{what}: {listed(names, NAMED)}" if names else ""
