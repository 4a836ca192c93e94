"""Which of the tracks and channels of a sound a user wants to be heard."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

# The number of a channel, from 1 on; None: the mean, and the loudest where the mean is lost.
ChannelChoice = int | Literal["mean", "loudest"] | None

ALLOWED = "mean, loudest, or the number of a channel from 1 on"


@dataclass(frozen=True, slots=True)
class SoundSelection:
    """What is read of a sound file.

    Attributes:
        track: the number of the audio track, from 1 on; the default one if None.
        channel: which channel; see channel_mixer.py.
    """

    track: int | None = None
    channel: ChannelChoice = None

    def about(self) -> dict[str, int | str]:
        """What was chosen, by name, as JSON can hold it; nothing where nothing was."""
        chosen = {"track": self.track, "channel": self.channel}
        return {name: choice for name, choice in chosen.items() if choice is not None}

    @classmethod
    def chosen(cls, about: Mapping[str, Any]) -> Self:
        """The selection that about() told, among other things perhaps."""
        return cls(about.get("track"), about.get("channel"))


ALL = SoundSelection()


def channel_choice(text: str) -> ChannelChoice:
    """What --channel and the setting of that name mean; "" is None.

    Raises:
        ValueError: it is none of them; says what is allowed.
    """
    if text in ("mean", "loudest"):
        return "mean" if text == "mean" else "loudest"
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise ValueError(ALLOWED)
    return int(text)


def missing_channel(subject: str, channels: int, choice: ChannelChoice) -> str:
    """The sentence for a channel that was chosen and that there is not; "" if there is.

    Args:
        subject: what has the channels.
        channels: how many.
        choice: the channel that was chosen.
    """
    if not isinstance(choice, int) or choice <= channels:
        return ""
    has = "1 channel" if channels == 1 else f"{channels} channels"
    return f"{subject} has {has}, so there is no channel {choice}; choose another with --channel."
