"""Published networks: how many values they have learnt, and their mAP on AudioSet's evaluation set.

Only those of which both are known. Each was measured by its authors on the videos that were still
there at the time, so small differences mean nothing.
"""

from typing import NamedTuple

from epanns.networks import registry


class PublishedNetwork(NamedTuple):
    """One network.

    Attributes:
        title: what its authors call it.
        learnt: how many values were learnt.
        mean_average_precision: on AudioSet's evaluation set, 527 classes.
        paper: who published it, a key of SOURCES.
    """

    title: str
    learnt: int
    mean_average_precision: float
    paper: str


SOURCES = {
    "PANNs": "Kong et al., IEEE/ACM TASLP 2020, arXiv 1912.10211",
    "E-PANNs": "Singh, Liu and Plumbley, 2023, arXiv 2305.18665",
    "EfficientAT": "Schmid, Koutini and Widmer, ICASSP 2023, arXiv 2211.04772, and its repository",
    "CED": "Dinkel et al., ICASSP 2024, arXiv 2308.11957, and its repository",
    "521 classes, other clips": "Google's YAMNet, in the models repository of TensorFlow",
}

# Those that are not in the zoo.
OTHERS = (
    PublishedNetwork("CED tiny", 5_500_000, 0.481, "CED"),
    PublishedNetwork("CED mini", 9_600_000, 0.490, "CED"),
    PublishedNetwork("CED small", 22_000_000, 0.496, "CED"),
    PublishedNetwork("CED base", 86_000_000, 0.500, "CED"),
)


def published_networks() -> list[PublishedNetwork]:
    """The published networks that score clips, by their papers in the order of SOURCES."""
    order = list(SOURCES)
    return sorted((*_in_zoo(), *OTHERS), key=lambda each: order.index(each.paper))


def _in_zoo() -> list[PublishedNetwork]:
    """Those of the zoo.

    Networks that score single frames are left out: the figures of the others are of whole clips.
    """
    found = (
        PublishedNetwork(each.title, each.learnt, each.mean_average_precision, each.paper)
        for each, architecture in registry.published().values()
        if each.paper in SOURCES
        and each.learnt
        and each.mean_average_precision
        and not architecture.framewise
    )
    return list(dict.fromkeys(found))  # a network may be published in two files
