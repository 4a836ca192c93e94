"""What the tests of runs share: a pack to learn from, and no picture of the curve."""

from collections.abc import Iterator

import pytest

from epanns.datasets.pack import Pack
from epanns.training import run_folder
from tests.support.toy_pack import toy_pack


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pack]:
    with Pack(toy_pack(tmp_path_factory.mktemp("training") / "pack.h5")) as pack:
        yield pack


@pytest.fixture
def no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing the curve takes most of such a short run, and changes nothing of it."""
    monkeypatch.setattr(run_folder, "draw", lambda path, _: path.touch())
