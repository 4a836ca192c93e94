"""How two vocabularies differ, in a few words."""

import pytest

from epanns.datasets.class_difference import class_difference
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

SEA = Vocabulary(["whale", "ship", "rain"])


@pytest.mark.parametrize(
    ("names", "difference"),
    [
        (["whale", "ship", "rain"], ""),
        (["whale", "ship"], "3 and 2"),
        (["whale", "rain", "ship"], "3 and 3, of which number 1 is 'ship' and 'rain'"),
        (["reef"], "3 and 1, of which number 0 is 'whale' and 'reef'"),
    ],
)
def test_sizes_and_the_first_that_differs_are_named(names: list[str], difference: str) -> None:
    assert class_difference(SEA, Vocabulary(names)) == difference


def test_titles_and_ids_do_not_count() -> None:
    assert not class_difference(AUDIOSET, Vocabulary(AUDIOSET.names, title="another"))
