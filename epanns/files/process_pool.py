"""Recordings scored by several processes on this machine; one that dies costs its file a new start.

Each worker process gets one file at a time through a pipe of its own and sends back what
epanns.files.tagging.tag_file yields. So a decoder that crashes on a file, or a worker that is
killed, takes nothing with it but what it was doing: the file is given to a new worker.
"""

import faulthandler
import multiprocessing
import signal
import threading
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NamedTuple

from epanns.console import own_stderr, tell
from epanns.errors import EpannsError, WeightsError, reason
from epanns.files.tagging import PartialScores, RecordingTags, ScoringPlan, failed, tag_file
from epanns.runtimes.huge_pages import ask_for_huge_pages

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
        WorkersError: no process can be started.
    """
    team = _Pool(deque(paths), plan, workers)
    try:
        yield from team.work()
    finally:
        team.dismiss()


class _PoolWorker:
    """A process that scores files.

    Attributes:
        connection: what it says; closed at the other end once it is dead.
        ready: whether it has opened the network.
        path: the file it is at, if any.
    """

    def __init__(self, plan: ScoringPlan) -> None:
        # Not forked: the threads of libraries would not come along, their locks would.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.ready = False
        self.path: Path | None = None
        self._process = context.Process(target=_serve, args=(theirs, plan), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, path: Path) -> None:
        """Give it a file."""
        self.path = path
        with suppress(OSError):  # it is dead, which is noticed when it is listened to
            self.connection.send(path)

    def end(self) -> None:
        """End the process, whatever it is at."""
        self._process.kill()
        self._process.join()
        self.connection.close()


class _Pool:
    """The workers, and the files that wait for them."""

    def __init__(self, waiting: "deque[Path]", plan: ScoringPlan, size: int) -> None:
        self._waiting, self._plan, self._size = waiting, plan, size
        self._workers: list[_PoolWorker] = []
        self._opened = False  # whether any worker has opened the network
        self._unborn = 0  # workers that died before
        self._died: Counter[Path] = Counter()  # workers that each file has cost

    def work(self) -> Iterator[tuple[Path, PartialScores | RecordingTags]]:
        """What the workers say, until all is done."""
        self._hire()
        while self._workers:
            speaking = wait([worker.connection for worker in self._workers])
            for worker in [each for each in self._workers if each.connection in speaking]:
                try:
                    message = worker.connection.recv()
                except (EOFError, OSError):
                    yield from self._bury(worker)
                else:
                    yield from self._hear(worker, message)
            self._hire()

    def dismiss(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.end()

    def _hire(self) -> None:
        """Start as many workers as are of use; one until it is known that the network opens."""
        size = self._size if self._opened else 1
        starting = sum(not worker.ready for worker in self._workers)
        for _ in range(min(size - len(self._workers), len(self._waiting) - starting)):
            self._workers.append(_PoolWorker(self._plan))

    def _hear(
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
            self._workers.remove(worker)
            worker.end()

    def _bury(self, worker: _PoolWorker) -> Iterator[tuple[Path, PartialScores | RecordingTags]]:
        """A worker is dead: its file is done anew, unless it has cost one before."""
        self._workers.remove(worker)
        worker.end()
        path = worker.path
        if path is None:
            self._unborn += 1
            if self._unborn == STARTS:
                raise ProcessPoolError(
                    "No worker process can be started; there may be too little memory."
                )
            return
        self._died[path] += 1
        if self._died[path] < TRIES:
            self._waiting.appendleft(path)
        else:
            yield (
                path,
                failed(
                    f"{path} ended the process that read it {TRIES} times: memory ran out, or it"
                    " makes its decoder crash."
                ),
            )


def _serve(connection: Connection, plan: ScoringPlan) -> None:
    """What a worker process does: score one file after the other until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the program, which ends workers
    own_stderr()  # decoders grumble there about every odd file
    faulthandler.disable()  # a crash is told by the program, in a sentence
    from epanns.tagger import AudioTagger  # only here: the program itself scores nothing

    try:
        tagger = AudioTagger(plan.model)
    except Exception as error:  # whatever it is, it would befall every worker
        connection.send(WorkerRefused(reason(error)))
        return
    connection.send(WorkerReady(tagger.remark))
    threading.Thread(target=ask_for_huge_pages, daemon=True).start()
    with suppress(EOFError, OSError):  # the program has gone
        while True:
            for message in tag_file(connection.recv(), tagger, plan):
                connection.send(message)
