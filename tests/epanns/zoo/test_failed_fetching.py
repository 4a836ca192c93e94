"""Downloads of weights that fail: they leave nothing, and a sentence tells why."""

import errno
import hashlib
import os
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pooch
import pytest

from epanns import WeightsError
from epanns.zoo import fetching
from epanns.zoo.catalogue import is_here, path_of
from epanns.zoo.fetching import FetchCancelled, fetch
from tests.support.published import publish
from tests.support.weights_record import FILE, NAME, STAND_IN, StandIn, names

pytestmark = pytest.mark.usefixtures("checked_here")

NOTHING = "0" * 64  # the checksum of no file


def failure(models: Path) -> str:
    """The sentence that fetching fails with; nothing may be left behind."""
    with pytest.raises(WeightsError) as caught:
        fetch(NAME)
    assert names(models) == [] and not is_here(NAME)
    sentence = str(caught.value)
    assert sentence.startswith(f"The weights {FILE} cannot be fetched from doi:10.0000/stand-in.1:")
    assert sentence.endswith(".") and "\n" not in sentence
    return sentence


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
