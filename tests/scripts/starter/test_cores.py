"""Work spread over all cores: its results, in its order, and when more work is asked for."""

import math
import os
from collections.abc import Iterator

import pytest

from starter import cores


def test_results_come_in_the_order_of_the_work_from_other_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cores, "ROUND", 3)
    taken: list[int] = []

    def work() -> Iterator[tuple[int, int]]:
        for number in range(8):
            taken.append(number)
            yield number, 2

    found = cores.on_all_cores(math.pow, work())
    assert next(found) == 0 and taken == [0, 1, 2], "a round at a time"
    assert list(found) == [1, 4, 9, 16, 25, 36, 49]
    assert os.getpid() not in set(cores.on_all_cores(os.getpid, [()] * 4))


def test_without_work_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "multiprocessing", None)
    assert not list(cores.on_all_cores(math.pow, []))
