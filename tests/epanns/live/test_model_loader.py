"""Which network is used: what is there at once, something better when it has come."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from epanns import WeightsError, tagger
from epanns.errors import InstallationError, NotQuantisedError, PackagesMissingError
from epanns.live import model_loader
from epanns.live.model_loader import ModelLoader
from epanns.prediction import NetworkInfo
from epanns.settings import Settings
from epanns.status import ModelPhase, NetworkFallback, NoticeContent, PrecisionFallback
from epanns.zoo import catalogue, fetching
from epanns.zoo.recommendation import Choice
from tests.support.published import use_models


class FakeTagger:
    """Stands for a network; loading real ones is tested elsewhere."""

    summary = "layers 12"
    title = "Cnn14 16-48, 3.5 M values"
    remark = ""

    def __init__(
        self, model: str, activation: str, runtime: str, precision: str, threads: int
    ) -> None:
        if model in BROKEN:
            raise WeightsError(f"{model} is broken.")
        if precision == "int8" and model not in QUANTISED:
            raise NotQuantisedError(f"There is no int8 version of {model}.")
        self.name = model
        self.network = NetworkInfo(model, learnt=LEARNT.get(Path(model).name))
        self.how = (runtime, precision, threads)


BROKEN: set[str] = set()
QUANTISED = {"epanns"}
LEARNT = {"mine.pth": 1_234_567}  # of others it is not known


class Run:
    """One loader, run to its end; what it delivered and said."""

    def __init__(self, **settings: Any) -> None:
        self.ready: list[str] = []
        self.notices: list[NoticeContent] = []
        self.loader = ModelLoader(
            Settings(**settings), lambda found: self.ready.append(found.name), self.notices.append
        )

    def to_end(self) -> "Run":
        self.loader.start()
        self.loader.thread.join(10)
        assert not self.loader.thread.is_alive()
        return self


@pytest.fixture(autouse=True)
def no_real_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    BROKEN.clear()
    monkeypatch.setattr(tagger, "AudioTagger", FakeTagger)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names whose weights are in models/; a test may add some."""
    names = {"starter"}
    monkeypatch.setattr(catalogue, "is_here", names.__contains__)
    return names


@pytest.fixture
def fetched(here: set[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was fetched; each download works and reports its half on the way."""
    names: list[str] = []

    def fetch(name: str, progress: Callable[[float], None]) -> None:
        progress(0.5)
        names.append(name)
        here.add(name)

    monkeypatch.setattr(fetching, "fetch", fetch)
    return names


def test_auto_takes_epanns_where_it_is(here: set[str], fetched: list[str]) -> None:
    here.add("epanns")
    run = Run().to_end()
    assert run.ready == ["epanns"]
    assert fetched == []
    assert run.loader.state.phase is ModelPhase.READY


def test_auto_begins_with_the_starter_and_switches_when_epanns_has_come(
    here: set[str], fetched: list[str]
) -> None:
    run = Run().to_end()
    assert run.ready == ["starter", "epanns"]
    assert (run.loader.state.name, run.loader.state.fetching) == ("epanns", "")


def test_auto_offline_stays_on_the_starter_and_says_so_once(
    here: set[str], fetched: list[str]
) -> None:
    run = Run(offline=True).to_end()
    assert (run.ready, fetched) == (["starter"], [])
    why = "epanns is not fetched, as the setting offline forbids it."
    assert run.notices == [NetworkFallback("epanns", "starter", why)]
    assert run.loader.state.phase is ModelPhase.READY
    assert run.loader.state.reason == ""


def test_auto_without_internet_stays_on_the_starter_and_says_why(
    here: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(name: str, progress: Callable[[float], None]) -> None:
        raise fetching.FetchError("No answer from doi:1.")

    monkeypatch.setattr(fetching, "fetch", fetch)
    run = Run().to_end()
    assert run.ready == ["starter"]
    assert run.notices == [NetworkFallback("epanns", "starter", "No answer from doi:1.")]
    assert run.loader.state.fetching == ""


def test_auto_with_a_broken_epanns_says_so_and_gets_a_whole_one(
    here: set[str], fetched: list[str]
) -> None:
    here.add("epanns")
    BROKEN.add("epanns")
    run = Run(offline=True).to_end()
    assert run.ready == ["starter"]
    assert run.notices[0] == NetworkFallback("epanns", "starter", "epanns is broken.")


def test_the_download_is_seen_while_it_runs_and_ends_when_the_program_does(
    here: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    finished: list[str] = []
    under_way, seen = threading.Event(), threading.Event()

    def fetch(name: str, progress: Callable[[float], None]) -> None:
        progress(0.42)
        under_way.set()
        seen.wait(10)
        progress(0.43)
        finished.append(name)

    monkeypatch.setattr(fetching, "fetch", fetch)
    run = Run()
    run.loader.start()
    assert under_way.wait(10)
    state = run.loader.state
    assert (state.phase, state.name) == (ModelPhase.READY, "starter")
    assert (state.fetching, state.progress) == ("epanns", 0.42)
    run.loader.stop()
    seen.set()
    run.loader.thread.join(10)
    assert run.ready == ["starter"]
    assert run.notices == []
    assert finished == []


def test_a_named_network_is_fetched_where_it_is_missing(here: set[str], fetched: list[str]) -> None:
    run = Run(model="cnn14").to_end()
    assert (run.ready, fetched) == (["cnn14"], ["cnn14"])


def test_a_named_network_is_never_replaced_by_another(here: set[str], fetched: list[str]) -> None:
    run = Run(model="cnn14", offline=True).to_end()
    assert (run.ready, fetched) == ([], [])
    assert run.loader.state.phase is ModelPhase.FAILED
    assert "the setting offline forbids to fetch them" in run.loader.state.reason
    assert run.notices == [run.loader.state.reason]


def test_small_begins_with_the_starter_too_and_stays_on_it_offline(
    here: set[str], fetched: list[str]
) -> None:
    run = Run(model="small", offline=True).to_end()
    assert (run.ready, fetched) == (["starter"], [])
    why = f"{catalogue.SMALLEST} is not fetched, as the setting offline forbids it."
    assert run.notices == [NetworkFallback(catalogue.SMALLEST, "starter", why)]
    assert Run(model="small").to_end().ready == ["starter", catalogue.SMALLEST]


def test_best_is_chosen_for_the_hop_and_that_is_said(
    here: set[str], fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def choose(*wanted: object) -> Choice:
        asked.append(wanted)
        return Choice("cnn14", "best: cnn14, as it is quick.")

    monkeypatch.setattr(model_loader, "choose", choose)
    here.add("cnn14")
    run = Run(model="best", segment=2.0, hop=0.5).to_end()
    assert (run.ready, fetched, asked) == (["cnn14"], [], [("best", 2.0, 0.5)])
    assert run.notices == ["best: cnn14, as it is quick."]


def test_what_has_no_address_is_told_how_to_get_offline_too(
    here: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_models(monkeypatch, tmp_path)
    for offline in (False, True):
        state = Run(model="yamnet", offline=offline).to_end().loader.state
        assert state.phase is ModelPhase.FAILED
        assert "no address is known to fetch it from, so look for it at https" in state.reason


def test_whatever_goes_wrong_is_a_state(here: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("a library does not load")

    monkeypatch.setattr(tagger, "AudioTagger", broken)
    run = Run(model="starter").to_end()
    assert run.loader.state.phase is ModelPhase.FAILED
    assert "OSError: a library does not load" in run.loader.state.reason
    assert run.notices == [run.loader.state.reason]


def test_runtime_precision_and_threads_are_those_of_the_settings(
    here: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    loader = ModelLoader(
        Settings(model="epanns", precision="int8", threads=3), opened.append, lambda _: None
    )
    here.add("epanns")
    loader.start()
    loader.thread.join(10)
    assert [found.how for found in opened] == [("onnx", "int8", 3)]


def test_network_without_int8_is_used_in_fp32_and_that_is_said(here: set[str]) -> None:
    run = Run(model="starter", precision="int8").to_end()
    assert run.ready == ["starter"]
    assert run.notices == [PrecisionFallback("fp32", "There is no int8 version of starter.")]
    assert run.loader.state.phase is ModelPhase.READY


def test_what_the_network_remarks_is_said(here: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeTagger, "remark", "It had to be converted.")
    run = Run(model="starter").to_end()
    assert run.notices == ["It had to be converted."]
    assert run.loader.state.phase is ModelPhase.READY


def test_what_a_network_has_learnt_is_known_of_any_file(here: set[str], tmp_path: Path) -> None:
    for name, learnt in {"mine.pth": 1_234_567, "old.pth": 0}.items():
        path = tmp_path / name
        path.write_bytes(bytes(1000))
        state = Run(model=str(path)).to_end().loader.state
        assert (state.learnt, state.summary) == (learnt, FakeTagger.title)
    assert state.size == 1000


# --- a network that PyTorch must convert first, where PyTorch is not installed


@pytest.fixture
def unconverted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done about PyTorch, which is missing at first."""
    done: list[str] = []

    class Needy(FakeTagger):
        def __init__(self, *wanted: Any) -> None:
            if not done:
                raise PackagesMissingError("This needs torch.")
            super().__init__(*wanted)

    def install(progress: Callable[[float], None]) -> None:
        progress(0.5)
        done.append("installed")

    monkeypatch.setattr(tagger, "AudioTagger", Needy)
    monkeypatch.setattr(model_loader, "install_training", install)
    return done


def test_pytorch_is_installed_where_a_network_needs_it(unconverted: list[str]) -> None:
    run = Run(model="starter").to_end()
    assert unconverted == ["installed"] and run.ready == ["starter"]
    assert "PyTorch, which is not installed yet" in str(run.notices[0])
    assert run.loader.state.fetching == ""


def test_pytorch_is_installed_to_measure_what_is_best(
    unconverted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(*_: object) -> Choice:
        if not unconverted:
            raise PackagesMissingError("This needs torch.")
        return Choice("starter", "best: starter.")

    monkeypatch.setattr(model_loader, "choose", choose)
    run = Run(model="best").to_end()
    assert unconverted == ["installed"] and run.ready == ["starter"]
    assert run.notices[1:] == ["best: starter."]


def test_offline_pytorch_is_not_installed(unconverted: list[str]) -> None:
    run = Run(model="starter", offline=True).to_end()
    assert unconverted == [] and run.ready == []
    assert "the setting offline forbids to fetch PyTorch" in run.loader.state.reason


def test_where_pytorch_cannot_be_installed_the_reason_is_told(
    unconverted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(_: Callable[[float], None]) -> None:
        raise InstallationError("PyTorch could not be installed.")

    monkeypatch.setattr(model_loader, "install_training", install)
    run = Run(model="starter").to_end()
    assert run.loader.state.phase is ModelPhase.FAILED
    assert run.loader.state.reason == "PyTorch could not be installed."
