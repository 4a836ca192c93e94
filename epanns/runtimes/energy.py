"""The energy of an update, from the processor's own counter, where the program may read it.

Linux provides the counters of Intel's and AMD's processors (RAPL) as files, which often only an
administrator may read. They count the whole processor, so the energy of an update is measured only
while no other network of this program computes; that of other programs is included.
"""

from dataclasses import dataclass
from pathlib import Path
from threading import Condition

POWERCAP = Path("/sys/class/powercap")
PACKAGES = "intel-rapl:?"  # also the name of AMD's; parts of a package have a second number


@dataclass(frozen=True, slots=True)
class EnergyReading:
    """The counters at the start of an update.

    Attributes:
        counts: the value of every counter in microjoules; empty where they cannot be read.
        alone: whether no other update was under way.
        met: how many updates had begun during another one until then.
    """

    counts: tuple[int, ...]
    alone: bool
    met: int


class EnergyMeter:
    """Measures the energy of the updates of all networks of the program; for any thread."""

    def __init__(self, root: Path = POWERCAP) -> None:
        """Find the counters that this user may read.

        Args:
            root: the folder of Linux's energy counters.
        """
        self._turn = Condition()
        self._computing = 0
        self._met = 0  # updates that began during another one
        self._counters: tuple[Path, ...] = ()
        self._ranges: tuple[int, ...] = ()
        zones = [zone for zone in sorted(root.glob(PACKAGES)) if _is_package(zone)]
        try:
            ranges = tuple(_number(zone / "max_energy_range_uj") for zone in zones)
            for zone in zones:
                _number(zone / "energy_uj")
        except (OSError, ValueError):
            return  # this user may not read them
        self._counters, self._ranges = tuple(zone / "energy_uj" for zone in zones), ranges

    @property
    def works(self) -> bool:
        """Whether energy can be measured here."""
        return bool(self._counters)

    def begin(self, patience: float = 0.0) -> EnergyReading:
        """Read the counters at the start of an update; end() must follow in every case.

        Args:
            patience: seconds to wait at most for other updates to end.
        """
        with self._turn:
            self._turn.wait_for(lambda: not self._computing, patience)
            self._met += self._computing > 0
            self._computing += 1
            alone, met = self._computing == 1, self._met
        return EnergyReading(self._read(), alone, met)

    def end(self, beginning: EnergyReading) -> float | None:
        """The energy in joules of an update that has ended; None where it cannot be measured."""
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
        """The counters in microjoules; empty where they cannot be read."""
        try:
            return tuple(map(_number, self._counters))
        except (OSError, ValueError):
            return ()


def _is_package(zone: Path) -> bool:
    """Whether a counter is that of a processor, not of the whole machine."""
    try:
        return (zone / "name").read_text().startswith("package")
    except OSError:
        return False


def _number(path: Path) -> int:
    return int(path.read_text())
