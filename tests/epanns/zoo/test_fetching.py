"""Downloads of weights: they end well or leave nothing.

A server on this machine stands in for the record: pooch is told another address, all else is real.
"""

import errno
import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

import pooch
import pytest
import torch

from epanns import WeightsError, load_checkpoint
from epanns.child_process import ChildError, NoAnswerError, call
from epanns.networks import registry
from epanns.networks.registry import Weights
from epanns.zoo import fetching
from epanns.zoo.catalogue import is_here, known_checksum, locate, path_of
from epanns.zoo.fetching import FetchCancelled, fetch
from tests.support.golden.standin import build, narrow
from tests.support.published import publish, use_models
from tests.support.yamnet_files import small_yamnet, write_keras

NAME, FILE = "stand-in", "network.pt"
STAND_IN = Weights(name=NAME, file=FILE, doi="10.0000/stand-in.1")
NOTHING = "0" * 64  # the checksum of no file


class Server(ThreadingHTTPServer):
    """Serves one stand-in for a record."""

    def __init__(self, record: "StandIn") -> None:
        super().__init__(("127.0.0.1", 0), Record)
        self.record = record


class Record(BaseHTTPRequestHandler):
    """Answers as the record's API and file store do."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        record = self.server.record
        if record.status != 200:
            self.send_error(record.status)
            return
        if self.path.startswith("/api/records/"):
            self.answer(record.listing())
        else:
            self.answer(record.content, len(record.content) + record.missing)

    def answer(self, body: bytes, length: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)
        if length and length > len(body):
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


class StandIn:
    """A record with one file, whose faults can be chosen."""

    def __init__(self, content: bytes) -> None:
        self.content = content  # the bytes that are sent
        self.checksum = "md5:" + hashlib.md5(content).hexdigest()
        self.missing = 0  # bytes that are promised but never sent
        self.status = 200
        self.address = ""
        self.name = FILE

    def listing(self) -> bytes:
        file = {
            "key": self.name,
            "checksum": self.checksum,
            "links": {"self": f"{self.address}/files/{self.name}"},
        }
        return json.dumps({"id": 1, "files": [file]}).encode()


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


@pytest.fixture(autouse=True)
def _checked_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrives is checked in this process, where PyTorch is loaded already."""
    monkeypatch.setattr(fetching, "call", call_here)


@pytest.fixture
def checked_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
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


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def failure(models: Path) -> str:
    """The sentence that fetching fails with; nothing may be left behind."""
    with pytest.raises(WeightsError) as caught:
        fetch(NAME)
    assert names(models) == [] and not is_here(NAME)
    sentence = str(caught.value)
    assert sentence.startswith(f"The weights {FILE} cannot be fetched from doi:10.0000/stand-in.1:")
    assert sentence.endswith(".") and "\n" not in sentence
    return sentence


# --- downloads that end well


@pytest.mark.usefixtures("checked_in_another_process")
def test_download_arrives_whole_with_its_checksum_noted(
    record: StandIn, models: Path, good: bytes
) -> None:
    shares: list[float] = []
    path = fetch(NAME, shares.append)
    assert path == path_of(NAME) and path.read_bytes() == good
    assert names(models) == [FILE, f"{FILE}.sha256"], "it is converted when it is first opened"
    digest = hashlib.sha256(good).hexdigest()
    assert Path(f"{path}.sha256").read_text() == f"{digest}  {FILE}\n"
    assert known_checksum(NAME) == digest
    assert is_here(NAME) and locate(NAME) == path
    assert shares == sorted(shares) and len(shares) > 10
    assert 0 < shares[0] < 0.1 and shares[-1] == 1.0
    load_checkpoint(path)


def test_download_with_a_checksum_known_in_advance(
    record: StandIn, models: Path, good: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.checksum = "md5:of something else, which is not asked"
    digest = hashlib.sha256(good).hexdigest()
    publish(monkeypatch, replace(STAND_IN, size=len(good), sha256=digest))
    assert fetch(NAME).read_bytes() == good


@pytest.mark.parametrize("right", [True, False])
def test_download_of_which_the_name_tells_how_its_checksum_begins(
    record: StandIn, models: Path, good: bytes, monkeypatch: pytest.MonkeyPatch, right: bool
) -> None:
    start = hashlib.sha256(good if right else b"another").hexdigest()[:8]
    record.name = f"network-{start}.pth"
    publish(monkeypatch, replace(STAND_IN, file=record.name))
    if right:
        assert fetch(NAME).read_bytes() == good
        return
    with pytest.raises(WeightsError, match="not the published file, as its checksum is another"):
        fetch(NAME)
    assert names(models) == []


def test_what_is_here_is_not_fetched_again(record: StandIn, models: Path) -> None:
    path = fetch(NAME)
    record.status = 500
    assert fetch(NAME) == path


def test_noted_checksum_tells_a_file_that_changed_later(
    record: StandIn, models: Path, good: bytes
) -> None:
    path = fetch(NAME)
    path.write_bytes(good[:-1] + b"!")
    with pytest.raises(WeightsError, match="checksum is another"):
        locate(NAME)
    assert fetch(NAME).read_bytes() == good


def test_good_copy_put_there_by_hand_is_known_by_its_content(
    record: StandIn, models: Path, good: bytes
) -> None:
    path_of(NAME).write_bytes(good)
    record.status = 500
    assert fetch(NAME) == path_of(NAME) and names(models) == [FILE]


def test_broken_copy_put_there_by_hand_is_replaced(
    record: StandIn, models: Path, good: bytes
) -> None:
    path_of(NAME).write_bytes(good[:1000])
    assert fetch(NAME).read_bytes() == good


def test_two_who_want_the_same_share_one_download(
    record: StandIn, models: Path, good: bytes
) -> None:
    begun, waited = threading.Event(), threading.Event()

    def first(share: float) -> None:
        begun.set()
        assert waited.wait(20.0)

    def second(share: float) -> None:
        waited.set()

    with ThreadPoolExecutor() as pool:
        one = pool.submit(fetch, NAME, first)
        assert begun.wait(20.0)
        record.content = b"another download"
        other = pool.submit(fetch, NAME, second)
        assert one.result(60) == other.result(60) == path_of(NAME)
    assert path_of(NAME).read_bytes() == good


def test_one_who_waits_may_give_up(record: StandIn, models: Path, good: bytes) -> None:
    def give_up(share: float) -> None:
        raise FetchCancelled

    def first(share: float) -> None:
        if not tried:
            with ThreadPoolExecutor() as pool, pytest.raises(FetchCancelled):
                pool.submit(fetch, NAME, give_up).result(20)
            tried.append(share)

    tried: list[float] = []
    assert fetch(NAME, first).read_bytes() == good and tried


# --- files of other networks, from an address of their own


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


def test_a_file_from_an_address_arrives_and_its_checksum_is_noted(
    from_address: StandIn, models: Path
) -> None:
    assert fetch(NAME).read_bytes() == from_address.content
    assert names(models) == [FILE, f"{FILE}.sha256"]
    assert known_checksum(NAME) == hashlib.sha256(from_address.content).hexdigest()
    path_of(NAME).write_bytes(from_address.content[:-1] + b"!")
    with pytest.raises(WeightsError, match="checksum is another"):
        locate(NAME)


@pytest.mark.parametrize("fault", ["cut", "other", "page", "broken off", "404"])
def test_what_is_not_the_network_leaves_nothing(
    from_address: StandIn, models: Path, good: bytes, fault: str
) -> None:
    wanted = "what arrived is no weights file for"
    if fault == "cut":
        from_address.content = from_address.content[:-1000]
    elif fault == "other":
        from_address.content = good  # of Cnn14
    elif fault == "page":
        from_address.content = b"<html>Sign in</html>"
    elif fault == "broken off":
        from_address.missing, wanted = 1000, "the connection broke off"
    else:
        from_address.status, wanted = 404, "the server answers 404"
    with pytest.raises(WeightsError, match=wanted) as caught:
        fetch(NAME)
    assert str(caught.value).startswith(
        f"The weights {FILE} cannot be fetched from http://127.0.0.1"
    )
    assert names(models) == [] and "\n" not in str(caught.value)


# --- downloads that do not


def test_connection_that_breaks_off_leaves_nothing(record: StandIn, models: Path) -> None:
    record.missing = 1000
    assert "broke off" in failure(models)


def test_cut_file_leaves_nothing(record: StandIn, models: Path) -> None:
    record.content = record.content[:-1000]
    assert "checksum is another" in failure(models)


def test_other_bytes_than_known_in_advance_leave_nothing(
    record: StandIn, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, replace(STAND_IN, sha256=NOTHING))
    assert "checksum is another" in failure(models)


@pytest.mark.usefixtures("checked_in_another_process")
def test_right_checksum_of_what_is_no_network_leaves_nothing(record: StandIn, models: Path) -> None:
    record.content = b"a picture of a cat"
    record.checksum = "md5:" + hashlib.md5(record.content).hexdigest()
    sentence = failure(models)
    assert "what arrived is no weights file for Cnn14: expected" in sentence
    assert fetching.PART not in sentence


@pytest.mark.parametrize(
    "fault",
    [
        NoAnswerError("It crashed (SIGKILL)."),
        ChildError("torch does not load; scripts/demo installs what is missing.", "ImportError"),
        ChildError("Unexpected fault (MemoryError: ); please report it.", "MemoryError"),
    ],
)
def test_download_that_cannot_be_checked_is_kept(
    record: StandIn,
    models: Path,
    good: bytes,
    monkeypatch: pytest.MonkeyPatch,
    fault: ChildError,
) -> None:
    asked: list[dict[str, Any]] = []

    def call(*_: object, **options: Any) -> None:
        asked.append(options)
        raise fault

    monkeypatch.setattr(fetching, "call", call)
    assert fetch(NAME).read_bytes() == good
    assert names(models) == [FILE, f"{FILE}.sha256"]
    assert asked[0]["low_priority"], "the user may be listening"


def test_refusal_by_the_server_is_told(
    record: StandIn, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.status = 404
    assert "no record of files" in failure(models)
    publish(monkeypatch, replace(STAND_IN, sha256=NOTHING))
    assert "no record of files" in failure(models)


def test_refusal_of_the_file_itself_is_told(
    record: StandIn, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = record.listing

    def once() -> bytes:
        record.status = 403
        return listing()

    monkeypatch.setattr(record, "listing", once)
    publish(monkeypatch, replace(STAND_IN, sha256=NOTHING))
    assert "the server answers 403" in failure(models)


def test_record_without_the_file_is_told(
    record: StandIn, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "listing", lambda: b'{"id": 1, "files": []}')
    assert FILE in failure(models)


def test_no_internet_is_told(
    record: StandIn, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/api/records"
    monkeypatch.setattr(pooch.downloaders.ZenodoRepository, "base_api_url", address)
    assert "check the internet connection" in failure(models)


def test_full_disk_is_told(record: StandIn, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(fetching._ProgressBar, "update", full)
    with pytest.raises(WeightsError, match="No space left on device; make room"):
        fetch(NAME, lambda share: None)
    assert names(models) == []


def test_cancelled_download_leaves_nothing(record: StandIn, models: Path) -> None:
    def progress(share: float) -> None:
        if share > 0.3:
            raise FetchCancelled

    with pytest.raises(FetchCancelled):
        fetch(NAME, progress)
    assert names(models) == []


def test_failed_download_keeps_what_was_there(record: StandIn, models: Path) -> None:
    path_of(NAME).write_bytes(b"put there by hand")
    record.status = 500
    with pytest.raises(WeightsError):
        fetch(NAME)
    assert path_of(NAME).read_bytes() == b"put there by hand"


def test_left_overs_of_killed_programs_are_removed_and_live_ones_kept(
    record: StandIn, models: Path
) -> None:
    for name, age in (
        (f"{fetching.PART}old", 2 * fetching.ABANDONED),
        (f"{fetching.PART}live", 0),
    ):
        part = models / name / "part"
        part.parent.mkdir()
        part.write_bytes(b"half")
        for path in (part, part.parent):
            os.utime(path, (time.time() - age,) * 2)
    fetch(NAME)
    assert names(models) == [f"{fetching.PART}live", FILE, f"{FILE}.sha256"]
