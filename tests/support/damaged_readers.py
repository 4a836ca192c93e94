"""Damaged files of one kind, given to their reader: a program, so that a crash or hang is seen.

    python damaged_readers.py KIND CASES SEED

Writes JSON: how many files were opened, how many refused, what else happened (the end of each
traceback, sentences of more than a line), and by how many bytes the memory grew at most.
"""

import json
import random
import resource
import sys
import tempfile
import traceback
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from epanns.errors import EpannsError
from tests.support.mutations import damaged

Use = Callable[[Path], object]  # opens a file and reads all of it
Damage = Callable[[Path, random.Random], None]
VALUES = (0, -1, 1, 2**31, 2**40, 2**63 - 1, -(2**62), np.nan, np.inf, "", "x" * 5000, b"\xff\0")
TYPES = ("i1", "i8", "u8", "f2", "f8", "S3", "c16", [("start", "i8")], h5py.string_dtype())
NAMES = ("", "..", "a" * 60_000, "caf\xe9", "\u202e", "\n", "data.pkl", "archive/data/0")


def damage_bytes(path: Path, chance: random.Random) -> None:
    """Bytes changed, cut, doubled or left out."""
    path.write_bytes(damaged(bytearray(path.read_bytes()), chance))


def damage_entries(path: Path, chance: random.Random) -> None:
    """An entry of a ZIP file renamed, dropped, cut, doubled or exchanged."""
    with zipfile.ZipFile(path) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    place = chance.randrange(len(entries))
    name, content = entries[place]
    match chance.choice(("rename", "drop", "cut", "double", "exchange", "raw")):
        case "rename":
            entries[place] = chance.choice((*NAMES, f"../{name}", f"/{name}")), content
        case "drop":
            del entries[place]
        case "cut":
            entries[place] = name, content[: chance.randrange(len(content) + 1)]
        case "double":
            entries.append((name, content[::-1]))
        case "exchange":
            entries[place] = name, entries[chance.randrange(len(entries))][1]
        case "raw":  # in place, as zipfile writes no name that is no text
            old = name.encode()
            new = bytes(chance.choice((0, 0x0A, 0x2F, 0x80, 0xFF)) for _ in old)
            path.write_bytes(path.read_bytes().replace(old, new))
            return
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in entries:
            archive.writestr(each or "x", content)


def damage_tables(path: Path, chance: random.Random) -> None:
    """A table or an attribute of an HDF5 file changed, replaced or taken away."""
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        name = chance.choice([*names, "", "", ""])
        item = file[name] if name else file
        if not name or (item.attrs and chance.random() < 0.5):
            key = chance.choice(list(item.attrs) or ["format"])
            item.attrs[key] = chance.choice(VALUES[:-1])
        elif isinstance(item, h5py.Dataset) and item.dtype.kind in "iuf" and chance.random() < 0.5:
            if item.size:
                place = tuple(chance.randrange(length) for length in item.shape)
                with np.errstate(all="ignore"):
                    item[place] = np.array(chance.choice(VALUES[:8])).astype(item.dtype)
        else:
            shape = chance.choice(((), (0,), (3,), (3, 2), (40, 1, 1)))
            del file[name]
            if chance.random() < 0.7:
                file.create_dataset(name, shape, chance.choice(TYPES))


def damage_text(path: Path, chance: random.Random) -> None:
    """A line or a cell of a text changed, moved, doubled or taken away; or its bytes."""
    if chance.random() < 0.4:
        damage_bytes(path, chance)
        return
    lines = path.read_bytes().split(b"\n")
    place = chance.randrange(len(lines))
    cells = lines[place].split(b",")
    cell = chance.randrange(len(cells))
    odd = (b"", b'"', b"nan", b"-1", b"1e999", b"\0", b"\xff\xfe", b"[" * 5000, b"x" * 140_000)
    match chance.choice(("cell", "cell", "cell", "drop", "double", "swap", "head")):
        case "cell":
            cells[cell] = chance.choice(odd)
            lines[place] = b",".join(cells)
        case "drop":
            del lines[place]
        case "double":
            lines.insert(place, lines[place])
        case "swap":
            lines[0], lines[place] = lines[place], lines[0]
        case "head":
            lines[place] = lines[place][: chance.randrange(len(lines[place]) + 1)]
    path.write_bytes(b"\n".join(lines))


def weights(folder: Path) -> Iterator[tuple[Path, Use, Sequence[Damage]]]:
    """Weights files of both forms that PyTorch writes."""
    import torch

    from epanns.networks.checkpoint import load_checkpoint
    from tests.support.own_network import write_own_network

    path = write_own_network(folder / "zipped.pth")
    yield path, load_checkpoint, [damage_bytes, damage_entries]
    old = folder / "old.pth"
    torch.save(torch.load(path, weights_only=True), old, _use_new_zipfile_serialization=False)
    yield old, load_checkpoint, [damage_bytes]


def copies(folder: Path) -> Iterator[tuple[Path, Use, Sequence[Damage]]]:
    """A converted copy: as it is run, and as it is found beside its weights."""
    from epanns.conversion import cache
    from epanns.runtimes.onnx_runtime import OnnxRuntime
    from tests.support.own_network import write_own_network

    checkpoint = write_own_network(folder / "w.pth", converted=True)
    (copy,) = cache.copies(checkpoint)

    def run(path: Path) -> None:
        try:
            OnnxRuntime(path)
        except ValueError as error:  # which callers take for: convert it anew
            raise EpannsError(str(error)) from None

    def find(path: Path) -> None:
        whole = copy.read_bytes()
        try:
            copy.write_bytes(path.read_bytes())
            found = cache.find(checkpoint, "fp32")
            assert found is None or copy.read_bytes() == whole, "a damaged copy is trusted"
        finally:
            copy.write_bytes(whole)

    for name, use in (("run.onnx", run), ("found.onnx", find)):
        path = folder / name
        path.write_bytes(copy.read_bytes())
        yield path, use, [damage_bytes]


def sessions(folder: Path) -> Iterator[tuple[Path, Use, Sequence[Damage]]]:
    """A recording session."""
    from epanns.sessions.reader import Session
    from tests.support.counting import toy_session

    def use(path: Path) -> None:
        with Session(path) as session:
            list(session.predictions())
            for _ in session.blocks():
                pass
            str((session.device, session.duration, session.gaps))

    yield toy_session(folder / "s.h5", 2.0), use, [damage_bytes, damage_tables]


def packs(folder: Path) -> Iterator[tuple[Path, Use, Sequence[Damage]]]:
    """A pack with the scores of teachers."""
    from epanns.datasets.pack import Pack, PackWriter
    from tests.support.toy_pack import toy_pack

    def use(path: Path) -> None:
        with Pack(path) as pack:
            str((pack.names, pack.sources, pack.licences, pack.splits, pack.folds, pack.labelled))
            pack.targets(np.arange(len(pack)))
            for index in range(len(pack)):
                pack.waveform(index)
            for name in ("t", "half"):
                if teacher := pack.teacher(name):
                    teacher.digest()
                    for index in range(len(teacher)):
                        teacher.scores(index)
        PackWriter(path).close()

    yield toy_pack(folder / "p.h5", 2), use, [damage_bytes, damage_tables]


def outputs(folder: Path) -> Iterator[tuple[Path, Use, Sequence[Damage]]]:
    """What tag, embed and detect go on with."""
    from epanns.detection.run_log import NAME, RunLog
    from epanns.files.outputs.npz import NpzFolder
    from tests.support.scored_recordings import FIRST, PARTS, SECOND, TAGS, opener, put, run

    def resuming(kind: str) -> Use:
        return lambda path: opener(kind, path, segments=True)(resume=True).close()

    damages: Sequence[Damage]
    for kind, damages in (
        ("hdf5", [damage_bytes, damage_tables]), ("json", [damage_text]), ("csv", [damage_text])
    ):  # fmt: skip
        path = folder / f"tags.{kind}"
        output = opener(kind, path, segments=True)()
        put(output, FIRST)
        put(output, SECOND)
        output.close()
        yield path, resuming(kind), damages

    output = NpzFolder(folder, run(False, 0), [FIRST], resume=True)
    output.add(FIRST, PARTS[FIRST][0])
    output.finish(FIRST, TAGS[FIRST])
    npz = folder / f"{FIRST}.npz"
    yield npz, lambda _: output.holds(FIRST), [damage_bytes, damage_entries]

    about = {"model": "starter", "threshold": [0.3]}
    RunLog(folder, about, resume=False).add(folder / "a", 3, None)
    yield folder / NAME, lambda _: RunLog(folder, about, resume=True), [damage_text]


def tables(folder: Path) -> Iterator[tuple[Path, Use, Sequence[Damage]]]:
    """Tables that people write."""
    from epanns.datasets.listing import read_listing
    from epanns.detection.reference import read_reference
    from epanns.detection.thresholds import read_thresholds
    from epanns.paths import CONFIG
    from epanns.settings import Settings, load_settings
    from epanns.views.kiosk.game import read_challenges
    from epanns.vocabulary import languages
    from epanns.vocabulary.audioset import AUDIOSET, AudioSetVocabulary
    from epanns.vocabulary.custom import classes_beside

    def language(path: Path) -> None:
        languages._read(path)

    def subset(path: Path) -> None:
        try:
            AUDIOSET.subset(str(path))
        except ValueError as error:  # of which settings make a sentence
            raise EpannsError(str(error)) from None

    def settings(path: Path) -> None:
        Settings.model_config["toml_file"] = path
        load_settings()

    def presets(path: Path) -> None:
        AudioSetVocabulary(CONFIG / "classes.csv", CONFIG / "ontology.csv", path)

    default = np.full(len(AUDIOSET), 0.3, np.float32)
    some = 'name,threshold\nDog,0.5\n"Male speech, man speaking",0.6\n'
    rows = "path,labels,split,fold\na.wav,Bark;Dog,train,1\nb.wav,Speech,test,2\n"
    segments = '# YTID\nabcdefghijk, 30.0, 40.0, "/m/09x0r,/t/dd00088"\n'
    kinds: list[tuple[str, str | Path, Use]] = [
        ("game.csv", CONFIG / "game.csv", read_challenges),
        ("presets.csv", CONFIG / "presets.csv", presets),
        ("labels.de.csv", CONFIG / "labels.de.csv", language),
        ("sample.tsv", CONFIG / "sample.tsv", lambda path: read_reference(path, AUDIOSET)),
        ("thresholds.csv", some, lambda path: read_thresholds([str(path)], default, AUDIOSET)),
        ("clips.csv", rows, lambda path: list(read_listing(path))),
        ("skipped.csv", rows, lambda path: list(read_listing(path, bad=lambda _: None))),
        ("segments.csv", segments, lambda path: list(read_listing(path))),
        ("esc50.csv", CONFIG / "esc50.csv", lambda path: list(read_listing(folder, mapping=path))),
        ("classes.csv", "name\nDog\nCat\n", subset),
        ("w.pth.classes.csv", "Dog\nCat\n", lambda path: classes_beside(folder / "w.pth")),
        ("settings.toml", 'top_k = 3\nhop = 0.5\npin = "Dog"\n', settings),
    ]  # fmt: skip
    for name, content, use in kinds:
        path = folder / name
        path.write_bytes(content.read_bytes() if isinstance(content, Path) else content.encode())
        yield path, use, [damage_text]


KINDS = {
    each.__name__: each for each in (weights, copies, sessions, packs, outputs, tables)
}  # fmt: skip


def memory() -> int:
    """The most memory that this process has taken so far, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(kind: str, cases: int, seed: int) -> dict[str, Any]:
    """Try damaged files of a kind; see above."""
    found: dict[str, Any] = {"opened": 0, "refused": 0, "wrong": []}
    with tempfile.TemporaryDirectory() as name:
        files = list(KINDS[kind](Path(name)))
        for path, use, _ in files:
            use(path)  # as it is
        before = memory()
        for number in range(cases):
            chance = random.Random(seed * 1_000_003 + number)
            path, use, damages = files[number % len(files)]
            whole = path.read_bytes()
            damage = chance.choice(damages)
            damage(path, chance)
            try:
                use(path)
                found["opened"] += 1
            except EpannsError as error:
                found["refused"] += 1
                if ("\n" in str(error) and kind != "tables") or not str(error):
                    found["wrong"].append(f"{number} {path.name}: {error}")
            except BaseException:
                end = traceback.format_exc(limit=-3)
                found["wrong"].append(f"{number} {path.name} by {damage.__name__}: {end}")
            path.write_bytes(whole)
    return found | {"bytes": memory() - before}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
