"""python -m epanns prune, as a user runs it, and what the file that it writes is good for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from epanns import AudioTagger, load_checkpoint
from epanns.errors import ConversionError
from epanns.networks import registry
from epanns.networks.checkpoint import FIXED, save_checkpoint
from epanns.networks.cnn14 import CNN14_DECISION_LEVEL_MAX
from epanns.networks.network import Network
from epanns.runtimes.work import multiply_accumulates
from epanns.training.filter_importance import l1_norm
from epanns.training.pruning import prune
from epanns.zoo import costs
from epanns.zoo.catalogue import WeightsFile
from tests.support.commands import CommandRun, epanns, epanns_program
from tests.support.golden import standin
from tests.support.own_network import NAMES, write_own_network
from tests.support.published import publish, use_models

SECONDS = 0.0125  # of an update, where nothing is measured
PRUNABLE = [name for name in standin.ARCHITECTURES if registry.get(name).prunable]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[WeightsFile]:
    """The files whose updates have been measured, which takes no time."""
    files: list[WeightsFile] = []

    def measure(file: WeightsFile) -> float:
        files.append(file)
        return SECONDS

    monkeypatch.setattr(costs, "measure", measure)
    return files


@pytest.fixture
def narrow(tmp_path: Path) -> Path:
    """A weights file of a narrow network."""
    torch.save(standin.build().state_dict(), tmp_path / "narrow.pth")
    return tmp_path / "narrow.pth"


def run(checkpoint: object, out: Path, *words: object) -> CommandRun:
    return epanns("prune", checkpoint, "--share", 0.5, "--out", out, *words)


def report(checkpoint: object, out: Path, *words: object) -> dict[str, Any]:
    done = run(checkpoint, out, "--json", *words)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def same(one: Network, other: Network) -> bool:
    states = one.state_dict(), other.state_dict()
    return all(torch.equal(value, states[1][key]) for key, value in states[0].items())


# --- the report


def test_the_program_prunes_measures_and_reports(narrow: Path, tmp_path: Path) -> None:
    out = tmp_path / "half.pth"
    done = epanns_program("prune", narrow, "--share", 0.5, "--out", out, "--layers", "conv_block6")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == ["Measuring narrow.pth ...", "Measuring half.pth ..."]
    heading, *rows, last = done.stdout.splitlines()
    assert " ".join(heading.split()) == "50 % of the filters cut by passive before after"
    cells = [row.rsplit(maxsplit=2) for row in rows]
    assert [row.split() for row in rows[:2]] == [
        ["conv_block6.conv1", "24", "12"],
        ["conv_block6.conv2", "24", "12"],
    ]
    before, after = load_checkpoint(narrow), load_checkpoint(out)
    assert cells[2] == ["values learnt", f"{before.learnt:,}", f"{after.learnt:,}"]
    assert [row.split("  ")[0] for row in rows[3:]] == [
        "multiply-accumulates, 1 s",
        "file",
        "an update here",
    ]
    assert rows[-1].count(" ms") == 2 and last == str(out)


def test_the_report_is_one_json_object(
    narrow: Path, tmp_path: Path, measured: list[WeightsFile]
) -> None:
    out = tmp_path / "half.pth"
    found = report(narrow, out, "--layers", "conv_block6.conv2", "--criterion", "l1")
    before, after = load_checkpoint(narrow), load_checkpoint(out)
    assert same(after, prune(before, 0.5, "conv_block6.conv2", l1_norm))
    assert found == {
        "pruned": str(narrow),
        "written": str(out),
        "architecture": "cnn14",
        "criterion": "l1",
        "share": 0.5,
        "filters": {"conv_block6.conv2": {"before": 24, "after": 12}},
        "before": figures(before, narrow),
        "after": figures(after, out),
    }
    assert [file.path for file in measured] == [narrow, out]


def figures(network: Network, path: Path) -> dict[str, object]:
    return {
        "learnt": network.learnt,
        "multiply_accumulates": multiply_accumulates(network),
        "bytes": path.stat().st_size,
        "update_seconds": SECONDS,
    }


def test_what_cannot_be_measured_is_said_and_left_out(
    narrow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: WeightsFile) -> float:
        raise ConversionError("It could not be converted.")

    monkeypatch.setattr(costs, "measure", fail)
    done = run(narrow, tmp_path / "half.pth")
    assert done.returncode == 0 and done.stderr.count("It could not be converted.\n") == 2
    assert done.stdout.splitlines()[-2].split() == ["an", "update", "here", "-", "-"]


# --- the file


@pytest.mark.parametrize("name", ["cnn14", *PRUNABLE])
def test_the_file_is_known_by_its_shapes_and_scores_where_others_do(
    tmp_path: Path, name: str, measured: list[WeightsFile]
) -> None:
    original, out = tmp_path / "original.pth", tmp_path / "half.pth"
    network = standin.build() if name == "cnn14" else standin.narrow(name)
    save_checkpoint(network, original)
    found = report(original, out)
    assert found["architecture"] == name and found["after"]["bytes"] < found["before"]["bytes"]
    pruned = load_checkpoint(out)
    assert pruned.architecture is registry.get(name) and pruned.learnt < network.learnt
    waveform = np.random.default_rng(0).normal(0, 0.1, pruned.architecture.sample_rate)
    with torch.inference_mode():
        expected = torch.sigmoid(pruned(torch.from_numpy(waveform[None]).float()).logits)[0]
    tagger = AudioTagger(out)  # converts it
    scores = tagger.tag(waveform.astype(np.float32), pruned.architecture.sample_rate).scores
    np.testing.assert_allclose(scores, expected.numpy(), rtol=0, atol=2e-4)


def test_the_file_can_be_quantised(tmp_path: Path, measured: list[WeightsFile]) -> None:
    out = tmp_path / "less.pth"
    run("starter", out, "--layers", "conv_block6")
    assert epanns("models", "quantise", out).stdout.startswith("mean deviation")
    assert AudioTagger(out, precision="int8").tag(np.zeros(32000, np.float32), 32000)


def test_classes_of_its_own_keep_their_names(tmp_path: Path, measured: list[WeightsFile]) -> None:
    named, out = write_own_network(tmp_path / "own.pth"), tmp_path / "half.pth"
    report(named, out)
    assert load_checkpoint(out).vocabulary.names == NAMES
    bare, other = write_own_network(tmp_path / "bare.pth", names=None), tmp_path / "other.pth"
    (tmp_path / "bare.pth.classes.csv").write_text("Rook\nOwl\nJay\n")
    report(bare, other)
    assert load_checkpoint(other).vocabulary.names == ("Rook", "Owl", "Jay")


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        (torch.float16, torch.float16),
        (torch.float32, torch.float32),
        (torch.bfloat16, torch.float32),  # holds all of it
        (torch.float64, torch.float32),  # as networks compute
    ],
)
def test_the_form_of_the_file_is_kept(
    tmp_path: Path, measured: list[WeightsFile], stored: torch.dtype, written: torch.dtype
) -> None:
    state = standin.build().state_dict()
    in_its_own = {
        key: value.to(stored) if value.is_floating_point() and not key.startswith(FIXED) else value
        for key, value in state.items()
    }
    torch.save({"model": in_its_own}, tmp_path / "stored.pth")
    report(tmp_path / "stored.pth", tmp_path / "half.pth")
    found = torch.load(tmp_path / "half.pth", weights_only=True)
    assert list(found) == list(in_its_own)  # the fixed matrices among them
    for key, value in found.items():
        counts, fixed = value.dtype == torch.int64, key.startswith(FIXED)
        assert value.dtype == (torch.float32 if fixed else written) or counts, key
        assert not fixed or torch.equal(value, state[key])


def test_fixed_matrices_are_left_out_where_they_were(
    tmp_path: Path, measured: list[WeightsFile]
) -> None:
    report("starter", tmp_path / "half.pth")
    assert not [
        key for key in torch.load(tmp_path / "half.pth", weights_only=True) if key.startswith(FIXED)
    ]


def test_a_head_that_no_key_tells_is_pruned_as_itself_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measured: list[WeightsFile]
) -> None:
    from epanns.networks.architecture import Weights
    from epanns.storage.checksums import sha256_of

    use_models(monkeypatch, tmp_path)
    save_checkpoint(standin.build(framewise=True), tmp_path / "framewise.pth")
    checksum = sha256_of(tmp_path / "framewise.pth")
    weights = Weights("frames", "framewise.pth", doi="none", sha256=checksum)
    publish(monkeypatch, weights, CNN14_DECISION_LEVEL_MAX)
    out = tmp_path / "half.pth"
    done = run("frames", out, "--json")
    name = "cnn14_decision_level_max"
    assert json.loads(done.stdout)["architecture"] == name
    assert [file.architecture and file.architecture.name for file in measured] == [name, name]
    (said,) = [line for line in done.stderr.splitlines() if "Measuring" not in line]
    assert said == (
        f"{out} has the keys of cnn14 and is taken for it; as {name} it loads from Python only, by"
        f" load_checkpoint({str(out)!r}, {name!r})."
    )
    assert load_checkpoint(out, name).architecture.framewise


def test_a_seed_gives_the_same_file(
    narrow: Path, tmp_path: Path, measured: list[WeightsFile]
) -> None:
    seeds = {"a": 3, "b": 3, "c": 4}
    for file, seed in seeds.items():
        report(narrow, tmp_path / file, "--criterion", "random", "--seed", seed)
    a, b, c = (load_checkpoint(tmp_path / file) for file in seeds)
    assert same(a, b) and not same(a, c)


# --- refusals


def test_a_file_that_is_there_stays(narrow: Path, tmp_path: Path) -> None:
    before = narrow.read_bytes()
    for out in (narrow, tmp_path):
        done = run(narrow, out)
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr == f"{out} is there already; name another file, or remove it.\n"
    assert narrow.read_bytes() == before


def test_a_file_that_comes_to_be_there_meanwhile_stays(
    narrow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "half.pth"

    def save(network: Network, path: Path, *form: bool) -> None:
        save_checkpoint(network, path, *form)
        out.write_text("of another program")

    monkeypatch.setattr("epanns.training.pruned_file.save_checkpoint", save)
    done = run(narrow, out)
    assert done.returncode == 1 and done.stderr == f"{out} cannot be written: File exists.\n"
    assert out.read_text() == "of another program"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["half.pth", "narrow.pth"]


WRONG: dict[str, tuple[str, str]] = {
    "no share": ("--share 0", "lies between 0 and 1; 0 does not."),
    "all of it": ("--share 1", "lies between 0 and 1; 1 does not."),
    "no number": ("--share nan", "lies between 0 and 1; nan does not."),
    "too small a share": ("--share 0.001", "raise it."),
    "unknown layers": ("--layers conv_block9", "no layer 'conv_block9' that can be pruned"),
    "a range the wrong way round": ("--layers conv_block6-4", "the lower number comes first: 4-6"),
    "no folder": ("--out {0}/none/half.pth", "cannot be written: No such file or directory."),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_sentence_and_nothing_is_written(
    case: str, narrow: Path, tmp_path: Path
) -> None:
    words, sentence = WRONG[case]
    done = run(narrow, tmp_path / "half.pth", *words.format(tmp_path).split())
    assert done.returncode == 1 and done.stdout == "" and sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["narrow.pth"]


NO_NETWORK: dict[str, Callable[[Path], object]] = {
    "is no weights file": lambda folder: (folder / "broken.pth").write_bytes(b"none"),
    "There is no weights file": lambda folder: None,
    "a folder": lambda folder: (folder / "broken.pth").mkdir(),
    "ResNeSt-50 cannot be pruned": lambda folder: save_checkpoint(
        standin.narrow("resnest50"), folder / "broken.pth"
    ),
}


@pytest.mark.parametrize("sentence", NO_NETWORK)
def test_what_cannot_be_pruned_is_said(sentence: str, tmp_path: Path) -> None:
    NO_NETWORK[sentence](tmp_path)
    done = run(tmp_path / "broken.pth", tmp_path / "half.pth")
    assert done.returncode == 1 and done.stdout == "" and sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1 and not (tmp_path / "half.pth").exists()


def test_a_seed_without_chance_is_a_mistake(narrow: Path, tmp_path: Path) -> None:
    done = run(narrow, tmp_path / "half.pth", "--seed", 1)
    assert done.returncode == 2 and "--seed is for --criterion random only." in done.stderr
