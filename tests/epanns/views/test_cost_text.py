"""What networks cost, in words."""

from dataclasses import replace

import pytest

from epanns.status import ComparisonState, ModelPhase, ModelState, Pace, SourcePhase, SourceState
from epanns.views import cost_text
from tests.support.fake_engine import LIVE

STARTER = ModelState(ModelPhase.READY, "starter", summary="Cnn14, 1.2 M values", learnt=1_200_000)
CNN14 = ModelState(
    ModelPhase.READY,
    "cnn14",
    summary="Cnn14, 80.8 M values",
    size=327_428_481,
    learnt=80_753_615,
)
ONE = replace(LIVE, model=STARTER)
BOTH = replace(ONE, comparison=ComparisonState(CNN14, pace=Pace(8.0, 0.0921, 1.234)))


def test_a_row_for_each_network() -> None:
    first, second = cost_text.costs(BOTH)
    assert first[:4] == ("starter", "1.2 M learnt", "\N{EN DASH}", "12.3\xa0ms")
    assert second == ("cnn14", "80.8 M learnt", "327\xa0MB", "92.1\xa0ms", "1.23\xa0J")
    assert cost_text.costs(ONE) == (first,)


def test_the_size_of_a_quantised_network_is_that_of_its_values() -> None:
    int8 = replace(CNN14, summary="Cnn14, 80.8 M values, int8")
    assert cost_text.costs(replace(LIVE, model=int8))[0].size == "80.8 M learnt"
    recorded = ModelState(ModelPhase.READY, "cnn14", summary="as recorded")
    assert cost_text.costs(replace(LIVE, model=recorded))[0].size == "\N{EN DASH}"


def test_of_a_file_the_name_is_given_and_not_the_folder() -> None:
    assert cost_text.name(ModelState(ModelPhase.READY, "/home/u/mine.pth")) == "mine.pth"
    assert cost_text.name(ModelState(ModelPhase.READY, "x" * 40)) == "x" * 18 + "…"


@pytest.mark.parametrize(
    ("joules", "text"), [(0.0123, "12.3\xa0mJ"), (0.9, "900\xa0mJ"), (12.0, "12\xa0J")]
)
def test_energy_in_a_unit_that_fits(joules: float, text: str) -> None:
    comparison = ComparisonState(CNN14, pace=Pace(8.0, 0.1, joules))
    assert cost_text.costs(replace(LIVE, comparison=comparison))[1].energy == text


def test_one_that_is_not_ready_has_no_figures() -> None:
    state = ComparisonState(ModelState(ModelPhase.LOADING, "cnn14"))
    assert cost_text.costs(replace(LIVE, comparison=state))[1] == (
        "cnn14",
        "loading",
        *["\N{EN DASH}"] * 3,
    )


def test_that_energy_cannot_be_measured_is_said() -> None:
    assert "not measured" in cost_text.note(LIVE)
    assert "not measured" not in cost_text.note(replace(LIVE, measures_energy=True))


@pytest.mark.parametrize(
    ("comparison", "text"),
    [
        (None, "Choose another network"),
        (ComparisonState(ModelState(ModelPhase.FAILED, "x")), "does not work"),
        (ComparisonState(CNN14, scores=False), "A recording shows the scores"),
        (ComparisonState(ModelState(ModelPhase.LOADING, "cnn14")), "Loading cnn14"),
        (ComparisonState(ModelState(ModelPhase.FETCHING, "cnn14", "", "cnn14", 0.43)), "43\xa0%"),
    ],
)
def test_why_there_are_no_bars(comparison: ComparisonState | None, text: str) -> None:
    assert text in cost_text.waiting(replace(LIVE, comparison=comparison))


def test_nothing_is_waited_for_while_it_scores() -> None:
    assert cost_text.waiting(BOTH) == ""
    gone = replace(BOTH, source=SourceState(SourcePhase.LOST, "microphone"))
    assert cost_text.waiting(gone) == "No sound comes in."


def test_the_reason_of_a_failure_comes_before_other_remarks() -> None:
    failed = ComparisonState(
        ModelState(ModelPhase.FAILED, "x", "It is broken."), remark="Using fp32."
    )
    assert cost_text.remark(failed) == "It is broken."
    assert cost_text.remark(ComparisonState(CNN14, remark="Using fp32.")) == "Using fp32."
    assert "1,204 segments" in cost_text.remark(ComparisonState(CNN14, skipped=1204))
    assert cost_text.remark(None) == ""


def test_networks_that_must_be_fetched_are_told_from_those_that_are_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("epanns.zoo.catalogue.is_here", lambda name: name in ("starter", "cnn14"))
    assert cost_text.entry("cnn14") == "cnn14"
    assert cost_text.entry("epanns") == "epanns (to be fetched)"
    assert cost_text.entry("yamnet") == "yamnet (not here)", "it is put there by hand"
    assert cost_text.other_than("starter") == "cnn14"
    assert cost_text.other_than("cnn14") == "starter", "E-PANNs would be fetched"
    monkeypatch.setattr("epanns.zoo.catalogue.is_here", lambda name: name == "starter")
    assert cost_text.other_than("starter") == ""
