"""Texts in damaged HDF5 files are read, or refused where HDF5 itself would not come back."""

import struct
from pathlib import Path

import h5py
import numpy as np
import pytest

from epanns.storage.claims import own_texts
from epanns.storage.text_heaps import HEADER, MARK, OBJECT, check_attributes, open_texts


@pytest.fixture(params=["plain", "packed"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "some.h5"
    packed = {"compression": "gzip"} if request.param == "packed" else {}
    with h5py.File(path, "w") as file:
        file.attrs["about"] = "a text of its own"
        group = file.create_group("deep")
        names = [f"a name of some length, {number}" for number in range(500)]
        group.create_dataset("names", data=names, dtype=h5py.string_dtype(), **packed)
        kind = np.dtype([("at", "i8"), ("text", h5py.string_dtype())])
        file.create_dataset("table", data=np.array([(1, "one"), (2, "two")], kind))
        file.create_dataset("numbers", data=np.arange(10))
    return path


def objects(content: bytes) -> list[int]:
    """The places of all objects of all heaps."""
    places, at = [], -1
    while (at := content.find(MARK, at + 1)) >= 0:
        _, size = HEADER.unpack_from(content, at)
        place = at + HEADER.size
        while place + OBJECT.size <= at + size:
            places.append(place)
            number, length = OBJECT.unpack_from(content, place)
            place += OBJECT.size + (length + 7) // 8 * 8 if number else max(length, OBJECT.size)
    return places


def read_all(path: Path) -> list[str]:
    check_attributes(path)
    with open_texts(path) as file:
        assert [text for _, text in file["table"][:]] == [b"one", b"two"]
        return list(own_texts(file["deep"], "names", path))


def test_whole_files_are_read(path: Path) -> None:
    assert read_all(path)[7] == "a name of some length, 7"


def test_a_heap_without_end_is_refused_wherever_it_is_damaged(path: Path) -> None:
    whole = path.read_bytes()
    places = objects(whole)
    assert len(places) > 500
    for place in places[:: len(places) // 20]:
        content = bytearray(whole)
        struct.pack_into("<H6xQ", content, place, 0, 0)  # for ever, in HDF5
        path.write_bytes(content)
        with pytest.raises(ValueError, match="its texts cannot be read"):
            read_all(path)
