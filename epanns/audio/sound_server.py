"""Which channels a microphone has that is reached through a sound server.

On Linux the devices that lead to PulseAudio or PipeWire claim 32 channels or more, whatever the
microphone has. With fewer asked for, the server mixes them, and leaves out those without a place in
a room; with all asked for, it delivers the microphone's own among copies and zeros. Its tool pactl,
where there is one, tells which they are.
"""

import os
import subprocess
import sys

CLAIMED = 32  # channels, from which on a count is no fact
WITHIN = 2.0  # seconds for an answer
PLACES = (
    "front-left", "front-right", "rear-left", "rear-right", "front-center", "lfe", "side-left",
    "side-right", *(f"aux{index}" for index in range(CLAIMED - 8)),
)  # fmt: skip  # in ALSA's order
MIXED_INTO = {  # where PulseAudio puts what has no place in ALSA
    "front-left-of-center": "rear-left",
    "front-right-of-center": "rear-right",
    "rear-center": "front-center",
}


def claims(name: str, channels: int) -> bool:
    """Whether the number of channels of a device is not that of the microphone behind it.

    Args:
        name: of the device, as PortAudio lists it.
        channels: how many it claims to have.
    """
    return sys.platform == "linux" and channels >= CLAIMED and "(hw:" not in name


def true_channels(name: str) -> tuple[int, ...]:
    """Where the channels of a microphone are among all that its device delivers, in their order.

    Args:
        name: of the device; where the server has no microphone of this name, its default is meant.

    Returns:
        Indices from 0 on; none where that is not known.
    """
    places = _places(_ask("list", "sources"))
    source = name if name in places else _field(_ask("info"), "Default Source")
    found = [MIXED_INTO.get(place, place) for place in places.get(source, ())]
    return tuple(map(PLACES.index, found)) if set(found) <= set(PLACES) else ()


def _ask(*words: str) -> str:
    """What pactl answers, in English; "" where it does not."""
    try:
        answer = subprocess.run(
            ["pactl", *words],
            env=os.environ | {"LC_ALL": "C"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=WITHIN,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout


def _places(listed: str) -> dict[str, tuple[str, ...]]:
    """The places of the channels of each source, by its name."""
    found = {}
    for source in listed.split("\n\n"):
        places = _field(source, "Channel Map")
        found[_field(source, "Name")] = tuple(places.split(",")) if places else ()
    return found


def _field(text: str, name: str) -> str:
    lines = (line.strip().partition(": ") for line in text.splitlines())
    return next((value for field, _, value in lines if field == name), "")
