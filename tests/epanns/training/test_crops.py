"""Crops of clips: where they are taken from, and how far below the clip's loudest second."""

from collections.abc import Iterator

import numpy as np
import pytest

from epanns.datasets.pack import Pack, PackWriter
from epanns.training.crops import Crops
from tests.support.toy_pack import RATE, label

BURST, FADING, SHORT, SILENT = range(4)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pack]:
    path = tmp_path_factory.mktemp("crops") / "pack.h5"
    burst = np.zeros(10 * RATE, np.float32)
    burst[4 * RATE : 5 * RATE] = 0.5
    fading = np.repeat(np.array([0.5, 0.05, 0.005], np.float32), RATE)  # by 20 dB a second
    short = np.full(RATE // 4, 0.25, np.float32)
    with PackWriter(path) as writer:
        for waveform in (burst, fading, short, np.zeros(2 * RATE, np.float32)):
            writer.add(str(len(writer)), waveform, label())
    with Pack(path) as pack:
        yield pack


def random() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_crop_is_that_part_of_the_clip(pack: Pack) -> None:
    crop = Crops(pack).crop(BURST, 3 * RATE, random())
    assert crop.clip == BURST and crop.waveform.dtype == np.float32
    assert np.array_equal(crop.waveform, pack.waveform(BURST, crop.start, 3 * RATE))


def test_crops_are_rather_taken_where_there_is_sound(pack: Pack) -> None:
    crops, numbers = Crops(pack), random()
    heard = [crops.crop(BURST, RATE, numbers).waveform.any() for _ in range(300)]
    # One place in 4.5 has a part of the burst; of three places one has it more often.
    assert np.mean(heard) == pytest.approx(1 - (1 - 2 / 9) ** 3, abs=0.08)


def test_a_short_clip_lies_anywhere_in_its_crop(pack: Pack) -> None:
    crops, numbers = Crops(pack), random()
    starts = set()
    for _ in range(50):
        crop = crops.crop(SHORT, RATE, numbers)
        places = np.flatnonzero(crop.waveform)
        assert len(places) == RATE // 4 and places[0] == -crop.start
        assert (crop.waveform[places] == 0.25).all() and crop.below == pytest.approx(0, abs=1e-9)
        starts.add(crop.start)
    assert min(starts) < -RATE / 2 and max(starts) > -RATE / 4


@pytest.mark.parametrize(
    ("start", "samples", "below"),
    [
        (0, RATE, 0.0),
        (RATE, RATE, 20.0),
        (2 * RATE, RATE, 40.0),
        (RATE // 2, RATE, 2.967),  # half of it loud, half 20 dB softer
        (RATE, RATE // 2, 20.0),  # the power counts, not the energy
        (RATE // 2, 2 * RATE, 2.967),  # of a longer crop, its loudest second
        (0, 3 * RATE, 0.0),
    ],
)
def test_how_far_a_crop_is_below_the_loudest_second(
    pack: Pack, start: int, samples: int, below: float
) -> None:
    class Fixed(np.random.Generator):
        def integers(self, *_: object, **__: object) -> np.ndarray:  # type: ignore[override]
            return np.full(3, start)

    crop = Crops(pack).crop(FADING, samples, Fixed(np.random.PCG64()))
    assert crop.start == start and crop.below == pytest.approx(below, abs=0.01)


def test_silence_is_infinitely_far_below_unless_there_is_nothing_else(pack: Pack) -> None:
    every, numbers = Crops(pack), random()
    found = [every.crop(BURST, RATE, numbers) for _ in range(50)]
    assert {crop.below == np.inf for crop in found if not crop.waveform.any()} == {True}
    assert every.crop(SILENT, RATE, numbers).below == 0.0
