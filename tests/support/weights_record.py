"""A server on this machine that stands in for a record of weights, and the entry of its file."""

import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from epanns.networks.architecture import Weights

NAME, FILE = "stand-in", "network.pt"
STAND_IN = Weights(name=NAME, file=FILE, doi="10.0000/stand-in.1")


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


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
