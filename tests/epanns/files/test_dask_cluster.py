"""Recordings on a Dask cluster: the same results as here, and a lost worker costs nothing."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns import AudioTagger, WeightsError
from epanns.files.tagging import PartialScores, RecordingTags, ScoringPlan, tag_file
from tests.support.programs import ROOT, environment
from tests.support.waiting import wait_until

pytest.importorskip("distributed", reason="Dask is not installed")

from distributed import LocalCluster

from epanns.files.dask_cluster import ClusterError, tag_files

RATE = 16000
PLAN = ScoringPlan(scores=True, embeddings=True)
Message = PartialScores | RecordingTags


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
def expected(files: list[Path]) -> dict[Path, list[Message]]:
    tagger = AudioTagger("starter")
    return {path: list(tag_file(path, tagger, PLAN)) for path in files}


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    """A cluster that is there already."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster


def check(messages: Iterator[tuple[Path, Message]], expected: dict[Path, list[Message]]) -> None:
    found: dict[Path, list[Message]] = {}
    for path, message in messages:
        found.setdefault(path, []).append(message)
    assert found.keys() == expected.keys()
    for path, wanted in expected.items():
        np.testing.assert_equal(found[path], wanted)


def test_a_cluster_says_what_one_process_says(
    files: list[Path], expected: dict[Path, list[Message]], cluster: LocalCluster
) -> None:
    check(tag_files(files, PLAN, cluster.scheduler_address), expected)


def test_files_are_called_as_they_were_given(
    files: list[Path], cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files[0].parent)
    ((path, tags),) = tag_files([Path(files[3].name)], PLAN, cluster.scheduler_address)
    assert path == Path(files[3].name) and isinstance(tags, RecordingTags)
    assert tags.error.startswith(f"{files[3].name} is damaged")


def test_a_local_cluster_is_started_and_ended(
    files: list[Path], expected: dict[Path, list[Message]]
) -> None:
    check(tag_files(files[:4], PLAN, "local", 2), {path: expected[path] for path in files[:4]})


def test_a_worker_that_is_killed_loses_nothing(
    files: list[Path], expected: dict[Path, list[Message]], cluster: LocalCluster
) -> None:
    killed: list[int] = []

    def disturbed() -> Iterator[tuple[Path, Message]]:
        for path, message in tag_files(files, PLAN, cluster.scheduler_address):
            yield path, message
            if not killed:
                killed.append(next(iter(cluster.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

    check(disturbed(), expected)
    assert killed


def test_a_network_that_is_not_there_is_said(
    files: list[Path], tmp_path: Path, cluster: LocalCluster
) -> None:
    plan = ScoringPlan(str(tmp_path / "none.pth"))
    with pytest.raises(WeightsError, match="There is no weights file"):
        list(tag_files(files, plan, cluster.scheduler_address))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://"])
def test_a_cluster_that_is_not_there_is_said(address: str, files: list[Path]) -> None:
    with pytest.raises(ClusterError, match=f"no Dask scheduler at {address}"):
        list(tag_files(files, PLAN, address))


def test_a_cluster_from_the_command_line_works(
    files: list[Path], expected: dict[Path, list[Message]], tmp_path: Path
) -> None:
    """Started as the README says: in the folder of the project, which is not installed."""
    env = environment(PYTHONPATH="")
    dask = [sys.executable, "-m", "dask"]
    address = tmp_path / "scheduler.json"
    scheduler = [*dask, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", address]
    worker = [*dask, "worker", "--scheduler-file", address, "--local-directory", tmp_path]
    with ExitStack() as stack:
        for command in (scheduler, [*worker, "--no-dashboard", "--nthreads", "1"]):
            process = subprocess.Popen(
                [str(word) for word in command], cwd=ROOT, env=env, stderr=subprocess.DEVNULL
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            wait_until(address.exists, 120)
        found = json.loads(address.read_text())
        check(tag_files(files[:3], PLAN, found["address"]), {p: expected[p] for p in files[:3]})


def test_a_cluster_that_goes_away_is_said(files: list[Path], cluster: LocalCluster) -> None:
    messages = tag_files(files, PLAN, cluster.scheduler_address)
    next(messages)
    cluster.close()
    with pytest.raises(ClusterError, match="go on by --resume"):
        list(messages)
