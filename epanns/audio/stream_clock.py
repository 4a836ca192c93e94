"""How much sound a stream has lost, found from when its blocks come.

A block may be late without a loss: after a stall of the program or the computer, what the sound
system has buffered comes in a burst. Sound is missing where blocks that come at their pace again
are later than blocks were before. So after a stall blocks are held back until that is known.
"""

import time
from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

STALL = 0.3  # seconds without a block after which something may be missing
SETTLED = 0.4  # seconds of blocks at their pace after which it is known how much
FASTER = 1.5  # times real time: such blocks were buffered
LOSS = 0.05  # seconds, about a block; less may be a block that is late
CREEP = 2e-4  # by how much the clocks of sound cards and computers may differ
RECENT = 20  # blocks


def real_seconds() -> float:
    """A clock that only goes forward and, where the system has such a one, while it sleeps, too."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class Due(NamedTuple):
    """What is to be written next.

    Attributes:
        block: the sound as the device gave it.
        missing: seconds of sound that are missing before it, 0 where it is not known how many; None
            if nothing is missing.
        reported: whether the sound system has reported that.
    """

    block: NDArray[np.float32]
    missing: float | None = None
    reported: bool = False


class _Held(NamedTuple):
    came: float
    seconds: float
    block: NDArray[np.float32]


class StreamClock:
    """Follows the blocks of one stream after the other; see the module. For one thread.

    Attributes:
        filled: real time, in seconds, up to which the sound that is written reaches; 0 before the
            first stream.
    """

    def __init__(self) -> None:
        self.filled = 0.0
        self._usual = 0.0  # seconds by which blocks are late at the least
        self._late: deque[float] = deque(maxlen=RECENT)  # the recent ones
        self._last = 0.0  # when the last block came
        self._held: list[_Held] = []
        self._holding = self._reported = False

    def begin(self, start: float) -> None:
        """A stream begins, whose first block starts at this real time."""
        self.filled = self._last = start
        self._usual = 0.0
        self._late.clear()
        self._holding = self._reported = False

    def suspect(self) -> None:
        """Sound is missing before the next block: the sound system reports it."""
        self._holding = self._reported = True

    def take(self, now: float, seconds: float, block: NDArray[np.float32]) -> list[Due]:
        """A block of the stream has come.

        Args:
            now: when, by real_seconds().
            seconds: how long it is.
            block: the sound.

        Returns:
            What is to be written, in order: blocks that were held back, and this one unless it is.
        """
        if now - self._last > STALL + seconds:
            self._holding = True
        self._last = now
        if self._holding:
            self._held.append(_Held(now, seconds, block))
            return self._release()
        self.filled += seconds
        late = now - self.filled
        self._usual = min(late, self._usual + CREEP * seconds)
        self._late.append(late)
        # Lost without a stall: it is not known more exactly where.
        self._holding = len(self._late) == RECENT and min(self._late) > self._usual + LOSS
        return [Due(block)]

    def rest(self) -> list[Due]:
        """What is held back still, as the stream has ended."""
        return self._write(len(self._held))

    def _release(self) -> list[Due]:
        """What can be written of the blocks that are held back."""
        held = self._held
        span = held[-1].came - held[0].came
        if sum(each.seconds for each in held[1:]) > FASTER * span + held[0].seconds:
            return self._write(len(held) - 1)  # a burst: all but the newest were buffered
        if span < SETTLED:
            return []
        end, late = self.filled, []
        for each in held:
            end += each.seconds
            late.append(each.came - end)
        missing = min(late) - self._usual
        lost = missing > LOSS
        reported, self._holding, self._reported = self._reported, False, False
        self._late.clear()
        if not (lost or reported):
            return self._write(len(held))
        return self._write(len(held), missing if lost else 0.0, reported)

    def _write(self, count: int, missing: float | None = None, reported: bool = False) -> list[Due]:
        """Take the first of the blocks that are held back."""
        first, self._held = self._held[:count], self._held[count:]
        self.filled += (missing or 0.0) + sum(each.seconds for each in first)
        due = [Due(each.block) for each in first]
        if due and missing is not None:
            due[0] = Due(first[0].block, missing, reported)
        return due
