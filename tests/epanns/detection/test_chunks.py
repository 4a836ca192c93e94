"""Chunks overlap as they should and leave nothing out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epanns.detection.chunks import chunks


@given(
    length=st.integers(0, 200),
    cuts=st.lists(st.integers(0, 200), max_size=8),
    core=st.integers(1, 50),
    context=st.integers(0, 30),
)
def test_what_chunks_are_for_is_the_sound(
    length: int, cuts: list[int], core: int, context: int
) -> None:
    sound = np.arange(length, dtype=np.float32)
    place = 0
    for chunk in chunks(np.split(sound, sorted(cuts)), core, context):
        part = chunk.waveform[chunk.begin : chunk.end]
        np.testing.assert_array_equal(part, sound[place : place + len(part)])
        before = chunk.waveform[: chunk.begin]
        np.testing.assert_array_equal(before, sound[max(place - context, 0) : place])
        place += len(part)
        if chunk.end is None:
            assert place == length and len(part) <= core + context
        else:
            assert len(part) == core
            behind = chunk.waveform[chunk.end :]
            np.testing.assert_array_equal(behind, sound[place : place + context])
            assert len(behind) == context
    assert place == length


def test_chunks_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="1 sample at least; found 0"):
        list(chunks([], 0, 5))
