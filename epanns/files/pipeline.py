"""The pipeline of tag, embed and detect: from files to an output.

    find ─► pool of workers (process_pool or dask_cluster) ─► task of each recording ─► output

The network is opened in the workers only: the first of them says which network it is, and with that
the task and the output are made.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from epanns.console import tell
from epanns.files.outputs.output import RecordingOutput
from epanns.files.progress import RecordingsProgress
from epanns.files.task import (
    RecordingFailure,
    RecordingPart,
    RecordingTask,
    Result,
    WorkerPool,
)
from epanns.formatting import duration
from epanns.prediction import NetworkInfo


@contextmanager
def opened(model: str, workers: int, dask: str | None) -> Iterator[tuple[WorkerPool, NetworkInfo]]:
    """Workers with a network, until the context ends, and which network it is.

    Args:
        model: a name from the zoo or the path of a weights file.
        workers: how many processes.
        dask: the address of a Dask scheduler, "local" for one that is started here, or None for
            processes without Dask.

    Raises:
        WeightsError: the network cannot be opened.
        EpannsError: there are no workers.
    """
    with closing(_pool(model, workers, dask)) as pool:
        ready = pool.ready()
        if ready.remark:
            tell(ready.remark)
        yield pool, ready.network


def work(
    files: Sequence[Path],
    task: RecordingTask[Result],
    output: RecordingOutput[Result],
    pool: WorkerPool,
) -> int:
    """Work on the recordings that an output does not hold yet; report progress and the end.

    Args:
        files: the recordings.
        task: what to do with each of them.
        output: where the results go; it is closed at the end, also after an error.
        pool: the workers.

    Returns:
        How many recordings could not be read.

    Raises:
        OutputError: the output cannot be written.
        OSError: standard output cannot; BrokenPipeError where no program reads it any more.
        EpannsError: the workers cannot go on.
    """
    began = time.monotonic()
    failures, seconds = 0, 0.0
    with closing(output):
        to_do = [path for path in files if not output.holds(path)]
        if len(to_do) < len(files):
            tell(f"{len(files) - len(to_do)} of {len(files)} recordings are done already.")
        messages = pool.run(task, to_do)
        with closing(messages), RecordingsProgress(to_do) as progress:
            for path, message in messages:
                if isinstance(message, RecordingPart):
                    progress.part(path, message.seconds, message.share)
                    if message.scores is not None:
                        output.add(path, message.scores)
                elif isinstance(message, RecordingFailure):
                    output.fail(path, message.error)
                    progress.finish(path, 0.0)
                    _tell_line(message.error)
                    failures += 1
                else:
                    output.finish(path, message)
                    progress.finish(path, message.seconds)
                    for sentence in message.warnings:
                        _tell_line(sentence)
                    seconds += message.seconds
    _tell_end(len(to_do) - failures, seconds, time.monotonic() - began)
    if failures:
        tell(f"{failures} of {len(to_do)} recordings could not be read.")
    return failures


def _pool(model: str, workers: int, dask: str | None) -> WorkerPool:
    if dask:
        from epanns.files.dask_cluster import DaskPool

        return DaskPool(model, dask, workers)
    from epanns.files.process_pool import ProcessPool

    return ProcessPool(model, workers)


def _tell_line(sentence: str) -> None:
    """Say a sentence on one line: names of files may hold anything."""
    tell(" ".join(sentence.splitlines()))


def _tell_end(recordings: int, seconds: float, taken: float) -> None:
    """Say how much was done, and how fast."""
    if recordings:
        pace = seconds / max(taken, 0.01)
        tell(
            f"{recordings} {'recording' if recordings == 1 else 'recordings'},"
            f" {duration(seconds)} of sound, in {duration(taken)}: {pace:.0f} times real time."
        )
