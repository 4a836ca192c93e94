"""Downloads of weights that end well, and what is here already."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from epanns import WeightsError, load_checkpoint
from epanns.child_process import ChildError, NoAnswerError
from epanns.zoo import fetching
from epanns.zoo.catalogue import is_here, known_checksum, locate, path_of
from epanns.zoo.fetching import FetchCancelled, fetch
from tests.support.published import publish
from tests.support.weights_record import FILE, NAME, STAND_IN, StandIn, names

pytestmark = pytest.mark.usefixtures("checked_here")


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


def test_a_file_from_an_address_arrives_and_its_checksum_is_noted(
    from_address: StandIn, models: Path
) -> None:
    assert fetch(NAME).read_bytes() == from_address.content
    assert names(models) == [FILE, f"{FILE}.sha256"]
    assert known_checksum(NAME) == hashlib.sha256(from_address.content).hexdigest()
    path_of(NAME).write_bytes(from_address.content[:-1] + b"!")
    with pytest.raises(WeightsError, match="checksum is another"):
        locate(NAME)


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
