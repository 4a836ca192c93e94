"""AudioSet's vocabulary: 527 classes, the ontology above them, named subsets.

The tables are config/classes.csv (the classes), config/ontology.csv (the nodes above them that are
no class), both made by scripts/make_vocabulary, and config/presets.csv; config/README.md names
their source.
"""

import csv
import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from epanns.console import tell
from epanns.formatting import visible
from epanns.paths import CONFIG
from epanns.storage.edited_tables import EditedTable, TableError
from epanns.vocabulary.vocabulary import Vocabulary, alike


class AudioSetVocabulary(Vocabulary):
    """Classes of AudioSet, and the ontology of all of them.

    Args:
        classes, ontology, presets: the tables.
        names: the classes, in the order of a network's outputs; None for all, in the order of the
            table, which is that of the published networks.

    Attributes:
        ids: AudioSet's machine ids, such as "/m/05zppz".
        families: the names of the seven nodes at the top of the ontology.
        problems: a sentence about each line of the presets that cannot be used.
    """

    def __init__(
        self, classes: Path, ontology: Path, presets: Path, names: Sequence[str] | None = None
    ) -> None:
        rows = _read(classes)
        nodes = rows + _read(ontology)
        self._is_whole = names is None
        if names is not None:
            by_name = {row["name"]: row for row in rows}
            rows = [by_name[name] for name in names]
        super().__init__([row["name"] for row in rows], [row["id"] for row in rows], "AudioSet")
        self._members: dict[str, list[int]] = defaultdict(list)
        for index, row in enumerate(rows):
            for subset in _split(row["subsets"]):
                self._members[subset].append(index)
        self._above: dict[int, tuple[int, ...]] = {}
        self._node_names = {row["id"]: row["name"] for row in nodes}
        self._parents = {row["id"]: _split(row["parents"]) for row in nodes}
        self._children: dict[str, list[str]] = {row["id"]: [] for row in nodes}
        for row in nodes:
            for parent in self._parents[row["id"]]:
                self._children[parent].append(row["id"])
        tops = [node for node in self._node_names if not self._parents[node]]
        self.families = self._named(tops)
        self.problems: list[str] = []
        self.presets = tuple(self._read_presets(presets))
        self.subsets = tuple(self._members)
        self.silence = self._indices.get("silence")
        silence = () if self.silence is None else (self.silence,)
        self.background = frozenset((*silence, *self.subset("Acoustic environment")))

    def __reduce__(self) -> tuple[object, tuple[Any, ...]]:
        """Pickled as a call of a function: another process has the same tables."""
        return (audioset, ()) if self._is_whole else (part_of_audioset, (self.names,))

    def parents(self, index: int) -> tuple[str, ...]:
        """The names of the nodes directly above a class; empty for a top family."""
        return self._named(self._parents[self.ids[index]])

    def children(self, index: int) -> tuple[str, ...]:
        """The names of the nodes directly below a class."""
        return self._named(self._children[self.ids[index]])

    def above(self, index: int) -> tuple[int, ...]:
        """The classes above a class in the ontology, the nearest first."""
        if index not in self._above:  # kept: every update of a view needs it
            nodes = [node for node in self._upwards(index) if node in self._indices]
            self._above[index] = tuple(self._indices[node] for node in nodes[1:])
        return self._above[index]

    def family(self, index: int) -> str:
        """The name of the nearest top node above a class; for a top node, its own name."""
        return next(self._node_names[n] for n in self._upwards(index) if not self._parents[n])

    def _upwards(self, index: int) -> tuple[str, ...]:
        """A class and all nodes above it, the nearest first."""
        found = [self.ids[index]]
        for node in found:
            found += [parent for parent in self._parents[node] if parent not in found]
        return tuple(found)

    def paths(self, index: int) -> tuple[tuple[str, ...], ...]:
        """The paths to a class in the ontology: names from a top family to the class itself."""
        return tuple(self._named(path) for path in self._paths(self.ids[index]))

    def _paths(self, node: str) -> Iterator[tuple[str, ...]]:
        if not self._parents[node]:
            yield (node,)
        for parent in self._parents[node]:
            for path in self._paths(parent):
                yield (*path, node)

    def subset(self, spec: str) -> tuple[int, ...]:
        """The classes a user asks for, as ascending indices.

        Args:
            spec: "all", the name of a subset, the name or id of a node of the ontology (it and
                all below it), or the path of a CSV file: one class a line, or a table with a
                column index, id (or mid) or name (or display_name).

        Raises:
            ValueError: the spec is none of these; the message completes "it must be ...".
        """
        if spec.lower() == "all":
            return tuple(range(len(self)))
        if spec.lower() in self._members:
            return tuple(self._members[spec.lower()])
        for node, name in self._node_names.items():
            if spec.lower() == name.lower() or spec == node:
                return self._below(node)
        hint = alike(spec, self._node_names.values())
        others = f"all, {', '.join(self.subsets)}, a class of the ontology such as Animal{hint}"
        return tuple(sorted(set(self._from_file(spec, others))))

    def _named(self, nodes: Iterable[str]) -> tuple[str, ...]:
        return tuple(self._node_names[node] for node in nodes)

    def _below(self, node: str) -> tuple[int, ...]:
        """The classes among a node and all its descendants."""
        found: set[str] = set()
        waiting = [node]
        while waiting:
            node = waiting.pop()
            found.add(node)
            waiting += self._children[node]
        return tuple(sorted(self._indices[each] for each in found if each in self._indices))

    def _read_presets(self, path: Path) -> Iterator[str]:
        """Add the presets to the subsets: all below some nodes, without all below others."""
        try:
            table = EditedTable(path, ("name", "holds", "without"), self.problems.append)
        except TableError as error:
            self.problems.append(str(error))
            return
        for where, cells in table:
            name = cells["name"].lower()
            try:
                if not name or name == "all" or name in self._members:
                    raise ValueError(f"the name {name!r} is empty or that of another subset")
                held, left_out = map(self._held, (cells["holds"], cells["without"]))
                if not held - left_out:
                    raise ValueError(f"the subset {name!r} holds no classes")
            except ValueError as error:
                table.leave_out(where, error)
                continue
            self._members[name] = sorted(held - left_out)
            yield name

    def _held(self, nodes: str) -> set[int]:
        """The classes of a list of names of nodes, with all below them.

        Raises:
            ValueError: one is the name of none.
        """
        ids = {name.lower(): node for node, name in self._node_names.items()}
        held: set[int] = set()
        for name in map(str.strip, _split(nodes)):
            if name.lower() not in ids:
                hint = alike(name, self._node_names.values())
                raise ValueError(f"{name!r} is no class of the ontology{hint}")
            held |= set(self._below(ids[name.lower()]))
        return held


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(";")) if cell else ()


AUDIOSET = AudioSetVocabulary(
    CONFIG / "classes.csv", CONFIG / "ontology.csv", CONFIG / "presets.csv"
)


@functools.cache
def tell_problems() -> None:
    """Say once what is wrong with the presets: a program does so where it begins."""
    for problem in AUDIOSET.problems:
        tell(problem)


@functools.cache
def part_of_audioset(names: tuple[str, ...]) -> AudioSetVocabulary:
    """Some classes of AudioSet, in the order of a network's outputs, with the ontology.

    Raises:
        KeyError: a name is no class of AudioSet's.
    """
    return AudioSetVocabulary(
        CONFIG / "classes.csv", CONFIG / "ontology.csv", CONFIG / "presets.csv", names
    )


def audioset() -> AudioSetVocabulary:
    """The vocabulary of the 527 classes."""
    return AUDIOSET


def vocabulary_named(names: Sequence[str], title: str = "network") -> Vocabulary:
    """The classes of a file that has their names: with the ontology if all are AudioSet's.

    Args:
        names: in the order of the scores.
        title: of other classes than AudioSet's, see Vocabulary.

    Raises:
        ValueError: no names, or one of them twice or empty.
    """
    vocabulary = Vocabulary([visible(name) for name in names], title=title)
    if vocabulary == AUDIOSET:
        return AUDIOSET
    known = set(AUDIOSET.names).issuperset(vocabulary.names)
    return part_of_audioset(vocabulary.names) if known else vocabulary
