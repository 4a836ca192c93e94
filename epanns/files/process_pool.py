"""Recordings scored by several processes on this machine; one that dies costs its file a new start.

Each worker process gets one file at a time through a pipe of its own and sends back what
epanns.files.tagging.tag_file yields. So a decoder that crashes on a file, or a worker that is
killed, takes nothing with it but what it was doing: the file is given to a new worker.
"""

import faulthandler
import signal
import threading
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from epanns.console import own_stderr, tell
from epanns.errors import EpannsError, WeightsError, reason
from epanns.files.tagging import PartialScores, RecordingTags, ScoringPlan, failed, tag_file
from epanns.isolated import Answer, Channel, Ended, Failure, IsolatedProcess
from epanns.networks import registry
from epanns.runtimes.huge_pages import ask_for_huge_pages

SERVE = "epanns.files.process_pool:serve"
TRIES = 2  # processes that a file may cost before it is given up
STARTS = 3  # processes that may die before they have opened the network


class WorkerReady(NamedTuple):
    """A worker has opened the network.

    Attributes:
        remark: what the user should know about that, "" for nothing.
    """

    remark: str


class WorkerRefused(NamedTuple):
    """A worker cannot open the network, and why."""

    why: str


class ProcessPoolError(EpannsError):
    """No worker process can be started."""


def tag_files(
    paths: Iterable[Path], plan: ScoringPlan, workers: int = 1
) -> Generator[tuple[Path, PartialScores | RecordingTags], None, None]:
    """Score recordings in processes of their own.

    Args:
        paths: the files.
        plan: what to do with each of them.
        workers: how many processes.

    Yields:
        What epanns.files.tagging.tag_file yields for a file, with the file, those of several files
        mingled, each one's own in their order. Where a worker died its file begins anew.

    Raises:
        WeightsError: the network cannot be opened.
        ProcessPoolError: no process can be started.
    """
    pool = _Pool(deque(paths), plan, workers)
    try:
        yield from pool.work()
    finally:
        pool.stop()


class _PoolWorker:
    """A process that scores files.

    Attributes:
        process: the process.
        ready: whether it has opened the network.
        path: the file it is at, if any.
    """

    def __init__(self, plan: ScoringPlan, messages: "SimpleQueue[tuple[IsolatedProcess, Any]]"):
        """Start it; what it says goes into the queue."""
        self.ready = False
        self.path: Path | None = None
        self.process = IsolatedProcess(SERVE, plan, modules=registry.modules(), quiet=False)
        self.process.listen(messages)

    def begin(self, path: Path) -> None:
        """Give it a file."""
        self.path = path
        self.process.send(path)


class _Pool:
    """The workers, and the files that wait for them."""

    def __init__(self, waiting: "deque[Path]", plan: ScoringPlan, size: int) -> None:
        self._waiting, self._plan, self._size = waiting, plan, size
        self._workers: dict[IsolatedProcess, _PoolWorker] = {}
        self._messages: SimpleQueue[tuple[IsolatedProcess, Any]] = SimpleQueue()
        self._opened = False  # whether any worker has opened the network
        self._failed_starts = 0  # workers that died before
        self._cost: Counter[Path] = Counter()  # workers that each file has cost

    def work(self) -> Iterator[tuple[Path, PartialScores | RecordingTags]]:
        """What the workers say, until all is done."""
        self._start_workers()
        while self._workers:
            process, message = self._messages.get()
            worker = self._workers.get(process)
            if worker is None:  # it was ended; this was still on its way
                continue
            if isinstance(message, Failure) and not worker.ready:
                raise ProcessPoolError(message.sentence)
            if isinstance(message, Ended | Answer | Failure):
                yield from self._died(worker)
            else:
                yield from self._received(worker, message)
            self._start_workers()

    def stop(self) -> None:
        """End all workers."""
        for process in self._workers:
            process.end()

    def _start_workers(self) -> None:
        """Start as many workers as are of use; one until it is known that the network opens."""
        size = self._size if self._opened else 1
        starting = sum(not worker.ready for worker in self._workers.values())
        for _ in range(min(size - len(self._workers), len(self._waiting) - starting)):
            worker = _PoolWorker(self._plan, self._messages)
            self._workers[worker.process] = worker

    def _received(
        self,
        worker: _PoolWorker,
        message: PartialScores | RecordingTags | WorkerReady | WorkerRefused,
    ) -> Iterator[tuple[Path, PartialScores | RecordingTags]]:
        if isinstance(message, WorkerRefused):
            raise WeightsError(message.why)
        if isinstance(message, WorkerReady):
            if message.remark and not self._opened:
                tell(message.remark)
        elif worker.path is not None:
            yield worker.path, message
        if isinstance(message, PartialScores):
            return
        self._opened = worker.ready = True
        if self._waiting:
            worker.begin(self._waiting.popleft())
        else:
            self._end(worker)

    def _end(self, worker: _PoolWorker) -> None:
        del self._workers[worker.process]
        worker.process.end()

    def _died(self, worker: _PoolWorker) -> Iterator[tuple[Path, PartialScores | RecordingTags]]:
        """A worker is dead: its file is done anew, unless it has cost one before."""
        self._end(worker)
        path = worker.path
        if path is None:
            self._failed_starts += 1
            if self._failed_starts == STARTS:
                raise ProcessPoolError(
                    "No worker process can be started; there may be too little memory."
                )
            return
        self._cost[path] += 1
        if self._cost[path] < TRIES:
            self._waiting.appendleft(path)
        else:
            yield (
                path,
                failed(
                    f"{path} ended the process that read it {TRIES} times: memory ran out, or it"
                    " makes its decoder crash."
                ),
            )


def serve(channel: Channel, plan: ScoringPlan) -> None:
    """What a worker process does: score one file after the other until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the program, which ends workers
    own_stderr()  # decoders grumble there about every odd file
    faulthandler.disable()  # a crash is told by the program, in a sentence
    from epanns.tagger import AudioTagger  # only here: the program itself scores nothing

    try:
        tagger = AudioTagger(plan.model)
    except Exception as error:  # whatever it is, it would befall every worker
        channel.send(WorkerRefused(reason(error)))
        return
    channel.send(WorkerReady(tagger.remark))
    threading.Thread(target=ask_for_huge_pages, daemon=True).start()
    with suppress(EOFError, OSError):  # the program has gone
        while True:
            for message in tag_file(channel.receive(), tagger, plan):
                channel.send(message)
