"""Whether two vocabularies are the same, as labels and scores must be to be compared."""

from epanns.vocabulary.vocabulary import Vocabulary


def class_difference(first: Vocabulary, second: Vocabulary) -> str:
    """How two vocabularies differ, for brackets in a sentence; "" if they are the same.

    Args:
        first: the classes of one side; their order counts, too.
        second: those of the other.
    """
    if first == second:
        return ""
    sizes = f"{len(first)} and {len(second)}"
    pairs = enumerate(zip(first.names, second.names, strict=False))
    place = next((index for index, (one, other) in pairs if one != other), None)
    if place is None:
        return sizes
    return f"{sizes}, of which number {place} is {first.names[place]!r} and {second.names[place]!r}"
