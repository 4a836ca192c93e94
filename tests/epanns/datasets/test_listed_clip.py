"""A clip of a listing in the words of AudioSet, or in those of the listing itself."""

from pathlib import Path

import pytest

from epanns.datasets.listed_clip import ListedClip

MAPPED = ListedClip("a", Path("a"), ("Bark", "Dog"), "train", 2, category="dog")
IN_FOLDER = ListedClip("x/a", Path("x/a"), (), "unlabelled", category="x")
PLAIN = ListedClip("a", Path("a"), ("Robin", "Wren"), "test")
NONE = ListedClip("a", Path("a"), (), "unlabelled")


@pytest.mark.parametrize(
    ("clip", "own", "any_words"),
    [
        (MAPPED, (("dog",), "train"), (("Bark", "Dog"), "train")),
        (IN_FOLDER, (("x",), "train"), (("x",), "train")),
        (PLAIN, (("Robin", "Wren"), "test"), (("Robin", "Wren"), "test")),
        (NONE, ((), "unlabelled"), ((), "unlabelled")),
    ],
)
def test_what_labels_it_has(clip: ListedClip, own: object, any_words: object) -> None:
    in_own, in_any = clip.in_own_words(), clip.in_any_words()
    assert (in_own.labels, in_own.split) == own
    assert (in_any.labels, in_any.split) == any_words
    assert in_own.fold == in_any.fold == clip.fold


def test_ids_of_audioset_are_names_and_what_cannot_be_shown_is_escaped() -> None:
    clip = ListedClip("a", Path("a"), ("/m/09x0r", "/m/none", "a\x1bb"), "train")
    assert clip.in_own_words().labels == ("Speech", "/m/none", "a\\x1bb")
