"""Which converted networks are trusted: those made here, and those that ship with the program.

A graph decides what is scored and may run for ever, and its file may lie beside weights of a
stranger's. So each converted network is sealed with a secret of this installation (HMAC, RFC 2104),
and what bears no such seal, nor a checksum stated in shipped.sha256, is not run.
"""

import hmac
import os
import secrets
import time
from functools import cache
from pathlib import Path

from epanns.paths import MODELS

SECRET = MODELS / ".installation-secret"
SHIPPED = Path(__file__).with_name("shipped.sha256")
BYTES = 32
DIGITS = 16  # of a seal
TRIES = 50  # looks, 10 ms apart, for what another process is just writing


def seal_of(checksum: str, content: str, path: Path | None = None) -> str:
    """The seal of a converted network, 16 hexadecimal digits.

    Args:
        checksum: the sha256 of the weights file that it was made from.
        content: its own.
        path: the file with the secret, which is made where it is missing; None for SECRET.

    Raises:
        OSError: the secret can be neither read nor written.
    """
    message = f"{checksum} {content}".encode()
    return hmac.digest(_secret(path or SECRET), message, "sha256").hex()[:DIGITS]


def is_trusted(seal: str, checksum: str, content: str) -> bool:
    """Whether a converted network may be run.

    Args:
        seal: what its name says.
        checksum: the sha256 of the weights file.
        content: its own.
    """
    if content in _shipped():
        return True
    try:
        return hmac.compare_digest(os.fsencode(seal), seal_of(checksum, content).encode())
    except OSError:
        return False


@cache
def _shipped() -> frozenset[str]:
    """The sha256 of the converted networks that ship, as sha256sum writes them."""
    return frozenset(line.split()[0] for line in SHIPPED.read_text().splitlines() if line)


@cache
def _secret(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Readable by all who use this installation: it is no secret to them, but to strangers.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        for _ in range(TRIES):
            found = path.read_bytes()
            if len(found) == BYTES:
                return found
            time.sleep(0.01)
        raise OSError(f"{path} holds no secret; delete it") from None
    made = secrets.token_bytes(BYTES)
    with os.fdopen(descriptor, "wb") as file:
        file.write(made)
    return made
