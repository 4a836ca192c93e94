"""Which track and channel a user wants."""

import pytest

from epanns.audio.selection import (
    ChannelChoice,
    SoundSelection,
    channel_choice,
    missing_channel,
)


@pytest.mark.parametrize(
    ("text", "choice"), [("", None), ("mean", "mean"), ("loudest", "loudest"), ("1", 1), ("12", 12)]
)
def test_a_choice_is_a_word_or_a_number(text: str, choice: ChannelChoice) -> None:
    assert channel_choice(text) == choice


@pytest.mark.parametrize("text", ["0", "-1", "left", "1.5", "²", "1e3", "MEAN"])
def test_anything_else_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="mean, loudest, or the number of a channel from 1 on"):
        channel_choice(text)


def test_a_channel_that_is_missing_is_said() -> None:
    assert missing_channel("a.wav", 1, 2) == (
        "a.wav has 1 channel, so there is no channel 2; choose another with --channel."
    )
    assert not missing_channel("a.wav", 2, 2) and not missing_channel("a.wav", 1, "loudest")


def test_only_what_was_chosen_is_told() -> None:
    assert SoundSelection().about() == {}
    assert SoundSelection(2, "loudest").about() == {"track": 2, "channel": "loudest"}
