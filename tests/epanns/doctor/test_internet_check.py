"""The check of the internet: a server on this machine stands in for the record."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pooch
import pytest

from epanns.doctor import internet_check
from epanns.doctor.result import CheckResult
from epanns.zoo import catalogue
from tests.support.published import use_models

FILE = catalogue.weights_of("epanns").file


class Record(BaseHTTPRequestHandler):
    """Answers as the record's API does."""

    files = (FILE,)
    status = 200

    def do_GET(self) -> None:
        links = {"self": "https://records.test/files/x"}
        files = [{"key": name, "checksum": "md5:0", "links": links} for name in self.files]
        body = json.dumps({"id": 1, "files": files}).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, no weights, no settings of the user's."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "EPANNS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    use_models(monkeypatch, tmp_path)


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Record]]:
    handler = type("OneRecord", (Record,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    send_to(server.server_address[1], monkeypatch)
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def send_to(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pooch ask this machine instead of the record."""
    page = "https://zenodo.org/records/1"  # only its form counts, nothing is asked of it
    monkeypatch.setattr(pooch.downloaders, "doi_to_url", lambda doi, **_: page)
    monkeypatch.setattr(
        pooch.downloaders.ZenodoRepository, "base_api_url", f"http://127.0.0.1:{port}/api/records"
    )


def found() -> CheckResult:
    (finding,) = internet_check.internet()
    assert not finding.stops
    return finding


def test_a_record_that_offers_the_file_is_good(record: type[Record]) -> None:
    finding = found()
    assert finding.mark == "good"
    assert finding.found.startswith(f"records.test offers {FILE}, after ")


def test_a_record_without_the_file_is_told(record: type[Record]) -> None:
    record.files = ("another.pt",)
    finding = found()
    assert finding.mark == "warning" and f"is no record of {FILE}" in finding.found


def test_nobody_who_answers_is_no_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        send_to(unused.getsockname()[1], monkeypatch)
    finding = found()
    assert finding.mark == "warning"
    assert finding.found.startswith("no internet: 127.0.0.1:") and finding.todo


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internet_check, "TIMEOUT", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        send_to(silent.getsockname()[1], monkeypatch)
        assert found().found.startswith("no internet: 127.0.0.1:")


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert "no internet: the proxy" in found().found


def test_without_internet_nothing_is_missing_where_the_weights_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).write_bytes(b"weights")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    finding = found()
    assert finding.mark == "muted" and "not needed, as epanns is here" in finding.found


def test_offline_nothing_is_asked(record: type[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPANNS_OFFLINE", "1")
    monkeypatch.delattr(pooch.downloaders, "doi_to_repository")
    assert found().mark == "muted"
