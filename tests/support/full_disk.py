"""Disks without room, for the tests."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """A limit on the bytes of each file that is written, in place of a disk without room."""
    resource = pytest.importorskip("resource", reason="limits are for POSIX systems")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
