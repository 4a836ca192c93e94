"""Workers on a Dask cluster: one on this machine, or one that is there already.

Every machine of the cluster has this project installed, and finds recordings and weights under the
same paths. Where a worker is lost, its recordings are started again on another one.
"""

import dataclasses
import logging
import os
from asyncio import CancelledError
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from epanns.console import own_stderr
from epanns.errors import EpannsError, WeightsError, cause, reason, writable
from epanns.files.task import (
    Message,
    RecordingFailure,
    RecordingResult,
    RecordingTask,
    Result,
    WorkerReady,
    run_task,
)
from epanns.networks import registry
from epanns.zoo import catalogue

if TYPE_CHECKING:
    from epanns.tagger import AudioTagger

LOCAL = "local"
CONNECT = 10  # seconds to wait for a scheduler
WORKERS = 60  # seconds to wait for the first worker
AHEAD = 2  # recordings given to the cluster for each thread it has


class ClusterError(EpannsError):
    """There is no cluster that can be worked on."""


class DaskPool:
    """Workers on a cluster, an epanns.files.task.WorkerPool.

    All messages about a recording arrive when it is done, so all that a task keeps of a few
    recordings at a time must fit into memory.

    Args:
        model: a name from the zoo or the path of a weights file, the same on every machine.
        address: of a scheduler, such as tcp://host:8786; "local" starts a cluster here.
        workers: how many processes a local cluster has.

    Raises:
        ClusterError: Dask is not installed, or there is no such cluster.
    """

    def __init__(self, model: str, address: str, workers: int = 1) -> None:
        try:
            import distributed  # noqa: F401
        except ImportError:
            raise ClusterError(
                "Dask is not installed; install it by pip install -r requirements-dask.txt."
            ) from None
        path = model if catalogue.is_published(model) else str(Path(model).absolute())
        self._network = path, registry.modules()
        self._ready: WorkerReady | None = None
        self._stack = ExitStack()
        self._client = self._stack.enter_context(_client(address, workers))

    def ready(self) -> WorkerReady:
        """Wait until the first worker has opened the network; return its report.

        Raises:
            WeightsError: the network cannot be opened.
            ClusterError: the cluster has gone, or does not find this project.
        """
        if self._ready is None:
            with _watched():
                opening = self._client.submit(_open, *self._network, pure=False)
                error = opening.exception()
                if error is not None:
                    raise _explained(error) or WeightsError(reason(error))
                self._ready = opening.result()
        return self._ready

    def run(
        self, task: RecordingTask[Result], paths: Iterable[Path]
    ) -> Generator[tuple[Path, Message[Result]], None, None]:
        """Work on recordings; see WorkerPool.

        Raises:
            WeightsError: the network cannot be opened.
            ClusterError: the cluster has gone, or does not find this project.
        """
        from distributed import as_completed

        client, waiting = self._client, iter(paths)
        path_of: dict[Any, Path] = {}
        done = as_completed()

        def give() -> None:
            """Give the cluster no more recordings than it needs: it keeps all of them."""
            while len(path_of) < AHEAD * max(sum(client.nthreads().values()), 1):
                path = next(waiting, None)
                if path is None:
                    return
                there = os.path.abspath(path)  # noqa: PTH100 (follows no links)
                future = client.submit(_run_whole, task, there, *self._network, pure=False)
                path_of[future] = path
                done.add(future)

        with _watched():
            give()
            for future in done:
                path = path_of.pop(future)
                give()
                for message in _messages(future, path):
                    yield path, message

    def close(self) -> None:
        """Leave the cluster; a local one ends."""
        self._stack.close()


@contextmanager
def _client(address: str, workers: int) -> Iterator[Any]:
    """A connection to a cluster that has workers."""
    from distributed import Client, LocalCluster

    if address == LOCAL:
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=None,
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster) as client,
        ):  # fmt: skip
            client.run(own_stderr)  # decoders print warnings about odd files there
            yield client
        return
    try:
        client = Client(address, timeout=CONNECT)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"There is no Dask scheduler at {address} ({error}); start one in the folder of this"
            " project by python -m dask scheduler."
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=WORKERS)
        except TimeoutError:
            raise ClusterError(
                f"The cluster at {address} has no workers; start some in the folder of"
                f" this project by python -m dask worker {address}."
            ) from None
        yield client


@contextmanager
def _watched() -> Iterator[None]:
    """Turn the loss of the cluster into a ClusterError with one sentence."""
    try:
        yield
    except (OSError, CancelledError) as error:
        raise ClusterError(
            f"The cluster has gone ({cause(error) or type(error).__name__}); what is written is"
            " kept: go on by --resume."
        ) from None


def _messages(future: Any, path: Path) -> list[Message[Any]]:
    """The messages about a recording that is done or has failed."""
    from distributed import KilledWorker

    error = future.exception()
    if error is None:
        return [_as_given(message, path) for message in future.result()]
    explained = _explained(error)
    if explained is not None:
        raise explained
    if isinstance(error, KilledWorker):
        sentence = f"{path} ended every worker that read it: memory ran out, or its decoder."
    else:
        sentence = f"{path}: {reason(error)}"
    return [RecordingFailure(writable(sentence))]


def _explained(error: BaseException) -> EpannsError | None:
    """What keeps the cluster from working at all; None for what only concerns one recording."""
    if isinstance(error, EpannsError):
        return WeightsError(str(error))
    # A scheduler without the project raises a RuntimeError from the ImportError.
    if isinstance(error, ImportError) or isinstance(error.__cause__, ImportError):
        return ClusterError(
            "The scheduler or a worker of the cluster does not find this project; start them in its"
            " folder by python -m dask scheduler and python -m dask worker."
        )
    return None


def _as_given(message: Message[Any], path: Path) -> Message[Any]:
    """A message about a recording, with the path as the user gave it."""
    there, here = writable(os.path.abspath(path)), writable(str(path))  # noqa: PTH100
    if isinstance(message, RecordingFailure):
        return RecordingFailure(message.error.replace(there, here))
    if isinstance(message, RecordingResult) and message.warnings:
        warnings = tuple(warning.replace(there, here) for warning in message.warnings)
        return dataclasses.replace(message, warnings=warnings)
    return message


def _open(model: str, modules: tuple[str, ...]) -> WorkerReady:
    """Open the network. Runs on a worker."""
    tagger = _tagger(model, modules)
    return WorkerReady(tagger.network, tagger.remark)


def _run_whole(
    task: RecordingTask[RecordingResult], path: str, model: str, modules: tuple[str, ...]
) -> list[Message[RecordingResult]]:
    """All messages about a recording. Runs on a worker."""
    return list(run_task(task, Path(path), _tagger(model, modules)))


@lru_cache(maxsize=1)
def _tagger(model: str, modules: tuple[str, ...]) -> "AudioTagger":
    registry.import_modules(modules)
    from epanns.tagger import AudioTagger

    return AudioTagger(model)
