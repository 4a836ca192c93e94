"""The architectures there are: their entries, how files are told, and those from outside."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch

from epanns.child_process import call
from epanns.errors import SettingsError, WeightsError
from epanns.frontend.parameters import PANNS
from epanns.frontend.torch_frontend import power_spectrum
from epanns.networks import registry
from epanns.networks.architecture import Architecture, UnfitError, Weights, few
from epanns.networks.cnn14 import CNN14, CNN14_DECISION_LEVEL_MAX
from epanns.paths import MODELS, NETWORKS_VARIABLE, ROOT
from tests.support.golden.standin import build
from tests.support.published import publish

OUTSIDE = '''"""A network of one's own."""

from dataclasses import replace

from epanns.networks.cnn14 import CNN14
from epanns.networks.architecture import Weights
from epanns.networks.registry import register

ENTRY = replace(
    CNN14,
    name="own",
    recognises=lambda shapes: "own.weight" in shapes,
    weights=(Weights("mine", "mine.pth"),),
)
register(ENTRY)
'''


def shapes(**others: tuple[int, ...]) -> Mapping[str, tuple[int, ...]]:
    """Of the narrow network, and of others."""
    state = build().state_dict()
    return {name: tuple(value.shape) for name, value in state.items()} | others


def test_published_weights_come_in_the_order_to_name_them_in() -> None:
    names = ("starter", "epanns", "cnn14", "cnn14_framewise")
    assert tuple(registry.published())[:4] == names
    for name, (weights, architecture) in registry.published().items():
        assert weights.name == name and weights in architecture.weights
    assert registry.published()["cnn14_framewise"][1].framewise


def test_every_architecture_has_a_name_of_its_own_and_the_default_is_one() -> None:
    for name, entry in registry.architectures().items():
        assert entry.name == name and registry.get(name) is entry
        assert {"clipwise"} <= entry.outputs <= {"clipwise", "embedding", "framewise"}
        assert entry.sample_rate == entry.front_end.sample_rate
    assert registry.default() is CNN14
    known = r"There is no architecture unheard of; there are cnn14, cnn14_decision_level_max.*\.$"
    with pytest.raises(WeightsError, match=known):
        registry.get("unheard of")


def least(**numbers: Any) -> Architecture:
    """An entry with nothing but what it must have, on the front end of PANNs with other numbers."""
    return Architecture("least", replace(PANNS, **numbers), build, "head.weight")


def test_an_entry_needs_a_name_a_front_end_what_makes_it_and_the_key_of_its_last_layer() -> None:
    entry = least()
    assert entry.title == "least" and entry.outputs == {"clipwise", "embedding"}
    assert entry.dimensions({"head.weight": (3, 8)}) == {} and not entry.framewise
    assert entry.holds({"head.weight": (3, 8)}) and not entry.holds({"tail.weight": (3, 8)})
    assert not replace(entry, recognises=lambda _: False).holds({"head.weight": (3, 8)})


@pytest.mark.parametrize(
    "numbers", [{}, {"n_fft": 2048}, {"centred": False}, {"centred": False, "window": 800}]
)
@pytest.mark.parametrize("pre_emphasis", [0, 0.97])
def test_the_shortest_segment_is_never_shorter_than_what_the_front_end_can_take(
    numbers: dict[str, Any], pre_emphasis: float
) -> None:
    shortest = least(**numbers, pre_emphasis=pre_emphasis)
    front_end, samples = shortest.front_end, shortest.least_samples
    waveform = torch.ones(1, samples)
    assert power_spectrum(waveform, front_end).shape[1] == front_end.frame_count(samples) >= 1
    with pytest.raises(RuntimeError):
        power_spectrum(waveform[:, 1:], front_end)
    assert shortest.missing(1) == samples - 1
    assert replace(shortest, least_samples=1).least_samples == samples
    assert replace(shortest, least_samples=9999).least_samples == 9999


def test_entries_need_no_pytorch() -> None:
    code = (
        "import sys; from epanns.networks import registry; registry.published();"
        "registry.recognise({}); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.mark.parametrize(
    ("frames", "steps", "found"),
    [(1, 1, [0]), (7, 2, [0, 0, 0, 1, 1, 1, 1]), (4, 3, [0, 0, 0, 1])],
)
def test_every_frame_belongs_to_a_step(frames: int, steps: int, found: list[int]) -> None:
    entry = replace(CNN14_DECISION_LEVEL_MAX, step_frames=3)
    assert entry.steps_of(frames, steps) == found


def test_an_architecture_is_recognised_by_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry.recognise(shapes()) is CNN14
    own = replace(CNN14, name="own", recognises=lambda keys: "own.weight" in keys)
    monkeypatch.setitem(registry._registered, own.name, own)
    assert registry.recognise({"own.weight": (1,)}) is own
    assert registry.recognise(shapes()) is CNN14


def test_keys_that_none_knows_are_of_none() -> None:
    assert registry.recognise({}) is registry.recognise({"conv.weight": (3, 3)}) is None


def test_a_published_file_is_recognised_by_its_checksum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "renamed.pth"
    path.write_bytes(b"abc")
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert registry.recognise_file(path) is None
    known = Weights("known", "published.pth", size=3, sha256=abc)
    publish(monkeypatch, known, CNN14_DECISION_LEVEL_MAX)
    found = registry.recognise_file(path)
    assert found is not None and found[0] is known
    assert found[1].name == CNN14_DECISION_LEVEL_MAX.name
    path.write_bytes(b"abd")  # of the same size
    assert registry.recognise_file(path) is None


def test_a_file_of_another_size_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "sha256_of", None)
    assert registry.recognise_file(MODELS / "README.md") is None


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        registry.recognise_file(tmp_path / "nothing.pth")


def test_a_module_elsewhere_adds_its_own_and_other_processes_have_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside_networks.py").write_text(OUTSIDE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.setattr(registry, "_modules", [])
    entry = import_module("outside_networks").ENTRY
    registry.import_modules(["outside_networks"])  # once is enough
    assert registry.modules() == ("outside_networks",)
    assert registry.get("own") is entry is registry.recognise({"own.weight": (1,)})
    assert registry.published()["mine"] == (entry.weights[0], entry)
    names = call("epanns.zoo.catalogue:names", modules=registry.modules())
    assert names == tuple(registry.published()) and names[-1] == "mine"


def named(monkeypatch: pytest.MonkeyPatch, folder: Path, names: str) -> None:
    """Let EPANNS_NETWORKS name modules, which are found in a folder."""
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.setattr(registry, "_modules", [])
    monkeypatch.setenv(NETWORKS_VARIABLE, names)


def test_modules_that_the_variable_names_are_imported_when_architectures_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        module = OUTSIDE.replace('"own"', f'"own {number}"').replace("mine", f"mine{number}")
        (tmp_path / f"named_{number}.py").write_text(module)
    named(monkeypatch, tmp_path, "named_1, named_2,")
    assert registry.get("own 1") and registry.get("own 2").weights[0].name == "mine2"
    assert registry.modules() == ("named_1", "named_2")
    assert call("epanns.zoo.catalogue:names")[-2:] == ("mine1", "mine2")  # in another process


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("import nothing_like_it", "No module named 'nothing_like_it'"),
        ("import torch.nothing_like_it", "No module named 'torch.nothing_like_it'; scripts/setup "),
        ("1 / 0", "division by zero"),
        ("def", "invalid syntax"),
    ],
)
def test_a_module_that_does_not_load_is_told_with_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, said: str
) -> None:
    (tmp_path / "broken.py").write_text(content)
    named(monkeypatch, tmp_path, "broken")
    sentence = f"EPANNS_NETWORKS names the module broken, which does not load: {said}"
    for _ in range(2):
        with pytest.raises(SettingsError, match=f"^{re.escape(sentence)}"):
            registry.architectures()


def test_no_command_needs_the_modules_that_are_named_to_show_its_help() -> None:
    code = "import demo_tag, epanns.__main__"
    env = os.environ | {NETWORKS_VARIABLE: "nothing_like_it"}
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env).returncode == 0


def test_a_script_that_is_run_cannot_register(tmp_path: Path) -> None:
    """The program's other processes could not import it by its name."""
    script = tmp_path / "own_script.py"
    script.write_text(OUTSIDE)
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path,
                         env=os.environ | {"PYTHONPATH": str(ROOT)})  # fmt: skip
    assert run.returncode == 1
    *_, last = run.stderr.splitlines()
    assert last.startswith("ValueError: own cannot be registered by a script that is run; put")


@pytest.mark.parametrize(
    ("file", "start"),
    [
        (Weights("a", "network.pth"), ""),
        (Weights("a", "network-0123abcd.pth"), "0123abcd"),
        (Weights("a", "network-0123abcd.pth", sha256="f" * 64), "f" * 64),
        (Weights("a", "network-0123ABCD.pth"), ""),
        (Weights("a", "network-of-eight12.pth"), ""),
        (Weights("a", "network-0123abcd.pt"), ""),
    ],
)
def test_the_name_of_a_file_for_pytorch_hub_tells_how_its_checksum_begins(
    file: Weights, start: str
) -> None:
    assert file.sha256_start == start


def test_a_file_without_a_last_layer_has_no_classes() -> None:
    deep = replace(CNN14, classes_key="fc.weight", deep_classes_key="fc.6.weight")
    assert deep.class_count({"fc.weight": (3, 8)}) == 3
    assert deep.class_count({"fc.6.weight": (5, 8), "fc.0.weight": (8, 8)}) == 5
    for entry, found in ((deep, {"fc.0.weight": (8, 8)}), (CNN14, {}), (deep, {"fc.weight": ()})):
        with pytest.raises(UnfitError, match=f"expected the key {entry.classes_key}, found"):
            entry.class_count(found)


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], "no keys"),
        (["a"], "the key 'a'"),
        (["b", "a"], "keys 'a', 'b'"),
        (["e", "d", "c", "b", "a"], "keys 'a', 'b', 'c' and 2 more"),
        ([3, "a"], "keys 'a', 3"),
        (["x" * 100], f"the key '{'x' * 59}"),
    ],
)
def test_a_few_keys_stand_for_all(names: list[object], text: str) -> None:
    assert few(names) == text
