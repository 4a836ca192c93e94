"""Recordings on a Dask cluster: the same results as here, and a lost worker costs nothing."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from epanns import WeightsError
from epanns.files.tagging import ScoringPlan
from epanns.files.task import Message, RecordingFailure
from tests.support.deadly_task import DeadlyTask
from tests.support.messages import Messages, by_recording, check_same, said_here
from tests.support.own_network import NAMES, write_own_network
from tests.support.programs import ROOT, environment
from tests.support.waiting import wait_until

pytest.importorskip("distributed", reason="Dask is not installed")

import dask
from distributed import LocalCluster

from epanns.files import dask_cluster
from epanns.files.dask_cluster import AHEAD, ClusterError, DaskPool

RATE = 16000
PLAN = ScoringPlan(scores=True, embeddings=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("recordings")
    numbers = np.random.default_rng(0)
    paths = [folder / f"{number}.flac" for number in range(12)]
    for path in paths:
        soundfile.write(path, numbers.normal(0, 0.1, numbers.integers(100, 40 * RATE)), RATE)
    paths[3].write_bytes(b"no sound")
    return paths


@pytest.fixture(scope="module")
def expected(files: list[Path]) -> Messages:
    return said_here(PLAN, files)


@contextmanager
def two_workers() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A cluster that is there already, and stays."""
    with two_workers() as cluster:
        yield cluster


@pytest.fixture
def doomed_cluster() -> Iterator[LocalCluster]:
    """A cluster for a test that harms it."""
    with two_workers() as cluster:
        yield cluster


def check(messages: Iterator[tuple[Path, Message[Any]]], expected: Messages) -> None:
    found, _ = by_recording(messages)
    check_same(found, expected)


def test_a_cluster_says_what_one_process_says(
    files: list[Path], expected: Messages, cluster: LocalCluster
) -> None:
    with closing(DaskPool("starter", cluster.scheduler_address)) as pool:
        assert pool.ready().network.name == "starter"
        check(pool.run(PLAN, files), expected)


def test_recordings_are_called_as_they_were_given(
    files: list[Path], cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files[0].parent)
    with closing(DaskPool("starter", cluster.scheduler_address)) as pool:
        ((path, failure),) = pool.run(PLAN, [Path(files[3].name)])
    assert path == Path(files[3].name) and isinstance(failure, RecordingFailure)
    assert failure.error.startswith(f"{files[3].name} is damaged")


def test_warnings_call_them_so_too(
    tmp_path: Path, cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    soundfile.write("cut.wav", np.zeros(4 * RATE), RATE)
    os.truncate("cut.wav", 64044)
    with closing(DaskPool("starter", cluster.scheduler_address)) as pool:
        *_, (_, tags) = pool.run(PLAN, [Path("cut.wav")])
    assert tags.warnings[0].startswith("cut.wav is cut off")  # type: ignore[union-attr]


def test_a_local_cluster_is_started_and_ended(files: list[Path], expected: Messages) -> None:
    with closing(DaskPool("starter", "local", 2)) as pool:
        check(pool.run(PLAN, files[:4]), {path: expected[path] for path in files[:4]})
    assert pool._client.status == "closed"


def test_a_network_of_ones_own_brings_its_classes(
    files: list[Path], tmp_path: Path, cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_own_network(Path("birds.pth"), converted=True)
    with closing(DaskPool("birds.pth", cluster.scheduler_address)) as pool:
        assert pool.ready().network.vocabulary.names == NAMES
        check(pool.run(PLAN, files[:2]), said_here(PLAN, files[:2], "birds.pth"))


def test_a_worker_that_is_killed_loses_nothing(
    files: list[Path], expected: Messages, doomed_cluster: LocalCluster
) -> None:
    cluster, killed = doomed_cluster, list[int]()

    def disturbed() -> Iterator[tuple[Path, Message[Any]]]:
        with closing(DaskPool("starter", cluster.scheduler_address)) as pool:
            for path, message in pool.run(PLAN, files):
                yield path, message
                if not killed:
                    killed.append(next(iter(cluster.workers.values())).pid)
                    os.kill(killed[0], signal.SIGKILL)

    check(disturbed(), expected)
    assert killed


def test_a_recording_that_ends_every_worker_is_said_and_the_cluster_goes_on(
    files: list[Path], expected: Messages
) -> None:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        closing(DaskPool("starter", cluster.scheduler_address)) as pool,
    ):
        found, _ = by_recording(pool.run(DeadlyTask(files[1], PLAN), files[1:2]))
        assert found[files[1]] == [
            RecordingFailure(
                f"{files[1]} ended every worker that read it: memory ran out, or its decoder."
            )
        ]
        check(pool.run(PLAN, files[:1]), {files[0]: expected[files[0]]})


def test_a_cluster_is_given_no_more_recordings_than_it_needs(
    files: list[Path], cluster: LocalCluster
) -> None:
    given: list[Path] = []

    def paths() -> Iterator[Path]:
        for path in files:
            given.append(path)
            yield path

    with closing(DaskPool("starter", cluster.scheduler_address)) as pool:
        messages = pool.run(PLAN, paths())
        next(messages)
        assert len(given) <= AHEAD * 2 + 1, "two workers, and one recording that is done"
        list(messages)
    assert given == files


def test_a_network_that_is_not_there_is_said(
    files: list[Path], tmp_path: Path, cluster: LocalCluster
) -> None:
    with closing(DaskPool(str(tmp_path / "none.pth"), cluster.scheduler_address)) as pool:
        with pytest.raises(WeightsError, match="There is no weights file"):
            pool.ready()
        with pytest.raises(WeightsError, match="There is no weights file"):
            list(pool.run(PLAN, files))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://"])
def test_a_cluster_that_is_not_there_is_said(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "CONNECT", 1)
    with pytest.raises(ClusterError, match=f"no Dask scheduler at {address}"):
        DaskPool("starter", address)


@contextmanager
def started(scratch: Path, scheduler: Path, worker: Path, **variables: str) -> Iterator[str]:
    """A cluster from the command line, each program in a folder; yields the scheduler's address."""
    env = environment(**{"PYTHONPATH": ""} | variables)
    dask = [sys.executable, "-m", "dask"]
    told = scratch / "scheduler.json"
    options = ["--no-dashboard", "--scheduler-file", told]
    programs: dict[str, tuple[Path, list[str | Path]]] = {
        "scheduler": (scheduler, ["--port", "0"]),
        "worker": (worker, ["--local-directory", scratch, "--nthreads", "1"]),
    }
    with ExitStack() as stack:
        for name, (folder, more) in programs.items():
            command = [str(word) for word in (*dask, name, *options, *more)]
            process = subprocess.Popen(command, cwd=folder, env=env, stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.kill)
            wait_until(lambda: told.exists() and told.read_text().endswith("}"), 120)
        yield json.loads(told.read_text())["address"]


def test_a_cluster_from_the_command_line_works(
    files: list[Path], expected: Messages, tmp_path: Path
) -> None:
    """Started as docs/files.md says: in the folder of the project, which is not installed."""
    with started(tmp_path, ROOT, ROOT) as address, closing(DaskPool("starter", address)) as pool:
        check(pool.run(PLAN, files[:3]), {path: expected[path] for path in files[:3]})


def test_a_cluster_without_this_project_is_said(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden" / "epanns"  # comes before the one that may be installed
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ModuleNotFoundError(name='epanns')\n")
    with (
        started(tmp_path, tmp_path, tmp_path, PYTHONPATH=str(hidden.parent)) as address,
        closing(DaskPool("starter", address)) as pool,
        pytest.raises(ClusterError, match="does not find this project"),
    ):
        pool.ready()


def test_a_cluster_that_goes_away_is_said(
    files: list[Path], doomed_cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_cluster, "CONNECT", 4)  # so long it tries to connect again, too
    with closing(DaskPool("starter", doomed_cluster.scheduler_address)) as pool:
        messages = pool.run(PLAN, files)
        next(messages)
        doomed_cluster.close()
        with pytest.raises(ClusterError, match="go on by --resume"):
            list(messages)
