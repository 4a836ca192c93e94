"""scripts/bench: its statistics, its counts, and that it runs."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts"))

from benchmarks import (  # noqa: E402 - found by the path above
    __main__ as bench,
)
from benchmarks import (  # noqa: E402
    ceiling,
    cost,
    files,
    live,
    machine,
    networks,
    report,
    work,
)
from benchmarks.material import STANDIN, Material  # noqa: E402
from benchmarks.rounds import Row, Section, digits, interleave, ratios  # noqa: E402
from epanns.conversion import cnn14_graph  # noqa: E402
from epanns.files.tagging import RecordingTags, ScoringPlan  # noqa: E402
from epanns.networks.cnn14_layers import CNN14_WIDTHS, EPANNS_WIDTHS  # noqa: E402
from epanns.tagger import AudioTagger  # noqa: E402
from tests.support.golden import standin  # noqa: E402
from tests.support.own_network import keep_converted  # noqa: E402

SECOND = 101  # frames
TEN_SECONDS = 1001


@pytest.fixture
def busy_child() -> Iterator["subprocess.Popen[bytes]"]:
    """A program that uses a core until the test is over."""
    if not Path("/proc/stat").exists():
        pytest.skip("only Linux tells what other programs use")
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield child
    child.kill()
    child.wait()


# --- rounds


def test_contenders_are_called_by_turns_forwards_and_backwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("benchmarks.rounds.TURN", 0.0)
    calls: list[str] = []
    contenders = {name: lambda name=name: calls.append(name) for name in "abc"}
    seconds = interleave(contenders, 2)
    assert "".join(calls) == "aabbcc" + "aaabbbccc" + "cccbbbaaa"
    assert {name: len(each) for name, each in seconds.items()} == {"a": 2, "b": 2, "c": 2}
    assert all(each > 0 for name in seconds for each in seconds[name])


def test_ratios_are_those_of_each_round_and_not_of_the_medians() -> None:
    # The machine was three times as slow in the second round, for both.
    found = ratios([2.0, 6.6, 2.1], [1.0, 3.0, 1.0])
    assert found == pytest.approx([2.0, 2.2, 2.1])
    assert Row("", "x", found).median == pytest.approx(2.1)


@pytest.mark.parametrize(
    ("row", "goal", "met"),
    [
        (Row("speed", "x", [2.4, 2.6, 9.0], at_least=2.5), ">= 2.5", True),
        (Row("speed", "x", [2.4, 2.4, 9.0], at_least=2.5), ">= 2.5", False),
        (Row("memory", "MB", [290, 300, 310], at_most=300), "<= 300", True),
        (Row("memory", "MB", [301], at_most=300), "<= 300", False),
        (Row("time", "ms", [1.0]), "", None),
        (Row("difference", "", [math.inf], at_most=1e-5), "<= 1e-05", False),
    ],
)
def test_the_median_meets_its_goal_or_not(row: Row, goal: str, met: bool | None) -> None:
    assert (row.goal, row.met) == (goal, met)


def test_a_row_as_json_has_its_spread_and_every_round() -> None:
    assert Row("speed", "x", [3.0, 1.0, 2.5], at_least=2.5).as_json() == {
        "name": "speed", "unit": "x", "median": 2.5, "low": 1.0, "high": 3.0,
        "rounds": [3.0, 1.0, 2.5], "goal": ">= 2.5", "met": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (117.42, "117"), (19.04, "19.0"), (0.3214, "0.321"), (3.94e-7, "3.9e-07")],
)
def test_figures_have_three_digits(value: float, text: str) -> None:
    assert digits(value) == text


# --- work


@pytest.mark.parametrize(
    ("widths", "frames", "billions"),
    [
        (EPANNS_WIDTHS, SECOND, 1.24),
        (CNN14_WIDTHS, SECOND, 1.97),
        # Published counts for 10 s are 13.47 and 21.09, the spectrum as a convolution included:
        # 1.05 more.
        (EPANNS_WIDTHS, TEN_SECONDS, 13.47 - 1.05),
        (CNN14_WIDTHS, TEN_SECONDS, 21.09 - 1.05),
    ],
)
def test_multiply_accumulates_are_the_known_ones(
    widths: tuple[int, ...], frames: int, billions: float
) -> None:
    counted = work.multiply_accumulates(widths, 2048, frames)
    assert counted / 1e9 == pytest.approx(billions, abs=0.01)


def test_a_plain_graph_does_what_the_definition_says_besides_mel_bands_and_pooling() -> None:
    network = standin.build()
    performed = work.performed(cnn14_graph.build(network, plain=True), SECOND)
    nominal = work.multiply_accumulates(standin.NARROW_WIDTHS, standin.NARROW_EMBEDDING, SECOND)
    assert performed == pytest.approx(nominal + 513 * 64 * SECOND, rel=0.01)


def test_a_fast_graph_does_less_than_the_definition() -> None:
    widths = (64, 64, 64, 64, 64, 64, 16, 16, 16, 16, 16, 16)
    network = standin.build(widths, 32)
    nominal = work.multiply_accumulates(widths, 32, SECOND)
    assert nominal / 2 < work.performed(cnn14_graph.build(network), SECOND) < nominal


# --- ceiling


def test_without_a_compiler_onnx_runtime_shows_the_ceiling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr("benchmarks.rounds.TURN", 0.0)
    section = ceiling.measure(Material(tmp_path), 1)
    assert "ONNX Runtime on a large convolution" in section.notes[0]
    assert all(row.median > 0 for row in section.rows)


def test_without_a_kernel_that_compiles_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "false")
    assert "ONNX Runtime" in ceiling.open_kernel(tmp_path).made_of


# --- machine


def test_the_machine_is_described() -> None:
    described = machine.describe()
    assert set(described) == {
        "processor", "extensions", "cores", "memory_gb", "system", "python", "versions",
        "load_average", "warning",
    }  # fmt: skip
    assert set(described["extensions"]) == {"AVX2", "AVX-512", "VNNI", "bf16"}
    assert {"numpy", "onnxruntime", "torch"} <= set(described["versions"])
    assert described["processor"]
    assert described["cores"] >= 1
    json.dumps(described)


@pytest.mark.parametrize(("load", "busy"), [(0.0, False), (0.2, False), (1.5, True)])
def test_a_busy_machine_is_warned_of(
    load: float, busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (load, 0.0, 0.0))
    assert ("busy" in machine.describe()["warning"]) is busy


def test_the_time_of_other_programs_is_counted_until_they_are_ended_children(
    busy_child: "subprocess.Popen[bytes]",
) -> None:
    before = machine.others()
    while live.usage(busy_child.pid).cpu < 0.5:
        assert busy_child.poll() is None
    spent = machine.others() - before
    assert spent > 0.3
    busy_child.kill()
    busy_child.wait()
    assert machine.others() - before < spent


# --- cost, live, report


def test_the_cost_table_multiplies_time_by_rate() -> None:
    table = cost.markdown([0.01, 0.02, 0.05, 0.1]).splitlines()
    assert table[2] == "| 1 s | 10.0 ms | 1 % | 2 % | 5 % | 10 % | 20 % |"
    assert table[5] == "| 10 s | 100.0 ms | 10 % | 20 % | 50 % | 100 % | 200 % |"
    assert len({line.count("|") for line in table}) == 1


def test_the_cost_is_drawn(tmp_path: Path) -> None:
    rows = [Row(f"update, {length} s", "ms", [10.0 * length]) for length in cost.SEGMENTS]
    cost.plot(Section("", rows), tmp_path / "cost.png")
    assert (tmp_path / "cost.png").read_bytes().startswith(b"\x89PNG")


def test_usage_of_a_process_is_read(busy_child: "subprocess.Popen[bytes]") -> None:
    first = live.usage(busy_child.pid)
    while (then := live.usage(busy_child.pid)).cpu == first.cpu:
        assert busy_child.poll() is None
    assert first.cpu < then.cpu
    assert 1 < then.resident <= then.peak


def test_a_table_shows_figure_spread_goal_and_whether_it_is_met() -> None:
    section = Section("Speed", [Row("eager / ours", "x", [2.0, 3.0, 2.4], at_least=2.5)], ["Why."])
    console = Console(width=100)
    with console.capture() as captured:
        report.show(console, section)
    text = captured.get()
    for part in ("Speed", "eager / ours", "2.40 x", "2.00 to 3.00", ">= 2.5", "no", "Why."):
        assert part in text


# --- files


@pytest.fixture
def narrow(tmp_path: Path) -> Material:
    """Material with a network that takes next to no time."""
    torch.save(standin.build().state_dict(), tmp_path / STANDIN)
    keep_converted(tmp_path / STANDIN)
    return Material(tmp_path)


def test_files_are_measured_on_every_number_of_cores(
    narrow: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FOLDERS", ((4, 2),))
    threads = torch.get_num_threads()
    section = files.measure(narrow, 1)
    assert torch.get_num_threads() == threads
    small = [row for row in section.rows if row.goal == ">= 6"]
    assert [row.name for row in small] == ["  E-PANNs' size / it, by turns"]
    at = section.rows.index(small[0])
    rows = [row for row in section.rows if row not in section.rows[at - 1 : at + 1]]
    assert len(rows) == 3 * len(files.CORES)
    for ours, loop, ratio in zip(*(rows[i::3] for i in range(3)), strict=True):
        assert len(ours.rounds) == len(loop.rounds) == 1
        assert 0 < ours.median < math.inf
        assert ratio.rounds == pytest.approx(
            [a / b for a, b in zip(ours.rounds, loop.rounds, strict=True)]
        )
        assert ratio.goal == ">= 3"


def test_the_plain_loop_has_the_scores_of_tag(narrow: Material, tmp_path: Path) -> None:
    paths = files.write(tmp_path / "four", narrow.sample, 4, 3)
    tagger = AudioTagger(narrow.checkpoint)
    for path in paths:
        *_, tags = ScoringPlan().run(path, tagger)
        assert isinstance(tags, RecordingTags)
        assert tags.segments == 3
        mean, highest, whole = files.plain(narrow.network, path)
        assert mean == pytest.approx(tags.mean, abs=1e-3)
        assert highest == pytest.approx(tags.max, abs=1e-3)
        assert whole == pytest.approx(tags.at_once, abs=1e-3)


# --- networks


def test_architectures_are_measured_against_pytorch_and_epanns(
    narrow: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.rounds.TURN", 0.0)
    monkeypatch.setattr(networks, "NAMES", ("efficientat", "yamnet"))
    section = networks.measure(narrow, 1)
    goals = [(row.name, row.goal) for row in section.rows]
    assert goals == [
        ("efficientat: eager / live", ">= 1"), ("  E-PANNs / it, both live", ">= 25"),
        ("yamnet: eager / live", ">= 1"), ("  E-PANNs / it, both live", ""),
    ]  # fmt: skip
    _, _, *lines = section.notes[1].splitlines()
    assert [line.split(" | ")[0] for line in lines] == ["| efficientat", "| yamnet"]


# --- all of it


def test_bench_measures_the_ceiling_and_writes_json(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    command = [sys.executable, str(ROOT / "scripts/benchmarks")]
    flags = ["--only", "ceiling", "--rounds", "1", "--json", str(path)]
    result = subprocess.run([*command, *flags], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "fp32 ceiling" in result.stdout
    written = json.loads(path.read_text())
    assert written["machine"]["cores"] >= 1
    assert list(written["sections"]) == ["ceiling"]
    for row in written["sections"]["ceiling"]["rows"]:
        assert row["median"] > 0
        assert len(row["rounds"]) == 1


def test_bench_refuses_a_subject_that_is_none() -> None:
    command = [sys.executable, str(ROOT / "scripts/benchmarks"), "--only", "nonsense"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "nonsense" in result.stderr


# --- being asked to end


def test_the_program_that_is_measured_ends_with_a_benchmark_that_is_asked_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = []

    def measure(*_: object) -> Section:
        with live._program(os.environ, ("--source", "sample"), tmp_path / "said") as program:
            programs.append(program)
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
        return Section("", [])

    monkeypatch.setattr(sys, "argv", ["bench", "--only", "live"])
    monkeypatch.setattr(bench, "_measure", measure)
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:
            bench.main()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 143
    assert programs[0].poll() is not None
