"""What the commands on recording sessions have in common: replay and export."""

from typing import TYPE_CHECKING

from epanns.console import tell

if TYPE_CHECKING:
    from epanns.sessions.reader import Session


def tell_if_cut_off(session: "Session") -> None:
    """Say where a session has no end, as its program was killed or records still."""
    if not session.ended:
        tell(f"{session.path} was cut off after {session.duration:.1f} s, or goes on still.")
