"""The clock of a container: when its sound is heard, with silence where there is none."""

from typing import Any

DISCONTINUOUS = 0x200  # FFmpeg's flag of formats whose clock starts anywhere and may jump
CLOCKS = {"matroska", "mov", "mpegts", "mpeg", "flv", "asf", "nut", "ogg", "mxf"}
SLACK = 0.05  # seconds by which sound may be early or late: containers round
LEAST_LATE = 0.25  # seconds from which on a late start is told
JUMP = (
    10.0  # seconds from which on a discontinuous clock has jumped, as FFmpeg's own program has it
)
LONGEST = 24 * 3600.0  # seconds of silence that are believed


class ContainerClock:
    """Tells, for each piece of sound, how much silence has to come before it.

    Args:
        container: an open container of FFmpeg.

    Attributes:
        late: seconds of silence before the first sound.
        missing: seconds of silence in all holes.
        first_hole: when the first of them is, in seconds.
        jumps: how often the clock was wrong, so that it was set anew.
    """

    def __init__(self, container: Any) -> None:
        import av

        self._runs = not CLOCKS.isdisjoint(container.format.name.split(","))
        self._jumps_at = JUMP if container.format.flags & DISCONTINUOUS else LONGEST
        start = (container.start_time or 0) / av.time_base
        self._zero = start if container.format.flags & DISCONTINUOUS else 0.0
        length = (container.duration or 0) / av.time_base
        self._end = max(start, 0.0) + length if length > 0 else 0.0
        self.late = self.missing = self.first_hole = 0.0
        self.jumps = 0

    def gap(self, time: float | None, heard: float) -> float:
        """Seconds of silence before a piece of sound; less than 0 for what is before the start.

        Args:
            time: when the container's clock has it, in seconds.
            heard: seconds before it, with all silence.
        """
        if time is None or not self._runs:
            return 0.0
        gap = time - self._zero - heard
        if abs(gap) <= SLACK or (gap < 0 and not heard):
            return gap if gap < -SLACK else 0.0
        beyond = self._end and time > self._end + SLACK
        if gap < 0 or gap > self._jumps_at or beyond:
            self._zero += gap
            self.jumps += 1
            return 0.0
        if not heard:
            self.late = gap
        else:
            self.first_hole = self.first_hole if self.missing else heard
            self.missing += gap
        return gap

    def start_of(self, stream: Any) -> float:
        """When a stream begins, in seconds of sound and silence before it."""
        if not self._runs or stream.start_time is None:
            return 0.0
        return max(float(stream.start_time * stream.time_base) - self._zero, 0.0)

    def remarks(self) -> list[str]:
        """What is odd about it, once all is read: sentences without their subject."""
        said = []
        if self.late >= LEAST_LATE:
            said.append(f"begins {self.late:.1f} s after its clock; there is silence before it.")
        if self.jumps:
            said.append("has a clock that jumps; times after that are counted on.")
        return said
