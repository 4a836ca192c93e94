"""The table of networks: its columns, and how it fits a terminal."""

from pathlib import Path

import pytest

from epanns.networks.architecture import Weights
from epanns.views import network_list
from epanns.zoo import catalogue, inventory
from epanns.zoo.inventory import ConvertedCopies, InventoryItem

WEIGHTS = Weights(
    "mine", "mine.pth", "a network of mine, for whoever wants one", "CC BY 4.0, see its record",
    4.04, doi="10.0/x", learnt=983_599, mean_average_precision=0.4321,
)  # fmt: skip
MISSING = InventoryItem("mine", WEIGHTS, Path("mine.pth"), None, "", ConvertedCopies({}, ()))


def here(seconds: float | None = None, *precisions: str, size: int = 4_066_513) -> InventoryItem:
    copies = ConvertedCopies({each: Path(each) for each in precisions}, ())
    return InventoryItem("mine", WEIGHTS, Path("mine.pth"), size, "", copies, seconds)


@pytest.mark.parametrize(
    ("item", "row"),
    [
        (MISSING, "mine  0.432  0.98  4.0  -  CC BY 4.0  not here"),
        (here(), "mine  0.432  0.98  4.1  -  CC BY 4.0  here"),
        (here(0.00097, "fp32"), "mine  0.432  0.98  4.1  0.97  CC BY 4.0  converted"),
        (here(0.0123, "fp32", "int8"), "mine  0.432  0.98  4.1  12.3  CC BY 4.0  with int8"),
        (here(0.12345, size=97_000_000), "mine  0.432  0.98  97  123  CC BY 4.0  here"),
    ],
)
def test_a_row_says_what_to_choose_by(item: InventoryItem, row: str) -> None:
    _, line = network_list.table([item], None)
    assert line.split() == [*row.split(), *WEIGHTS.purpose.split()]


@pytest.mark.parametrize("width", [80, 90, 100, 120, 132, 200])
def test_the_table_fits_the_terminal(width: int) -> None:
    items = [inventory.look(name) for name in catalogue.names()]
    lines, whole = network_list.table(items, width), network_list.table(items, None)
    assert max(map(len, lines)) < width
    for line, entire in zip(lines, whole, strict=True):
        assert entire.startswith(line.rstrip("…").rstrip()), "only the purpose is cut"
    assert (lines == whole) is (width == 200)


def test_columns_stand_below_each_other() -> None:
    items = [inventory.look(name) for name in catalogue.names()]
    heading, *lines = network_list.table(items, None)
    place = heading.index("licence")
    for line, item in zip(lines, items, strict=True):
        assert line[place:].startswith(item.weights.licence.partition(",")[0])
        assert line[place - 2 : place] == "  "
