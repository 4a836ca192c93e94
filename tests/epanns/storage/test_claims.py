"""What an HDF5 file claims is held against its size before anything of that size is made."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from epanns.storage.claims import ClaimError, check_rows, own_dataset, own_texts
from tests.support.hostile_hdf5 import claim_rows, inflate_chunk, repeat_text

TEXT = h5py.string_dtype()
NAMES = ("", "Speech", "Žába 蛙", "a" * 300)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Numbers and texts in every layout that a file of ours has, or that another program gives."""
    path = tmp_path / "file.h5"
    numbers = np.random.default_rng(1).integers(0, 1000, (3000, 4))
    with h5py.File(path, "w") as file:
        file.create_dataset("plain", data=numbers, maxshape=(None, 4), chunks=(100, 4))
        file.create_dataset(
            "packed", data=numbers, maxshape=(None, 4), chunks=(100, 4),
            compression="gzip", compression_opts=1, shuffle=True,
        )  # fmt: skip
        file.create_dataset("texts", data=NAMES, dtype=TEXT)
        layouts: dict[str, dict[str, Any]] = {
            "chunked": {},
            "shuffled": {"compression": "gzip", "shuffle": True},
            "deflated": {"compression": "gzip"},
        }
        for name, options in layouts.items():
            file.create_dataset(
                name, data=700 * NAMES, dtype=TEXT, maxshape=(None,), chunks=(512,), **options
            )
        file["short"] = np.array([b"a", b"bc"], "S2")
    return path


@pytest.fixture
def file(path: Path) -> Iterator[h5py.File]:
    with h5py.File(path) as file:
        yield file


@pytest.mark.parametrize("name", ["plain", "packed", "texts", "chunked"])
def test_what_is_there_may_be_read(file: h5py.File, path: Path, name: str) -> None:
    check_rows(own_dataset(file, name), path.stat().st_size)


@pytest.mark.parametrize("name", ["chunked", "shuffled", "deflated"])
def test_texts_come_back_in_any_layout(file: h5py.File, path: Path, name: str) -> None:
    assert own_texts(file, name, path) == 700 * NAMES
    assert own_texts(file, "texts", path) == NAMES
    assert own_texts(file, "short", path) == ("a", "bc")


def test_zeros_are_packed_less_than_may_be(tmp_path: Path) -> None:
    """Silence is no bomb."""
    path = tmp_path / "silence.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset(
            "waveform", data=np.zeros(10_000_000, np.int16), chunks=(32768,),
            compression="gzip", compression_opts=1, shuffle=True,
        )  # fmt: skip
    with h5py.File(path) as file:
        check_rows(own_dataset(file, "waveform"), path.stat().st_size)


@pytest.mark.parametrize("rows", [10**7, 10**9, 2**40, 2**62])
@pytest.mark.parametrize("name", ["plain", "packed"])
def test_rows_that_cannot_be_there_are_refused(path: Path, name: str, rows: int) -> None:
    claim_rows(path, rows, name)
    with h5py.File(path) as file, pytest.raises(ClaimError, match=f"rows of its {name}"):
        check_rows(own_dataset(file, name), path.stat().st_size)


def test_rows_that_are_known_to_be_missing_need_no_room(path: Path) -> None:
    claim_rows(path, 10**9, "plain")
    with h5py.File(path) as file:
        check_rows(own_dataset(file, "plain"), path.stat().st_size, missing=10**9 - 3000)


def test_a_chunk_that_becomes_larger_than_a_chunk_is_refused(path: Path) -> None:
    inflate_chunk(path, "packed", 1 << 28)
    with h5py.File(path) as file, pytest.raises(ClaimError, match="its packed cannot be unpacked"):
        check_rows(own_dataset(file, "packed"), path.stat().st_size)


def test_one_text_that_stands_for_many_is_refused(path: Path) -> None:
    repeat_text(path, "texts", 2_000_000)
    with h5py.File(path) as file, pytest.raises(ClaimError, match="the texts of its texts"):
        own_texts(file, "texts", path)


@pytest.mark.parametrize("name", ["chunked", "shuffled"])
def test_the_same_of_texts_in_chunks(path: Path, name: str) -> None:
    """A chunk of references is written in the place of another as often as there is room."""
    with h5py.File(path, "r+") as file:
        file[name][512:1024] = ["x" * 2000] * 512
        mask, chunk = file[name].id.read_direct_chunk((512,))
        for row in range(0, 2800, 512):
            file[name].id.write_direct_chunk((row,), chunk, mask)
        own_size = path.stat().st_size
    with h5py.File(path) as file:
        assert sum(map(len, file[name].asstr()[:])) > own_size
        with pytest.raises(ClaimError, match=f"the texts of its {name}"):
            own_texts(file, name, path)


def elsewhere(file: h5py.File) -> None:
    file.create_dataset("x", (100,), "<i2", external=[("/etc/passwd", 0, 200)])


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((100,), "<i2")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (100,))
    file.create_virtual_dataset("x", layout)


def external_link(file: h5py.File) -> None:
    file["x"] = h5py.ExternalLink("/etc/passwd", "x")


def soft_link(file: h5py.File) -> None:
    file["x"] = h5py.SoftLink("/plain")


def large_chunks(file: h5py.File) -> None:
    file.create_dataset("x", (2**31,), "<i2", chunks=(2**30,))


def other_filter(file: h5py.File) -> None:
    file.create_dataset("x", (100,), "<i2", chunks=(10,), scaleoffset=0)


def group(file: h5py.File) -> None:
    file.create_group("x")


@pytest.mark.parametrize(
    "make",
    [elsewhere, virtual, external_link, soft_link, large_chunks, other_filter, group, None],
)
def test_what_is_not_in_the_file_or_not_of_our_kind_is_refused(
    path: Path, make: Callable[[h5py.File], None] | None
) -> None:
    with h5py.File(path, "r+") as file:
        if make:
            make(file)
        with pytest.raises(ClaimError, match=r"its x cannot be used|it has no x"):
            own_dataset(file, "x")
