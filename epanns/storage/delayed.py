"""A file for libraries that do not survive an error of the disk, such as PyTorch."""

import io
from typing import Any


class DelayedErrorFile(io.FileIO):
    """A new file whose writing seems to go well; closing it raises what went wrong.

    Raises:
        OSError: when it is closed: the disk is full, or gone.
    """

    def __init__(self, path: Any) -> None:
        super().__init__(path, "x")
        self._failure: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all of the data, unless something went wrong before; return its length."""
        view = memoryview(data).cast("B")
        size = len(view)
        try:
            while view and self._failure is None:
                view = view[super().write(view) :]
        except OSError as error:
            self._failure = error
        return size

    def close(self) -> None:
        """Close the file, and raise what went wrong."""
        super().close()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
