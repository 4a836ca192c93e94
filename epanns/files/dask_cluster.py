"""Recordings scored on a Dask cluster: one on this machine, or one that is there already.

Every machine of the cluster has this project installed, and finds recordings and weights under the
same paths. A worker that is lost costs its files a new start, on another one.
"""

import logging
import os
from asyncio import CancelledError
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from epanns.console import own_stderr
from epanns.errors import EpannsError, WeightsError, cause, reason, writable
from epanns.files.tagging import PartialScores, RecordingTags, ScoringPlan, failed, tag_file
from epanns.zoo import catalogue

if TYPE_CHECKING:
    from epanns.tagger import AudioTagger

LOCAL = "local"
CONNECT = 10  # seconds to wait for a scheduler
WORKERS = 60  # seconds to wait for the first worker
AHEAD = 2  # files given to the cluster for each thread it has


class ClusterError(EpannsError):
    """There is no cluster that can be worked on."""


def tag_files(
    paths: Iterable[Path], plan: ScoringPlan, address: str, workers: int = 1
) -> Generator[tuple[Path, PartialScores | RecordingTags], None, None]:
    """Score recordings on a cluster.

    What is said of a file comes when it is done, so all that the plan asks for of a few files at a
    time must fit into memory.

    Args:
        paths: the files.
        plan: what to do with each of them.
        address: of a scheduler, such as tcp://host:8786; "local" starts a cluster here.
        workers: how many processes a local cluster has.

    Yields:
        What epanns.files.tagging.tag_file yields for a file, with the file.

    Raises:
        ClusterError: Dask is not installed, or there is no such cluster.
        WeightsError: the network cannot be opened there.
    """
    try:
        from distributed import as_completed
    except ImportError:
        raise ClusterError(
            "Dask is not installed; install it by pip install -r requirements-dask.txt."
        ) from None

    if not catalogue.is_published(plan.model):
        plan = plan._replace(model=str(Path(plan.model).absolute()))
    with _client(address, workers) as client:
        waiting = iter(paths)
        path_of: dict[Any, Path] = {}
        done = as_completed()

        def give() -> None:
            """Keep the cluster supplied, and no more: it remembers all it is given."""
            while len(path_of) < AHEAD * max(sum(client.nthreads().values()), 1):
                path = next(waiting, None)
                if path is None:
                    return
                future = client.submit(_tag_whole, os.path.abspath(path), plan, pure=False)  # noqa: PTH100
                path_of[future] = path
                done.add(future)

        try:
            give()
            for future in done:
                path = path_of.pop(future)
                give()
                for message in _messages(future, path):
                    yield path, message
        except (OSError, CancelledError) as error:
            raise ClusterError(
                f"The cluster has gone ({cause(error) or type(error).__name__}); what is written"
                " is kept: go on by --resume."
            ) from None


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
            client.run(own_stderr)  # decoders grumble there about every odd file
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


def _messages(future: Any, path: Path) -> list[PartialScores | RecordingTags]:
    """What became of a file."""
    from distributed import KilledWorker

    error = future.exception()
    if error is None:
        return [_as_given(message, path) for message in future.result()]
    if isinstance(error, EpannsError):
        raise WeightsError(str(error))
    if isinstance(error, ImportError) or "deserialization" in str(error):
        raise ClusterError(
            "The scheduler or a worker of the cluster does not find this project; start them in its"
            " folder by python -m dask scheduler and python -m dask worker."
        )
    if isinstance(error, KilledWorker):
        return [failed(f"{path} ended every worker that read it: memory ran out, or its decoder.")]
    return [failed(f"{path}: {reason(error)}")]


def _as_given(message: PartialScores | RecordingTags, path: Path) -> PartialScores | RecordingTags:
    """What is said of a file, under the name that the user knows it by."""
    if isinstance(message, PartialScores):
        return message
    there, here = writable(os.path.abspath(path)), writable(str(path))  # noqa: PTH100
    return message._replace(
        error=message.error.replace(there, here),
        warnings=tuple(warning.replace(there, here) for warning in message.warnings),
    )


def _tag_whole(path: str, plan: ScoringPlan) -> list[PartialScores | RecordingTags]:
    """All that is said of a file. Runs on a worker."""
    return list(tag_file(Path(path), _tagger(plan.model), plan))


@lru_cache(maxsize=1)
def _tagger(model: str) -> "AudioTagger":
    from epanns.tagger import AudioTagger

    return AudioTagger(model)
