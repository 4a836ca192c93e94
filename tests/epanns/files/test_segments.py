"""From blocks to scores of segments: where they lie, and that nothing else matters."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epanns import AudioTagger
from epanns.files.segments import SegmentScores, combined, score, segments
from epanns.frontend.parameters import SAMPLE_RATE

SEGMENT = 4000


@pytest.fixture(scope="module")
def tagger() -> AudioTagger:
    return AudioTagger("starter")


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, 70_000).astype(np.float32)


def cut(samples: int, segment: int, hop: int) -> list[tuple[int, int]]:
    """Where the segments of so many samples lie, in blocks of 7."""
    sound = np.arange(samples, dtype=np.float32)
    pieces = segments([sound[i : i + 7] for i in range(0, samples, 7)], segment, hop)
    return [(int(piece[0]), int(piece[-1]) + 1) for piece in pieces]


@pytest.mark.parametrize(
    ("samples", "hop", "expected"),
    [
        (30, 10, [(0, 10), (10, 20), (20, 30)]),
        (34, 10, [(0, 10), (10, 20), (20, 30)]),
        (35, 10, [(0, 10), (10, 20), (20, 30)]),  # not more than half a hop
        (36, 10, [(0, 10), (10, 20), (20, 30), (30, 36)]),
        (12, 4, [(0, 10)]),
        (13, 4, [(0, 10), (4, 13)]),
        (14, 4, [(0, 10), (4, 14)]),
        (3, 10, [(0, 3)]),  # all there is
        (1, 4, [(0, 1)]),
        (10, 1, [(0, 10)]),
        (0, 10, []),
    ],
)
def test_segments_cover_the_sound(samples: int, hop: int, expected: list[tuple[int, int]]) -> None:
    assert cut(samples, 10, hop) == expected


@settings(max_examples=200)
@given(samples=st.integers(1, 200), segment=st.integers(1, 60), data=st.data())
def test_at_most_half_a_hop_is_not_heard(samples: int, segment: int, data: st.DataObject) -> None:
    hop = data.draw(st.integers(1, segment))
    found = cut(samples, segment, hop)
    assert [first for first, _ in found] == [hop * i for i in range(len(found))]
    assert all(end == min(first + segment, samples) for first, end in found)
    assert samples - found[-1][1] <= hop / 2


def joined(parts: list[SegmentScores]) -> SegmentScores:
    """All parts as one."""
    assert [part.first for part in parts] == [
        sum(len(each.levels) for each in parts[:i]) * parts[0].hop for i in range(len(parts))
    ]
    fields = zip(*[(part.scores, part.embeddings, part.levels) for part in parts], strict=True)
    return SegmentScores(0, parts[0].hop, *[np.concatenate(field) for field in fields])


@settings(max_examples=15)
@given(block=st.integers(1, 80_000))
def test_blocks_do_not_matter(tagger: AudioTagger, noise: np.ndarray, block: int) -> None:
    sound = [noise[i : i + block] for i in range(0, len(noise), block)]
    expected = joined(list(score([noise], tagger, SEGMENT, 3000)))
    found = joined(list(score(sound, tagger, SEGMENT, 3000)))
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=15)
@given(batch=st.integers(1, 40))
def test_batches_do_not_matter(tagger: AudioTagger, noise: np.ndarray, batch: int) -> None:
    expected = joined(list(score([noise], tagger, 20_000, 3000)))
    found = joined(list(score([noise], tagger, 20_000, 3000, batch)))
    np.testing.assert_allclose(found.scores, expected.scores, rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.embeddings, expected.embeddings, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(found.levels, expected.levels)


@pytest.mark.parametrize(("segment", "rows"), [(SAMPLE_RATE // 2, 16), (10 * SAMPLE_RATE, 1)])
def test_long_segments_come_in_smaller_batches(
    tagger: AudioTagger, segment: int, rows: int
) -> None:
    sound = np.zeros(20 * SAMPLE_RATE, np.float32)
    assert len(next(score([sound], tagger, segment, segment)).levels) == rows


def test_scores_are_those_of_the_tagger(tagger: AudioTagger, noise: np.ndarray) -> None:
    (part,) = score([noise], tagger)
    assert (part.first, part.hop) == (0, SAMPLE_RATE)
    seconds = noise[: 2 * SAMPLE_RATE].reshape(2, -1)
    np.testing.assert_array_equal(part.scores, tagger.scores(seconds))
    assert part.scores.shape == (2, 527) and part.scores.dtype == np.float32
    assert len(part.embeddings) == 2 and part.embeddings.dtype == np.float32
    assert part.levels == pytest.approx([-20, -20], abs=0.1) and part.levels.dtype == np.float32


def test_what_is_short_is_padded_with_zeros_but_not_its_level(tagger: AudioTagger) -> None:
    (part,) = score([np.full(100, 0.1, np.float32)], tagger, SEGMENT, SEGMENT)
    padded = np.zeros((1, SEGMENT), np.float32)
    padded[0, :100] = 0.1
    np.testing.assert_array_equal(part.scores, tagger.scores(padded))
    assert part.levels[0] == pytest.approx(-20, abs=0.01)


def test_a_recording_has_the_mean_and_the_maximum_of_its_segments_averaged() -> None:
    scores = np.array([[0.1, 0.9], [0.3, 0.3]], np.float32)
    found = combined(scores.mean(axis=0), scores.max(axis=0))
    assert found == pytest.approx([0.25, 0.75]) and found.dtype == np.float32
    with_more = np.random.default_rng(0).random((7, 527), np.float32)
    expected = (with_more.mean(axis=0) + with_more.max(axis=0)) / 2  # as evaluate has it
    np.testing.assert_array_equal(combined(with_more.mean(0), with_more.max(0)), expected)


def test_silence_is_minus_infinity(tagger: AudioTagger) -> None:
    (part,) = score([np.zeros(100, np.float32)], tagger)
    assert part.levels[0] == -np.inf


def test_no_sound_has_no_scores(tagger: AudioTagger) -> None:
    assert not list(score([], tagger)) and not list(score([np.zeros(0, np.float32)], tagger))


@pytest.mark.parametrize(
    ("hop", "batch", "message"),
    [(0, 1, "found 0"), (9, 1, "found 9"), (1, 0, "1 segment at least")],
)
def test_what_cannot_be_is_named(tagger: AudioTagger, hop: int, batch: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        next(score([], tagger, 8, hop, batch))


def test_sound_is_asked_for_as_it_is_scored(tagger: AudioTagger, tmp_path: Path) -> None:
    """No more of it is in memory than a batch needs."""
    given_out = 0

    def endless():  # type: ignore[no-untyped-def]
        nonlocal given_out
        while True:
            given_out += 1000
            yield np.zeros(1000, np.float32)

    parts = score(endless(), tagger, SEGMENT, SEGMENT, batch=2)
    for count in (1, 2, 3):
        next(parts)
        assert given_out <= 2 * SEGMENT * count + 1000
