"""The energy of an update, from the processor's own counter, where the system lets us read it.

Linux gives the counter of Intel's and AMD's processors (RAPL) in files; mostly only to an
administrator. It counts the whole processor, so what an update takes is measured only while no
other network computes. Other programs count.
"""

from dataclasses import dataclass
from pathlib import Path
from threading import Condition

POWERCAP = Path("/sys/class/powercap")
PACKAGES = "intel-rapl:?"  # AMD's are called so, too; those below a package have a second number


@dataclass(frozen=True, slots=True)
class EnergyReading:
    """Where an update began.

    Attributes:
        counts: of every counter; empty where they cannot be read.
        alone: whether no other update was under way.
        met: how many updates had begun beside another one until then.
    """

    counts: tuple[int, ...]
    alone: bool
    met: int


class EnergyMeter:
    """Measures what updates take, of all networks of the program."""

    def __init__(self, root: Path = POWERCAP) -> None:
        """Args: root: where Linux has its counters of energy."""
        self._turn = Condition()
        self._computing = 0
        self._met = 0  # updates that began beside another one
        self._counters: tuple[Path, ...] = ()
        self._ranges: tuple[int, ...] = ()
        zones = [zone for zone in sorted(root.glob(PACKAGES)) if _is_package(zone)]
        try:
            ranges = tuple(_number(zone / "max_energy_range_uj") for zone in zones)
            for zone in zones:
                _number(zone / "energy_uj")
        except (OSError, ValueError):
            return  # not for us to read
        self._counters, self._ranges = tuple(zone / "energy_uj" for zone in zones), ranges

    @property
    def works(self) -> bool:
        """Whether energy can be measured here."""
        return bool(self._counters)

    def begin(self, patience: float = 0.0) -> EnergyReading:
        """An update begins; end() is to follow, whatever happens.

        Args:
            patience: seconds to wait at most for those that are under way.
        """
        with self._turn:
            self._turn.wait_for(lambda: not self._computing, patience)
            self._met += self._computing > 0
            self._computing += 1
            alone, met = self._computing == 1, self._met
        return EnergyReading(self._read(), alone, met)

    def end(self, beginning: EnergyReading) -> float | None:
        """An update has ended: joules it took, or None where that cannot be told."""
        counts = self._read()
        with self._turn:
            self._computing -= 1
            self._turn.notify_all()
            alone = beginning.alone and beginning.met == self._met
        if not (alone and counts and beginning.counts):
            return None
        passed = zip(counts, beginning.counts, self._ranges, strict=True)
        return sum((now - then) % (most + 1) for now, then, most in passed) / 1e6

    def _read(self) -> tuple[int, ...]:
        """The counters in millionths of a joule; nothing where they cannot be read."""
        try:
            return tuple(map(_number, self._counters))
        except (OSError, ValueError):
            return ()


def _is_package(zone: Path) -> bool:
    """Whether a counter is of a processor, not of the whole machine."""
    try:
        return (zone / "name").read_text().startswith("package")
    except OSError:
        return False


def _number(path: Path) -> int:
    return int(path.read_text())
