"""The live path: what a converted network says, and where it comes from."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from epanns import WeightsError
from epanns.conversion import cache
from epanns.conversion.cnn14_graph import build as build_graph
from epanns.frontend.parameters import frame_count
from epanns.paths import ROOT
from epanns.runtimes.onnx_runtime import OnnxRuntime, open_runtime
from epanns.runtimes.torch_runtime import TorchRuntime
from tests.support.golden.standin import build


def noise(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, 0.1, shape).astype(np.float32)


def save(path: Path, framewise: bool = False, scale: float = 1.0) -> Path:
    state = build(framewise=framewise).state_dict()
    torch.save({name: value * scale for name, value in state.items()}, path)
    return path


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("weights") / "narrow.pth")


@pytest.fixture(scope="module")
def runtime(checkpoint: Path) -> OnnxRuntime:
    return open_runtime(checkpoint)


@settings(max_examples=15)
@given(samples=st.integers(1, 40000))
def test_is_what_torch_says_of_any_length(
    checkpoint: Path, runtime: OnnxRuntime, samples: int
) -> None:
    waveforms = noise(2, samples)
    expected = TorchRuntime(checkpoint).run(waveforms)
    scored = runtime.run(waveforms)
    np.testing.assert_allclose(scored.scores, expected.scores, atol=2e-4)
    np.testing.assert_allclose(scored.logits, expected.logits, atol=1e-3)
    np.testing.assert_allclose(scored.embedding, expected.embedding, atol=1e-3)
    assert scored.framewise is None


@pytest.mark.parametrize("samples", [100, 9920, 32000, 47777])
def test_frames_are_what_torch_says(tmp_path: Path, samples: int) -> None:
    path = save(tmp_path / "framewise.pth", framewise=True)
    expected = TorchRuntime(path, framewise=True).run(noise(2, samples))
    scored = open_runtime(path, framewise=True).run(noise(2, samples))
    assert scored.framewise is not None and expected.framewise is not None
    assert scored.framewise.shape == (2, frame_count(samples), 527)
    np.testing.assert_allclose(scored.framewise, expected.framewise, atol=2e-4)
    np.testing.assert_allclose(scored.scores, expected.scores, atol=2e-4)
    np.testing.assert_allclose(scored.embedding, expected.embedding, atol=1e-3)


@pytest.mark.parametrize("batch", [1, 3, 8])
@pytest.mark.parametrize("threads", [1, 2])
def test_batch_and_threads_do_not_change_the_scores(
    checkpoint: Path, runtime: OnnxRuntime, batch: int, threads: int
) -> None:
    waveforms = noise(batch, 32000)
    found = open_runtime(checkpoint, threads=threads).run(waveforms).scores
    alone = [runtime.run(waveform[None]).scores[0] for waveform in waveforms]
    np.testing.assert_allclose(found, alone, rtol=0, atol=1e-6)


def test_both_heads_of_one_checkpoint_are_kept_apart(tmp_path: Path) -> None:
    path = save(tmp_path / "weights.pth")
    waveform = noise(1, 32000)
    for _ in range(2):
        assert open_runtime(path).run(waveform).framewise is None
        assert open_runtime(path, framewise=True).run(waveform).framewise is not None
    assert len(list(tmp_path.glob("*.onnx"))) == 2


def test_network_is_converted_once_and_kept(tmp_path: Path) -> None:
    path = save(tmp_path / "weights.pth")
    open_runtime(path)
    kept = cache.find(path, "fp32")
    assert kept is not None
    before = kept.stat().st_mtime_ns
    open_runtime(path)
    assert kept.stat().st_mtime_ns == before


def test_changed_checkpoint_is_converted_anew_and_the_old_file_goes(tmp_path: Path) -> None:
    path = save(tmp_path / "weights.pth")
    old = open_runtime(path).run(noise(1, 32000)).scores
    save(path, scale=0.9)
    new = open_runtime(path).run(noise(1, 32000)).scores
    assert np.abs(old - new).max() > 1e-3
    np.testing.assert_allclose(new, TorchRuntime(path).run(noise(1, 32000)).scores, atol=2e-4)
    assert len(list(tmp_path.glob("*.onnx"))) == 1


@pytest.mark.parametrize("damage", ["a flipped bit", "cut off", "empty", "another format"])
def test_broken_conversion_is_made_anew(tmp_path: Path, damage: str) -> None:
    path = save(tmp_path / "weights.pth")
    expected = open_runtime(path).run(noise(1, 32000)).scores
    kept = cache.find(path, "fp32")
    assert kept is not None
    content = kept.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    if damage == "another format":
        kept.unlink()
        kept = cache.keep(path, "fp32", b"of an onnxruntime that is to come")
    else:
        kept.write_bytes({"cut off": content[:5000], "empty": b""}.get(damage, flipped))
    np.testing.assert_array_equal(open_runtime(path).run(noise(1, 32000)).scores, expected)
    assert len(list(tmp_path.glob("*.onnx"))) == 1


def test_folder_that_cannot_be_written_to_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path / "weights.pth")

    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "keep", full)
    runtime = open_runtime(path)
    assert runtime.run(noise(1, 32000)).scores.shape == (1, 527)
    assert "converted, which takes seconds at every start" in runtime.remark
    assert [found.name for found in tmp_path.iterdir()] == ["weights.pth"]


def test_process_without_torch_stays_without_while_it_converts(tmp_path: Path) -> None:
    path = save(tmp_path / "weights.pth")
    code = (
        "import sys; from pathlib import Path;"
        "from epanns.runtimes.onnx_runtime import open_runtime;"
        f"open_runtime(Path({str(path)!r}));"
        "print({'torch', 'torchlibrosa', 'librosa', 'scipy', 'onnx'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert run.stdout == "set()\n", run.stderr


def test_process_without_torch_does_without_a_folder_to_write_to(tmp_path: Path) -> None:
    path = save(tmp_path / "weights.pth")
    code = (
        "from pathlib import Path; from epanns.runtimes.onnx_runtime import open_runtime\n"
        f"print(open_runtime(Path({str(path)!r})).remark)"
    )
    with unwritable(tmp_path):
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert run.stdout.endswith(f"{tmp_path} cannot be written to.\n"), run.stderr


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
    code = (
        "from pathlib import Path; from epanns.runtimes.onnx_runtime import open_runtime\n"
        f"try: open_runtime(Path({str(path)!r}))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert run.stdout.startswith(f"WeightsError {path} is no weights file for Cnn14"), run


def test_what_is_no_model_is_named() -> None:
    with pytest.raises(ValueError, match="no ONNX model"):
        OnnxRuntime(b"nothing of the kind")


def test_int8_that_was_not_made_is_named(checkpoint: Path) -> None:
    with pytest.raises(WeightsError, match=r"no int8 version of .*models quantise"):
        open_runtime(checkpoint, precision="int8")


def test_shipped_conversion_of_the_starter_is_fresh() -> None:
    starter = ROOT / "models" / "starter.pth"
    shipped = cache.find(starter, "fp32")
    assert shipped is not None, "make it: python -m epanns models convert starter"
    assert shipped.stat().st_size < 5_000_000
    network = TorchRuntime(starter)._network
    anew = OnnxRuntime(build_graph(network).SerializeToString()).run(noise(2, 32000))
    found = OnnxRuntime(shipped).run(noise(2, 32000))
    np.testing.assert_allclose(found.scores, anew.scores, rtol=0, atol=1e-6)


def test_nothing_is_reported_to_the_makers_of_onnx_runtime(tmp_path: Path) -> None:
    code = "import os, epanns.conversion, onnxruntime; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=os.environ | home, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout == "1\n"
    assert not list(tmp_path.rglob("*"))
