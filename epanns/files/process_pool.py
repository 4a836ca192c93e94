"""Worker processes on this machine; where one dies, its recording is started again.

Each worker opens the network and then gets one recording at a time through a pipe of its own. So
where a decoder crashes on a file, or a worker is killed, only the work on one recording is lost:
the recording is given to a new worker.
"""

import faulthandler
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Generator, Iterable
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from epanns.child_process import Answer, Channel, ChildProcess, Ended, Failure
from epanns.console import own_stderr
from epanns.errors import EpannsError, WeightsError, reason, writable
from epanns.files.task import (
    Message,
    RecordingFailure,
    RecordingPart,
    RecordingTask,
    Result,
    WorkerReady,
    run_task,
)
from epanns.networks import registry
from epanns.runtimes.heap import keep_freed_memory
from epanns.runtimes.huge_pages import ask_for_huge_pages

SERVE = "epanns.files.process_pool:serve"
TRIES = 2  # processes that may die on a recording before it is given up
STARTS = 3  # processes that may die before they have opened the network
PATIENCE = 300.0  # seconds without news of a recording until it is given up
TICK = 1.0  # seconds; a program that stands still for longer lets workers wait no longer than that
MESSAGES_AHEAD = 64  # what workers may have said before they wait for it to be written


class ProcessPoolError(EpannsError):
    """No worker process can be started."""


class _PoolWorker:
    """A worker process, as the program sees it.

    Args:
        model: the network that it opens.
        messages: the queue that its messages are put into.

    Attributes:
        process: the process.
        ready: whether it has opened the network.
        path: the recording that it works on, if any.
        waited: the seconds without news of that recording.
    """

    def __init__(self, model: str, messages: "Queue[tuple[ChildProcess, Any]]") -> None:
        self.ready = False
        self.path: Path | None = None
        self.waited = 0.0
        modules = registry.modules()
        self.process = ChildProcess(SERVE, model, channel=True, modules=modules, quiet=False)
        self.process.listen(messages)

    def begin(self, task: RecordingTask[Any], path: Path) -> None:
        """Give it a recording."""
        self.path, self.waited = path, 0.0
        self.process.send((task, path))


class ProcessPool:
    """Worker processes, an epanns.files.task.WorkerPool. They start when they are needed.

    Args:
        model: a name from the zoo or the path of a weights file.
        size: how many processes work at a time.
    """

    def __init__(self, model: str, size: int = 1) -> None:
        self._model, self._size = model, size
        self._workers: dict[ChildProcess, _PoolWorker] = {}
        self._messages: Queue[tuple[ChildProcess, Any]] = Queue(MESSAGES_AHEAD)
        self._ready: WorkerReady | None = None  # what the first worker said
        self._failed_starts = 0  # workers that died before they were ready
        self._waiting: deque[Path] = deque()
        self._cost: Counter[Path] = Counter()  # workers that died on each recording
        self._looked = time.monotonic()

    def ready(self) -> WorkerReady:
        """Wait until the first worker has opened the network; return its report.

        Raises:
            WeightsError: the network cannot be opened.
            ProcessPoolError: no process can be started.
        """
        while self._ready is None:
            if not self._workers:
                self._start()
            self._next()
        return self._ready

    def run(
        self, task: RecordingTask[Result], paths: Iterable[Path]
    ) -> Generator[tuple[Path, Message[Result]], None, None]:
        """Work on recordings; see WorkerPool. All workers have ended when it is done.

        Raises:
            WeightsError: the network cannot be opened.
            ProcessPoolError: no process can be started.
        """
        self._waiting, self._cost = deque(paths), Counter()
        try:
            while True:
                self._hand_out(task)
                if not self._waiting and not any(each.path for each in self._workers.values()):
                    return
                said = self._next()
                if said is not None:
                    yield said
        finally:
            self.close()

    def close(self) -> None:
        """End all workers."""
        for worker in list(self._workers.values()):
            self._end(worker)

    def _hand_out(self, task: RecordingTask[Any]) -> None:
        """Give each idle worker a recording, or end it; start as many workers as are of use.

        It is one worker until it is known that the network opens.
        """
        for worker in list(self._workers.values()):
            if worker.ready and worker.path is None:
                if self._waiting:
                    worker.begin(task, self._waiting.popleft())
                else:
                    self._end(worker)
        size = self._size if self._ready else 1
        starting = sum(not worker.ready for worker in self._workers.values())
        for _ in range(min(size - len(self._workers), len(self._waiting) - starting)):
            self._start()

    def _next(self) -> tuple[Path, Any] | None:
        """Wait a while for the next message; the message and its recording if it is about one."""
        if (late := self._late()) is not None:
            return self._given_up(late)
        try:
            process, message = self._messages.get(timeout=TICK)
        except Empty:
            return None
        worker = self._workers.get(process)
        if worker is None:  # it was ended; this was still on its way
            return None
        worker.waited = 0.0
        if isinstance(message, WeightsError):
            raise message
        if isinstance(message, Failure) and not worker.ready:
            raise ProcessPoolError(message.sentence)
        if isinstance(message, Ended | Answer | Failure):
            return self._died(worker)
        if isinstance(message, WorkerReady):
            worker.ready = True
            if self._ready is None:
                self._ready = message
            return None
        path = worker.path
        assert path is not None
        if not isinstance(message, RecordingPart):
            worker.path = None
        return path, message

    def _late(self) -> _PoolWorker | None:
        """A worker without news of its recording for too long, if there is one."""
        now = time.monotonic()
        passed, self._looked = min(now - self._looked, TICK), now
        for worker in self._workers.values():
            worker.waited += passed
        late = (each for each in self._workers.values() if each.path and each.waited > PATIENCE)
        return next(late, None)

    def _given_up(self, worker: _PoolWorker) -> tuple[Path, RecordingFailure]:
        """End a worker whose decoder may go on for ever."""
        self._end(worker)
        assert worker.path is not None
        sentence = f"{worker.path} gave nothing new for {PATIENCE:.0f} s and was given up."
        return worker.path, RecordingFailure(writable(sentence))

    def _start(self) -> None:
        worker = _PoolWorker(self._model, self._messages)
        self._workers[worker.process] = worker

    def _end(self, worker: _PoolWorker) -> None:
        del self._workers[worker.process]
        worker.process.end()

    def _died(self, worker: _PoolWorker) -> tuple[Path, RecordingFailure] | None:
        """Start the recording of a dead worker again, unless a worker died on it before."""
        self._end(worker)
        path = worker.path
        if path is None:
            self._failed_starts += not worker.ready
            if self._failed_starts == STARTS:
                raise ProcessPoolError(
                    "No worker process can be started; there may be too little memory."
                )
            return None
        self._cost[path] += 1
        if self._cost[path] < TRIES:
            self._waiting.appendleft(path)
            return None
        sentence = (
            f"{path} ended the process that read it {TRIES} times: memory ran out, or it makes its"
            " decoder crash."
        )
        return path, RecordingFailure(writable(sentence))


def serve(channel: Channel, model: str) -> None:
    """Run a worker process: work on one recording after the other until there are no more.

    Args:
        channel: gives pairs of a task and a path, and gets a WorkerReady, or a WeightsError where
            the network cannot be opened, and then all that run_task yields.
        model: a name from the zoo or the path of a weights file.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the program, which ends workers
    own_stderr()  # decoders print warnings about odd files there
    faulthandler.disable()  # a crash is told by the program, in a sentence
    keep_freed_memory()
    from epanns.tagger import AudioTagger  # only here: the program itself scores nothing

    try:
        tagger = AudioTagger(model)
    except Exception as error:  # of any kind: it would occur in every worker
        channel.send(error if isinstance(error, WeightsError) else WeightsError(reason(error)))
        return
    channel.send(WorkerReady(tagger.network, tagger.remark))
    threading.Thread(target=ask_for_huge_pages, daemon=True).start()
    with suppress(EOFError, OSError):  # the program has gone
        while True:
            task, path = channel.receive()
            for message in run_task(task, path, tagger):
                channel.send(message)
