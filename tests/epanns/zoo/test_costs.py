"""What networks cost here: measured as the live program scores, and noted for this computer."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from epanns.conversion import cache, opening
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.networks.yamnet import YAMNET
from epanns.runtimes import processor
from epanns.zoo import costs
from epanns.zoo.catalogue import WeightsFile, resolve
from tests.support.golden import standin
from tests.support.published import use_models

WEIGHTS = WeightsFile(Path("weights.pth"), "weights", None, "abc")
HOP = SAMPLE_RATE // 10


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for weights and notes."""
    use_models(monkeypatch, tmp_path)
    return tmp_path


# --- notes


def test_what_is_noted_is_known_from_then_on(models: Path) -> None:
    assert costs.noted("abc") is None
    costs.note("abc", 0.0125)
    costs.note("def", 1e-4)
    assert (costs.noted("abc"), costs.noted("def"), costs.noted("ghi")) == (0.0125, 1e-4, None)
    costs.note("abc", 0.5)
    assert costs.noted("abc") == 0.5
    assert [path.name for path in models.iterdir()] == [costs.FILE]


@pytest.mark.parametrize("change", ["processor", "onnxruntime", "graphs"])
def test_figures_of_another_computer_or_program_are_not_shown(
    models: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    costs.note("abc", 0.0125)
    with pytest.MonkeyPatch.context() as other:
        if change == "processor":
            (models / "cpuinfo").write_text("model name : AMD EPYC\n")
            other.setattr(processor, "CPUINFO", models / "cpuinfo")
        elif change == "onnxruntime":
            other.setattr(costs, "version", lambda _: "0.1")
        else:
            other.setattr(cache, "FORMAT", cache.FORMAT + 1)
        assert costs.noted("abc") is None
        costs.note("abc", 3.0)
        assert costs.noted("abc") == 3.0
    assert costs.noted("abc") == 0.0125, "both are kept"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"3", b"\xff\xfe", b"[" * 100_000, b'{"COMPUTER": 3}', b'{"COMPUTER": []}']
    + [
        b'{"COMPUTER": {"abc": %s}}' % value
        for value in (b'"fast"', b"null", b"true", b"[]", b"-0.5", b"0.0", b"NaN", b"Infinity")
    ],
)
def test_damaged_notes_are_none_and_can_be_written_over(models: Path, content: bytes) -> None:
    path = models / costs.FILE
    path.write_bytes(content.replace(b"COMPUTER", costs._computer().encode()))
    assert costs.noted("abc") is None
    costs.note("abc", 0.25)
    assert costs.noted("abc") == 0.25 and json.loads(path.read_text())


def test_a_folder_that_cannot_be_written_to_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    use_models(monkeypatch, tmp_path / "file")
    with pytest.raises(OSError):
        costs.note("abc", 0.25)
    assert costs.noted("abc") is None


# --- measuring


class ScriptedRuntime:
    """Stands for a converted network: each update takes the next time of a script."""

    def __init__(self, script: Iterator[float], architecture: Any) -> None:
        self.architecture = architecture
        self.calls: list[tuple[NDArray[np.float32], int | None]] = []
        self.now = 0.0
        self._script = script

    def run(self, waveforms: NDArray[np.float32], start: int | None) -> None:
        self.calls.append((waveforms, start))
        self.now += next(self._script)


def measured(
    monkeypatch: pytest.MonkeyPatch, script: Iterator[float], architecture: Any
) -> tuple[float, ScriptedRuntime]:
    runtime = ScriptedRuntime(script, architecture)
    monkeypatch.setattr(opening, "open_converted", lambda *_, **__: runtime)
    clock = SimpleNamespace(perf_counter=lambda: runtime.now, monotonic=lambda: runtime.now)
    monkeypatch.setattr(costs, "time", clock)
    return costs.measure(WEIGHTS), runtime


def test_the_median_of_the_quickest_round_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    warm_up = [0.3] * costs.WARM_UP
    busy = [0.04] * costs.UPDATES
    quick = [0.01] * (costs.UPDATES - 2) + [0.2, 0.3]  # two were held up
    script = iter([*warm_up, *busy, *quick, *[0.02] * 100])
    seconds, runtime = measured(monkeypatch, script, SimpleNamespace(sample_rate=SAMPLE_RATE))
    assert seconds == pytest.approx(0.01)
    assert len(runtime.calls) <= costs.WARM_UP + costs.ROUNDS * costs.UPDATES


def test_a_slow_network_is_measured_in_one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = iter([2.0] * 100)
    seconds, runtime = measured(monkeypatch, slow, SimpleNamespace(sample_rate=SAMPLE_RATE))
    assert seconds == pytest.approx(2.0)
    assert len(runtime.calls) == costs.WARM_UP + costs.UPDATES


def test_segments_overlap_as_they_do_live(monkeypatch: pytest.MonkeyPatch) -> None:
    _, runtime = measured(monkeypatch, iter([0.01] * 100), SimpleNamespace(sample_rate=SAMPLE_RATE))
    starts = [start for _, start in runtime.calls]
    assert starts == [HOP * number for number in range(len(starts))]
    for (before, _), (after, _) in zip(runtime.calls[:8], runtime.calls[1:9], strict=True):
        assert before.shape == after.shape == (1, SAMPLE_RATE) and before.dtype == np.float32
        np.testing.assert_array_equal(before[:, HOP:], after[:, :-HOP])


def test_a_network_of_another_rate_pays_for_resampling(monkeypatch: pytest.MonkeyPatch) -> None:
    _, runtime = measured(monkeypatch, iter([0.01] * 100), YAMNET)
    assert {(found.shape, start) for found, start in runtime.calls} == {((1, 16000), None)}


def test_a_network_that_is_not_converted_yet_is_converted(models: Path) -> None:
    path = models / "narrow.pth"
    torch.save(standin.build().state_dict(), path)
    file = resolve(path)
    assert 0 < costs.measure(file) < 60
    assert cache.find(path, "fp32") is not None
