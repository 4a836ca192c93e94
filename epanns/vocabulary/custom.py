"""Classes of a user's own network: their names in the weights file or in a table beside it."""

from pathlib import Path

from epanns.errors import WeightsError
from epanns.storage.existence import is_file
from epanns.vocabulary.audioset import vocabulary_named
from epanns.vocabulary.vocabulary import Vocabulary, read_class_names

ENDING = ".classes.csv"  # appended to the name of a weights file


def classes_of(
    weights: Path, named: Vocabulary | None, default: Vocabulary, count: int
) -> Vocabulary:
    """The classes of a network: those in the table beside its weights file, or else its own.

    Args:
        weights: the file.
        named: the classes that are named in the file; None if it names none.
        default: those of the architecture.
        count: how many classes the network has.

    Returns:
        Classes called by their numbers where nothing names them and they are not the default ones;
        see without_names.

    Raises:
        WeightsError: the table cannot be used, or there are more or fewer names than classes.
    """
    found = classes_beside(weights) or named or default
    if len(found) != count:
        if found == default:
            return numbered_classes(count)
        raise WeightsError(
            f"{weights} has {count} classes, and there are {len(found)} names for them; list one"
            f" name a class, in the order of its outputs, in {weights}{ENDING}."
        )
    return default if found == default else found


def without_names(weights: Path, vocabulary: Vocabulary) -> str:
    """The sentence for a network whose classes nothing names; "" for others."""
    if not are_numbered(vocabulary):
        return ""
    return (
        f"{weights} does not name its {len(vocabulary)} classes; list one name a line, in the order"
        f" of its outputs, in {weights}{ENDING}."
    )


def numbered_classes(count: int) -> Vocabulary:
    """Classes that nothing names: "class 0", "class 1" and so on."""
    return Vocabulary([f"class {number}" for number in range(count)])


def are_numbered(vocabulary: Vocabulary) -> bool:
    """Whether nothing names the classes."""
    return all(name == f"class {number}" for number, name in enumerate(vocabulary.names))


def classes_beside(weights: Path) -> Vocabulary | None:
    """The classes in the table beside a weights file; None if there is no table.

    Args:
        weights: NAME; the table is NAME.classes.csv, one name a line or a column `name`, in the
            order of the network's outputs.

    Raises:
        WeightsError: the table cannot be used.
    """
    table = weights.with_name(weights.name + ENDING)
    if not is_file(table):
        return None
    try:
        return vocabulary_named(read_class_names(table))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{table} does not name the classes of {weights}: {error}.") from None
