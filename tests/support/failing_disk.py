"""A disk that fails: no such disk can be had on demand."""

import errno
import io
import os
from pathlib import Path
from typing import Any

import pytest


class FailingDisk:
    """Lets reads of a file fail as a broken disk or a share that has gone does.

    What Python reads fails, so windows on files and what looks into containers; libsndfile and
    FFmpeg go on to read the file by its name.

    Args:
        patch: ends it.
        path: the file.
        good: bytes at its beginning that can be read.
        times: reads that fail, before all is well again.
    """

    def __init__(
        self, patch: pytest.MonkeyPatch, path: Path, good: int = 0, times: int = 1 << 60
    ) -> None:
        self.good, self.times = good, times
        disk, opened = self, Path.open

        class Failing(io.FileIO):
            def readinto(self, buffer: Any) -> int:
                disk.check(self.tell() + memoryview(buffer).nbytes)
                return super().readinto(buffer)

            def read(self, size: int | None = -1) -> bytes:
                disk.check(self.tell() + (size or 0))
                return super().read(size)

        def open_path(self: Path, mode: str = "r", buffering: int = -1, **more: Any) -> Any:
            if self != path or mode != "rb":
                return opened(self, mode, buffering, **more)
            return Failing(self) if buffering == 0 else io.BufferedReader(Failing(self), 512)

        patch.setattr(Path, "open", open_path)

    def check(self, end: int) -> None:
        """Fail if a read goes beyond what can be read.

        Raises:
            OSError: it does.
        """
        if end > self.good and self.times > 0:
            self.times -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
