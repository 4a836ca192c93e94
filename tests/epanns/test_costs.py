"""What networks cost, in words."""

from dataclasses import replace

import pytest

from epanns import costs
from epanns.status import ModelPhase, ModelState, OpinionState, Pace, SourcePhase, SourceState
from fake_engine import LIVE

CNN14 = ModelState(ModelPhase.READY, "cnn14", summary="Cnn14, 80.8 M values", size=327_428_481)
BOTH = replace(LIVE, second=OpinionState(CNN14, pace=Pace(8.0, 0.0921, 1.234)))


def test_a_row_for_each_network() -> None:
    first, second = costs.costs(BOTH)
    assert first[:4] == ("starter", "1.2 M values", "\N{EN DASH}", "12.3\xa0ms")
    assert second == ("cnn14", "80.8 M values", "327\xa0MB", "92.1\xa0ms", "1.23\xa0J")
    assert costs.costs(LIVE) == (first,)


def test_the_size_of_a_quantised_network_is_that_of_its_values() -> None:
    int8 = replace(CNN14, summary="Cnn14, 80.8 M values, int8")
    assert costs.costs(replace(LIVE, model=int8))[0].size == "80.8 M values"
    assert (
        costs.costs(replace(LIVE, model=replace(CNN14, summary="as recorded")))[0].size
        == "\N{EN DASH}"
    )


def test_of_a_file_the_name_is_given_and_not_the_folder() -> None:
    assert costs.name(ModelState(ModelPhase.READY, "/home/u/mine.pth")) == "mine.pth"
    assert costs.name(ModelState(ModelPhase.READY, "x" * 40)) == "x" * 18 + "…"


@pytest.mark.parametrize(
    ("joules", "text"), [(0.0123, "12.3\xa0mJ"), (0.9, "900\xa0mJ"), (12.0, "12\xa0J")]
)
def test_energy_in_a_unit_that_fits(joules: float, text: str) -> None:
    second = OpinionState(CNN14, pace=Pace(8.0, 0.1, joules))
    assert costs.costs(replace(LIVE, second=second))[1].energy == text


def test_one_that_is_not_ready_has_no_figures() -> None:
    state = OpinionState(ModelState(ModelPhase.LOADING, "cnn14"))
    assert costs.costs(replace(LIVE, second=state))[1] == ("cnn14", "loading", *["\N{EN DASH}"] * 3)


def test_that_energy_cannot_be_measured_is_said() -> None:
    assert "not measured" in costs.note(LIVE)
    assert "not measured" not in costs.note(replace(LIVE, measures_energy=True))


@pytest.mark.parametrize(
    ("second", "text"),
    [
        (None, "Choose another network"),
        (OpinionState(ModelState(ModelPhase.FAILED, "x")), "does not work"),
        (OpinionState(CNN14, hears=False), "A recording shows the scores"),
        (OpinionState(ModelState(ModelPhase.LOADING, "cnn14")), "Loading cnn14"),
        (OpinionState(ModelState(ModelPhase.FETCHING, "cnn14", "", "cnn14", 0.43)), "43\xa0%"),
    ],
)
def test_why_there_are_no_bars(second: OpinionState | None, text: str) -> None:
    assert text in costs.waiting(replace(LIVE, second=second))


def test_nothing_is_waited_for_while_it_scores() -> None:
    assert costs.waiting(BOTH) == ""
    gone = replace(BOTH, source=SourceState(SourcePhase.LOST, "microphone"))
    assert costs.waiting(gone) == "No sound comes in."


def test_the_reason_of_a_failure_comes_before_other_remarks() -> None:
    failed = OpinionState(ModelState(ModelPhase.FAILED, "x", "It is broken."), remark="Using fp32.")
    assert costs.remark(failed) == "It is broken."
    assert costs.remark(OpinionState(CNN14, remark="Using fp32.")) == "Using fp32."
    assert "1,204 segments" in costs.remark(OpinionState(CNN14, skipped=1204))
    assert costs.remark(None) == ""


def test_networks_that_must_be_fetched_are_told_from_those_that_are_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("epanns.zoo.is_here", lambda name: name in ("starter", "cnn14"))
    assert costs.entry("cnn14") == "cnn14"
    assert costs.entry("epanns") == "epanns (to be fetched)"
    assert costs.other_than("starter") == "cnn14"
    assert costs.other_than("cnn14") == "starter", "E-PANNs would be fetched"
    monkeypatch.setattr("epanns.zoo.is_here", lambda name: name == "starter")
    assert costs.other_than("starter") == ""
