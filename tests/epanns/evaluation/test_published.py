"""The published figures that are drawn beside what is measured."""

import pytest

from epanns.evaluation.published import OTHERS, SOURCES, PublishedNetwork, published_networks
from epanns.networks.architecture import Weights
from epanns.networks.cnn14 import CNN14_DECISION_LEVEL_MAX
from tests.support.published import publish

MINE = Weights(
    "mine", "mine.pth", title="Mine", learnt=2_000_000, mean_average_precision=0.4, paper="CED"
)


def test_every_published_figure_names_its_source() -> None:
    found = published_networks()
    assert {each.paper for each in found} == set(SOURCES)
    assert len({each.title for each in found}) == len(found), "one is in the zoo and in OTHERS"
    for each in found:
        assert 0.3 < each.mean_average_precision <= 0.5 and 9e5 < each.learnt < 1.1e8


def test_networks_of_the_zoo_come_from_their_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    row = PublishedNetwork("Mine", 2_000_000, 0.4, "CED")
    assert row not in published_networks()
    publish(monkeypatch, MINE)
    found = published_networks()
    assert row in found
    papers = [each.paper for each in found]
    assert papers == sorted(papers, key=list(SOURCES).index), "the papers are drawn one by one"


def test_figures_of_single_frames_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    before = published_networks()
    publish(monkeypatch, MINE, CNN14_DECISION_LEVEL_MAX)
    assert published_networks() == before


def test_what_the_zoo_has_is_stated_once() -> None:
    assert {"CNN14", "E-PANNs"} <= {each.title for each in published_networks()}
    assert not {"CNN14", "E-PANNs"} & {each.title for each in OTHERS}
