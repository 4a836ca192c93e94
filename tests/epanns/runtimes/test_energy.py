"""Energy of updates, from counters as Linux has them in files."""

import threading
from pathlib import Path

import pytest

from epanns.runtimes.energy import EnergyMeter
from tests.support.energy_counters import counter


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return counter(tmp_path, "intel-rapl:0", "package-0", 5_000_000)


def test_an_update_takes_what_the_counter_counts_meanwhile(package: Path, tmp_path: Path) -> None:
    meter = EnergyMeter(tmp_path)
    beginning = meter.begin()
    package.write_text("5_250_000")
    assert meter.works
    assert meter.end(beginning) == pytest.approx(0.25)


def test_every_processor_counts_and_nothing_that_is_a_part_or_the_whole_machine(
    package: Path, tmp_path: Path
) -> None:
    others = [
        counter(tmp_path, zone, name, 0)
        for zone, name in (
            ("intel-rapl:1", "package-1"),
            ("intel-rapl:2", "psys"),
            ("intel-rapl:0:0", "core"),
            ("intel-rapl-mmio:0", "package-0"),
        )
    ]
    meter = EnergyMeter(tmp_path)
    beginning = meter.begin()
    package.write_text("5_100_000")
    for other in others:
        other.write_text("1_000_000")
    assert meter.end(beginning) == pytest.approx(0.1 + 1.0)


def test_a_counter_that_starts_again_from_0(tmp_path: Path) -> None:
    count = counter(tmp_path, "intel-rapl:0", "package-0", 999_990, most=999_999)
    meter = EnergyMeter(tmp_path)
    beginning = meter.begin()
    count.write_text("10")
    assert meter.end(beginning) == pytest.approx(20e-6)


def test_updates_at_the_same_time_cannot_be_told_apart(package: Path, tmp_path: Path) -> None:
    meter = EnergyMeter(tmp_path)
    first = meter.begin()
    second = meter.begin()
    assert meter.end(second) is None
    assert meter.end(first) is None
    third = meter.begin()
    assert meter.end(third) == 0.0, "alone again"


def test_without_counters_nothing_is_measured(tmp_path: Path) -> None:
    meter = EnergyMeter(tmp_path / "nowhere")
    assert not meter.works
    assert meter.end(meter.begin()) is None


@pytest.mark.parametrize("damage", ["missing", "text"])
def test_a_counter_that_cannot_be_read_is_none(package: Path, tmp_path: Path, damage: str) -> None:
    package.unlink() if damage == "missing" else package.write_text("much")
    meter = EnergyMeter(tmp_path)
    assert not meter.works
    assert meter.end(meter.begin()) is None


def test_a_counter_that_goes_away_costs_one_figure(package: Path, tmp_path: Path) -> None:
    meter = EnergyMeter(tmp_path)
    beginning = meter.begin()
    package.unlink()
    assert meter.end(beginning) is None


def test_one_that_is_patient_begins_when_the_other_has_ended(package: Path, tmp_path: Path) -> None:
    meter = EnergyMeter(tmp_path)
    first = meter.begin()
    ending = threading.Timer(0.1, lambda: meter.end(first))
    ending.start()
    assert meter.end(meter.begin(patience=20.0)) == 0.0, "alone"
    ending.join()
    assert meter.begin(patience=20.0).alone
    assert not meter.begin(patience=0.01).alone, "not for ever"
