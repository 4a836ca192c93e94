"""Work spread over all cores."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

Result = TypeVar("Result")

ROUND = 200  # pieces of work handed out at a time


def on_all_cores(
    function: Callable[..., Result],
    work: Iterable[tuple[Any, ...]],
    prepare: Callable[..., None] | None = None,
    arguments: tuple[Any, ...] = (),
) -> Iterator[Result]:
    """What a function of a module gives for each tuple of arguments, in their order.

    `work` is taken in rounds and in the thread that asks for results, so it may read what these are
    written to.

    Args:
        function: called in other processes.
        work: its arguments.
        prepare: called once in each of the processes before.
        arguments: with these.
    """
    left = iter(work)
    if not (some := list(islice(left, ROUND))):
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(os.cpu_count(), prepare, arguments) as pool:
        while some:
            yield from pool.starmap(function, some)
            some = list(islice(left, ROUND))
