"""What the tests of downloads share: a record on this machine.

Pooch is told another address, all else is real.
"""

import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pooch
import pytest
import torch

from epanns import WeightsError
from epanns.child_process import ChildError, call
from epanns.networks import registry
from epanns.networks.architecture import Weights
from epanns.zoo import fetching
from tests.support.golden.standin import build, narrow
from tests.support.published import publish, use_models
from tests.support.weights_record import FILE, NAME, STAND_IN, Server, StandIn
from tests.support.yamnet_files import small_yamnet, write_keras


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a small network."""
    path = tmp_path_factory.mktemp("good") / FILE
    torch.save(build().state_dict(), path)
    return path.read_bytes()


def call_here(function: str, *arguments: Any, **_options: Any) -> Any:
    """As epanns.child_process.call, in this process."""
    module, _, name = function.partition(":")
    try:
        return getattr(import_module(module), name)(*arguments)
    except WeightsError as error:
        raise ChildError(str(error), type(error).__name__) from None


@pytest.fixture
def checked_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrives is checked in this process, where PyTorch is loaded already."""
    monkeypatch.setattr(fetching, "call", call_here)


@pytest.fixture
def checked_in_another_process(checked_here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is."""
    monkeypatch.setattr(fetching, "call", call)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    use_models(monkeypatch, folder)
    return folder


@pytest.fixture
def record(good: bytes, models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    stand_in = StandIn(good)
    server = Server(stand_in)
    stand_in.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    downloaders = pooch.downloaders
    monkeypatch.setenv("NO_PROXY", "*")
    page = "https://zenodo.org/records/1"  # only its form counts, nothing is asked of it
    monkeypatch.setattr(downloaders, "doi_to_url", lambda doi, **_: page)
    monkeypatch.setattr(
        downloaders.ZenodoRepository, "base_api_url", f"{stand_in.address}/api/records"
    )
    publish(monkeypatch, STAND_IN)
    yield stand_in
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["efficientat", "yamnet"])
def from_address(
    request: pytest.FixtureRequest, record: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> StandIn:
    """A file that no record describes: its checksum is not known before."""
    path = tmp_path / "sent"
    if request.param == "yamnet":
        write_keras(path, small_yamnet())
    else:
        torch.save(narrow(request.param).state_dict(), path)
    record.content = path.read_bytes()
    entry = Weights(name=NAME, file=FILE, url=f"{record.address}/files/")
    publish(monkeypatch, entry, registry.get(request.param))
    return record
