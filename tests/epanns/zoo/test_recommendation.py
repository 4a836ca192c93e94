"""Networks that are asked for by what they are for: auto, small, best."""

from pathlib import Path

import pytest

from epanns.errors import PackagesMissingError, WeightsError
from epanns.zoo import catalogue, costs, recommendation
from epanns.zoo.catalogue import weights_of
from epanns.zoo.recommendation import Choice, choose
from tests.support.published import use_models

Times = dict[str, float | WeightsError]


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> Times:
    """The networks that are here, with the seconds that an update takes or what is wrong."""
    found: Times = {"starter": 0.002}

    def seconds(name: str, converts: bool) -> float:
        taken = found[name]
        if isinstance(taken, WeightsError):
            raise taken
        return taken

    monkeypatch.setattr(catalogue, "is_here", found.__contains__)
    monkeypatch.setattr(recommendation, "_seconds", seconds)
    return found


@pytest.mark.parametrize("model", ["starter", "mn40_ext", "no/such.pth", "", "Best"])
def test_names_and_paths_stay_as_they_are(times: Times, model: str) -> None:
    assert choose(model) == Choice(model)


def test_auto_is_epanns_or_else_the_starter_model_which_is_said(times: Times) -> None:
    why = "auto: starter, as epanns is not here (python -m epanns models fetch epanns)."
    assert choose("auto") == Choice("starter", why)
    times["epanns"] = 9.0
    assert choose("auto") == Choice("epanns")


def test_small_is_the_smallest_of_those_with_a_published_map(times: Times) -> None:
    assert choose("small").model == "starter" and "as mn04 is not here" in choose("small").why
    times["mn04"] = 9.0
    small = choose("small").model
    others = (weights_of(name) for name in catalogue.names())
    assert (
        small
        == min(
            (each for each in others if (each.mean_average_precision or 0) > 0.4),
            key=lambda each: each.megabytes,
        ).name
    )


@pytest.mark.parametrize(
    ("here", "hop", "best"),
    [
        ({"mn10": 0.009, "mn04": 0.001}, 0.1, "mn10"),
        ({"mn10": 0.05, "mn04": 0.001}, 0.1, "mn10"),  # half of a hop
        ({"mn10": 0.0501, "mn04": 0.001}, 0.1, "mn04"),
        ({"mn10": 0.0501, "mn04": 0.001}, 1.0, "mn10"),
        ({"resnet38": 0.3, "cnn14": 0.2, "mobilenet_v1": 0.004}, 0.1, "mobilenet_v1"),
        ({"cnn14_framewise": 0.001}, 0.1, "starter"),  # it is for detect
        ({}, 0.1, "starter"),
    ],
)
def test_best_is_the_highest_map_of_those_here_that_keep_up(
    times: Times, here: Times, hop: float, best: str
) -> None:
    times.update(here)
    assert choose("best", hop=hop).model == best


def test_a_longer_segment_takes_longer(times: Times) -> None:
    times["mn10"] = 0.02
    assert choose("best", segment=2.0).model == "mn10"
    assert choose("best", segment=3.0).model == "starter"


def test_it_is_said_why_it_was_taken_and_which_are_better(times: Times) -> None:
    times |= {"mn10": 0.009, "mn20": 0.08, "mn30": WeightsError("It is broken.")}
    assert choose("best").why == (
        "best: mn10 (mAP 0.471), an update takes 9 ms of 100 ms; too slow: mn20; cannot be used:"
        " mn30; not here: mn40_ext, mn40 (python -m epanns models fetch NAME)."
    )
    why = choose("best", hop=0.001).why
    assert why.startswith("best: starter, an update takes 2 ms of 1 ms, which is too slow, but the")
    assert ", which is too slow, but the quickest here; too slow: mn20, mn10;" in why
    assert "not here: mn40_ext, mn40, mn05 and " in why


def test_without_any_that_can_be_used_the_starter_model_is_asked_for(times: Times) -> None:
    """Opening it says what is wrong."""
    times["starter"] = WeightsError("It is broken.")
    assert choose("best").model == "starter"
    assert "as no network that is here can be used" in choose("best").why


def test_what_cannot_be_converted_for_lack_of_packages_is_passed_over(times: Times) -> None:
    times["mn10"] = PackagesMissingError("PyTorch is missing.")
    assert choose("best").model == "starter"
    assert "; not converted yet: mn10; not here: " in choose("best").why


def test_packages_without_which_no_network_is_converted_are_for_the_caller(times: Times) -> None:
    times["starter"] = PackagesMissingError("PyTorch is missing.")
    with pytest.raises(PackagesMissingError):
        choose("best")


def test_nothing_is_converted_if_that_is_not_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starter = catalogue.path_of("starter").read_bytes()
    use_models(monkeypatch, tmp_path)
    (tmp_path / "starter.pth").write_bytes(starter)
    monkeypatch.setattr(costs, "measure", lambda _: pytest.fail("it was converted"))
    assert choose("best", converts=False).model == "starter"


def test_each_network_is_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starter = catalogue.path_of("starter").read_bytes()
    use_models(monkeypatch, tmp_path)
    (tmp_path / "starter.pth").write_bytes(starter)
    measured: list[str] = []

    def measure(file: catalogue.WeightsFile) -> float:
        measured.append(file.name)
        return 0.003

    monkeypatch.setattr(costs, "measure", measure)
    for _ in range(2):
        assert choose("best").why.startswith("best: starter, an update takes 3 ms of 100 ms")
    assert measured == ["starter"]


def test_where_nothing_can_be_noted_it_is_measured_each_time(
    times: Times, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.undo()
    monkeypatch.setattr(costs, "measure", lambda _: 0.003)
    monkeypatch.setattr(costs, "note", full)
    monkeypatch.setattr(costs, "noted", lambda _: None)
    monkeypatch.setattr(catalogue, "is_here", {"starter"}.__contains__)
    assert choose("best").model == "starter"
