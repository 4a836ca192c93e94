"""Opening a checkpoint on the live path: converted where it is not yet, and only then."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from epanns.child_process import ChildError, NoAnswerError
from epanns.conversion import cache, opening
from epanns.conversion.opening import convert_in_child, open_converted
from epanns.errors import ConversionError, NotQuantisedError, UnfitWeightsError, WeightsError
from epanns.networks import registry
from epanns.networks.cnn14 import CNN14, CNN14_DECISION_LEVEL_MAX
from epanns.paths import ROOT
from epanns.runtimes.runtime import Runtime
from epanns.runtimes.torch_runtime import TorchRuntime
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.golden.standin import build
from tests.support.own_network import NAMES as OWN_NAMES
from tests.support.own_network import write_own_network

FRAMEWISE = CNN14_DECISION_LEVEL_MAX
THREE = ("Robin", "Wren", "Tawny owl")


def noise(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, 0.1, shape).astype(np.float32)


def save(path: Path, scale: float = 1.0) -> Path:
    torch.save({name: value * scale for name, value in build().state_dict().items()}, path)
    return path


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return save(tmp_path / "weights.pth")


def test_both_heads_of_one_checkpoint_are_kept_apart(checkpoint: Path) -> None:
    waveform = noise(1, 32000)
    for _ in range(2):
        assert open_converted(checkpoint).run(waveform).framewise is None
        framewise = open_converted(checkpoint, architecture=FRAMEWISE)
        found = framewise.run(waveform).framewise
        assert found is not None and found.shape == (1, 101, 527)
        assert framewise.architecture is FRAMEWISE
    assert len(list(checkpoint.parent.glob("*.onnx"))) == 2


def test_network_is_converted_once_and_kept(checkpoint: Path) -> None:
    open_converted(checkpoint)
    kept = cache.find(checkpoint, "fp32")
    assert kept is not None
    before = kept.stat().st_mtime_ns
    open_converted(checkpoint)
    assert kept.stat().st_mtime_ns == before


def test_changed_checkpoint_is_converted_anew_and_the_old_file_goes(checkpoint: Path) -> None:
    old = open_converted(checkpoint).run(noise(1, 32000)).scores
    save(checkpoint, scale=0.9)
    new = open_converted(checkpoint).run(noise(1, 32000)).scores
    assert np.abs(old - new).max() > 1e-3
    np.testing.assert_allclose(new, TorchRuntime(checkpoint).run(noise(1, 32000)).scores, atol=2e-4)
    assert len(list(checkpoint.parent.glob("*.onnx"))) == 1


@pytest.mark.parametrize("damage", ["a flipped bit", "cut off", "empty", "another format"])
def test_broken_conversion_is_made_anew(checkpoint: Path, damage: str) -> None:
    expected = open_converted(checkpoint).run(noise(1, 32000)).scores
    kept = cache.find(checkpoint, "fp32")
    assert kept is not None
    content = kept.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    if damage == "another format":
        kept.unlink()
        kept = cache.keep(checkpoint, "fp32", b"of an onnxruntime that is to come")
    else:
        kept.write_bytes({"cut off": content[:5000], "empty": b""}.get(damage, flipped))
    np.testing.assert_array_equal(open_converted(checkpoint).run(noise(1, 32000)).scores, expected)
    assert len(list(checkpoint.parent.glob("*.onnx"))) == 1


def test_int8_that_was_not_made_is_named(checkpoint: Path) -> None:
    with pytest.raises(NotQuantisedError, match=r"no int8 version of .*models quantise"):
        open_converted(checkpoint, precision="int8")


# --- the classes


def test_classes_are_those_of_the_architecture_without_names(checkpoint: Path) -> None:
    for _ in range(2):  # converted, and found converted
        assert open_converted(checkpoint).vocabulary is AUDIOSET


def test_names_in_a_checkpoint_are_there_in_its_conversion(tmp_path: Path) -> None:
    state = build().state_dict()
    for part in ("weight", "bias"):
        state[f"fc_audioset.{part}"] = state[f"fc_audioset.{part}"][:3]
    torch.save({"model": state, "classes": list(THREE)}, tmp_path / "three.pth")
    for _ in range(2):
        runtime = open_converted(tmp_path / "three.pth")
        assert runtime.vocabulary.names == THREE
        assert runtime.run(noise(1, 32000)).scores.shape == (1, 3)


def test_names_that_are_put_beside_a_converted_checkpoint_count(checkpoint: Path) -> None:
    open_converted(checkpoint)
    names = [f"class {number}" for number in range(527)]
    checkpoint.with_name("weights.pth.classes.csv").write_text("\n".join(names))
    assert open_converted(checkpoint).vocabulary.names == tuple(names)
    checkpoint.with_name("weights.pth.classes.csv").write_text("\n".join(AUDIOSET.names))
    assert open_converted(checkpoint).vocabulary is AUDIOSET, "with its ontology"
    checkpoint.with_name("weights.pth.classes.csv").write_text("\n".join(names[1:]))
    with pytest.raises(WeightsError, match=r"has 527 classes, and there are 526 names .*\.csv\.$"):
        open_converted(checkpoint)


def test_names_beside_a_checkpoint_stay_out_of_its_conversion(tmp_path: Path) -> None:
    path = write_own_network(tmp_path / "own.pth")
    table = tmp_path / "own.pth.classes.csv"
    table.write_text("Rook\nCrow\nRaven\n")
    assert open_converted(path).vocabulary.names == ("Rook", "Crow", "Raven")
    table.unlink()
    assert open_converted(path).vocabulary.names == OWN_NAMES
    assert len(list(tmp_path.glob("*.onnx"))) == 1, "one conversion for both"


@pytest.mark.parametrize("open_runtime", [open_converted, TorchRuntime])
def test_classes_that_only_a_table_names_have_numbers_without_it(
    tmp_path: Path, open_runtime: Callable[[Path], Runtime]
) -> None:
    path = write_own_network(tmp_path / "own.pth", names=None)
    table = tmp_path / "own.pth.classes.csv"
    table.write_text("Rook\nCrow\nRaven\n")
    assert open_runtime(path).vocabulary.names == ("Rook", "Crow", "Raven")
    table.unlink()
    assert open_runtime(path).vocabulary.names == ("class 0", "class 1", "class 2")


@pytest.mark.parametrize("open_runtime", [open_converted, TorchRuntime])
@pytest.mark.parametrize("beside", [True, False])
def test_audiosets_names_are_audioset_for_any_architecture(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    open_runtime: Callable[[Path], Runtime],
    beside: bool,
) -> None:
    birds = Vocabulary([f"bird {number}" for number in range(527)])
    monkeypatch.setitem(registry._registered, CNN14.name, replace(CNN14, vocabulary=birds))
    path = tmp_path / "weights.pth"
    names = {} if beside else {"classes": list(AUDIOSET.names)}
    torch.save({"model": build().state_dict(), **names}, path)
    if beside:
        Path(f"{path}.classes.csv").write_text("\n".join(AUDIOSET.names))
    assert open_runtime(path).vocabulary is AUDIOSET, "with its ontology"


# --- where it cannot be kept, or not be converted


def test_folder_that_cannot_be_written_to_is_no_obstacle(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "keep", full)
    runtime = open_converted(checkpoint)
    assert runtime.run(noise(1, 32000)).scores.shape == (1, 527)
    assert "converted, which takes seconds at every start" in runtime.remark
    assert [found.name for found in checkpoint.parent.iterdir()] == ["weights.pth"]


def test_conversion_that_is_there_needs_no_remark(checkpoint: Path) -> None:
    for _ in range(2):
        assert open_converted(checkpoint).remark == ""


def python(code: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run code in a process that has imported no PyTorch."""
    code = f"from pathlib import Path; from epanns.conversion.opening import open_converted\n{code}"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT,
        env=os.environ | variables,
    )  # fmt: skip


def test_process_without_torch_stays_without_and_converts_for_the_architecture_asked_for(
    checkpoint: Path,
) -> None:
    run = python(
        "from epanns.networks.registry import get; import numpy, sys\n"
        f"entry = get({FRAMEWISE.name!r})\n"
        f"runtime = open_converted(Path({str(checkpoint)!r}), architecture=entry)\n"
        "found = runtime.run(numpy.zeros((1, 32000), numpy.float32))\n"
        "large = {'torch', 'torchlibrosa', 'librosa', 'scipy', 'onnx'} & set(sys.modules)\n"
        "print(found.framewise.shape, large)"
    )
    assert run.stdout == "(1, 101, 527) set()\n", run.stderr


def test_process_without_torch_keeps_the_copy_elsewhere_where_the_folder_is_read_only(
    checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home, here = tmp_path_factory.mktemp("home"), checkpoint.parent
    code = f"print(open_converted(Path({str(checkpoint)!r})).remark)"
    with unwritable(here):
        run = python(code, EPANNS_HOME=str(home))
        assert (run.stdout, len(list(home.glob("converted/*/*.onnx")))) == ("\n", 1), run.stderr
        run = python(code, EPANNS_HOME=str(here))  # that one cannot be written to, either
    assert run.stdout.endswith(f"neither {here} nor {here / 'converted'} can be written to.\n")


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """A folder in which nothing can be made, for the administrator neither."""
    folder.chmod(0o500)
    immutable = os.geteuid() == 0 and shutil.which("chattr")
    try:
        if immutable and subprocess.run(["chattr", "+i", folder], check=False).returncode == 0:
            yield
        elif os.geteuid() == 0:
            pytest.skip("the administrator can write everywhere")
        else:
            yield
    finally:
        if immutable:
            subprocess.run(["chattr", "-i", folder], check=False)
        folder.chmod(0o700)


def test_process_without_torch_names_what_is_wrong_with_the_weights(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"no weights")
    run = python(
        f"try: open_converted(Path({str(path)!r}))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    assert run.stdout.startswith(f"UnfitWeightsError {path} is no weights file for Cnn14"), run


@pytest.mark.parametrize(
    ("raised", "expected", "sentence"),
    [
        (ChildError("It is gone.", "WeightsError"), WeightsError, "It is gone"),
        (ChildError("It has no keys.", "UnfitWeightsError"), UnfitWeightsError, "no keys"),
        (ChildError("It scores 0.1.", "ConversionError"), ConversionError, "It scores"),
        (NoAnswerError("It crashed (SIGKILL)."), ConversionError, r"SIGKILL.*--runtime torch"),
    ],
)
def test_what_goes_wrong_in_the_other_process_is_told(
    raised: Exception, expected: type, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(opening, "call", fail)
    with pytest.raises(WeightsError, match=sentence) as caught:
        convert_in_child(Path("weights.pth"), None)
    assert type(caught.value) is expected
