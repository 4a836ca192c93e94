"""Classes of a user's own network: a table of their names beside the weights."""

from pathlib import Path

from epanns.errors import WeightsError
from epanns.vocabulary.vocabulary import Vocabulary, read_class_names

ENDING = ".classes.csv"  # appended to the name of a weights file


def classes_beside(weights: Path) -> Vocabulary | None:
    """The classes in the table beside a weights file; None if there is no table.

    Args:
        weights: NAME; the table is NAME.classes.csv, one name a line or a column `name`, in the
            order of the network's outputs.

    Raises:
        WeightsError: the table cannot be used.
    """
    table = weights.with_name(weights.name + ENDING)
    if not table.is_file():
        return None
    try:
        return Vocabulary(read_class_names(table))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{table} does not name the classes of {weights}: {error}.") from None
