"""What pruning has made of a network: filters, values, work, size, and time on this computer."""

from dataclasses import asdict, dataclass
from typing import Any

from epanns.console import tell
from epanns.errors import WeightsError
from epanns.formatting import megabytes, milliseconds, per_cent
from epanns.networks.network import Network
from epanns.runtimes.work import multiply_accumulates
from epanns.zoo import costs
from epanns.zoo.catalogue import WeightsFile

UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class NetworkCost:
    """What a network is made of and takes.

    Attributes:
        learnt: values learnt.
        multiply_accumulates: for a second of sound.
        bytes: of its file.
        update_seconds: what an update of the live program takes on this computer, see
            epanns.zoo.costs.measure; None where that could not be measured.
    """

    learnt: int
    multiply_accumulates: int
    bytes: int
    update_seconds: float | None


@dataclass(frozen=True, slots=True)
class PruningReport:
    """What was pruned, and the network before and after.

    Attributes:
        pruned: the file that was pruned.
        written: the file that was written.
        architecture: the name of both.
        criterion: by which filters were chosen.
        share: of the filters of each layer that was asked for.
        filters: of each layer that was pruned, before and after.
        before, after: the networks.
    """

    pruned: str
    written: str
    architecture: str
    criterion: str
    share: float
    filters: dict[str, tuple[int, int]]
    before: NetworkCost
    after: NetworkCost


def filters_kept(before: Network, after: Network) -> dict[str, tuple[int, int]]:
    """How many filters the layers that were pruned had and have."""
    prunable = before.architecture.prunable
    assert prunable is not None
    states = before.state_dict(), after.state_dict()
    counts = {
        layer: (len(states[0][f"{layer}.weight"]), len(states[1][f"{layer}.weight"]))
        for layer in prunable.names(states[0])
    }
    return {layer: (had, has) for layer, (had, has) in counts.items() if had != has}


def cost_of(network: Network, file: WeightsFile) -> NetworkCost:
    """What a network costs; measuring takes some seconds, converting it first perhaps more.

    Args:
        network: what the file holds.
        file: its file. Why it could not be measured is said on standard error.
    """
    seconds = None
    tell(f"Measuring {file.name} ...")
    try:
        seconds = costs.measure(file)
    except WeightsError as error:
        tell(str(error))
    size = file.path.stat().st_size
    return NetworkCost(network.learnt, multiply_accumulates(network), size, seconds)


def as_json(report: PruningReport) -> dict[str, Any]:
    """A report for json.dumps."""
    filters = {layer: {"before": had, "after": has} for layer, (had, has) in report.filters.items()}
    return {**asdict(report), "filters": filters}


def lines(report: PruningReport) -> list[str]:
    """A report as a table with the columns before and after."""
    before, after = report.before, report.after
    heading = f"{per_cent(report.share)} of the filters cut by {report.criterion}"
    rows = [
        (heading, "before", "after"),
        *((layer, str(had), str(has)) for layer, (had, has) in report.filters.items()),
        ("values learnt", f"{before.learnt:,}", f"{after.learnt:,}"),
        ("multiply-accumulates, 1 s", *map(_millions, (before, after))),
        ("file", megabytes(before.bytes), megabytes(after.bytes)),
        ("an update here", *map(_milliseconds, (before, after))),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = (f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows)
    return [*table, report.written]


def _millions(cost: NetworkCost) -> str:
    return f"{cost.multiply_accumulates / 1e6:,.0f} M"


def _milliseconds(cost: NetworkCost) -> str:
    return UNKNOWN if cost.update_seconds is None else milliseconds(cost.update_seconds)
