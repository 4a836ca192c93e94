"""A vocabulary: the classes of a network in the order of its outputs.

Each network has one. AudioSet's (audioset.py) also holds the ontology of its classes; that of a
network trained on other classes holds names only.
"""

import csv
import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

# Columns of a user's table that can name a class, the most reliable first.
HEADS = ("id", "mid", "name", "display_name", "index")
NAMES = ("name", "display_name")


class Vocabulary:
    """Classes by name, without an ontology.

    Args:
        names: the display names, in the order of the network's outputs, each once.
        ids: machine ids in the same order; None where there are none.
        title: what the classes are called in sentences, such as "AudioSet".

    Attributes:
        names, ids, title: see Args; `ids` is () where there are none.
        subsets: the names of the named subsets, the presets among them.
        presets: the names of the subsets to offer to users, in this order.
        families: the names of the nodes at the top of the ontology.
        silence: the index of the class for silence; None if there is none.
        background: classes that are not worth naming: silence, and the room, heard all the time.

    Raises:
        ValueError: no names, or one of them twice or empty.
    """

    subsets: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    silence: int | None = None
    background: frozenset[int] = frozenset()

    def __init__(
        self, names: Sequence[str], ids: Sequence[str] | None = None, title: str = "network"
    ) -> None:
        self.names = tuple(name.strip() for name in names)
        self.ids = tuple(ids or ())
        self.title = title
        self._indices = {name: index for index, name in enumerate(self.ids)}
        self._indices |= {name.lower(): index for index, name in enumerate(self.names)}
        folded = {name.lower() for name in self.names}
        if not self.names or "" in folded or len(folded) < len(self.names):
            raise ValueError("names that are missing, empty or there twice")

    def __len__(self) -> int:
        return len(self.names)

    # Views compare and look up the vocabulary of every Prediction. Going through hundreds of names,
    # which inference has driven out of the processor's caches, would take them about 1 ms.
    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Vocabulary) and self.names == other.names)

    def __hash__(self) -> int:
        return hash((len(self.names), self.names[0]))

    def index(self, text: str) -> int:
        """The index of a class, given by its name in any case, its id or its number.

        Raises:
            ValueError: no such class; the message names those that are spelt alike.
        """
        key = text.strip()
        for spelling in (key, key.lower()):
            if spelling in self._indices:
                return self._indices[spelling]
        if key.isdecimal() and int(key) < len(self):
            return int(key)
        raise ValueError(f"{key[:60]!r} is no {self.title} class{alike(key, self.names)}")

    def index_of_label(self, label: str) -> int:
        """The index of a class, given by a label of a data set: its name or id, not its number.

        Other data sets have numbers of their own.

        Raises:
            ValueError: no such class; the message names those that are spelt alike.
        """
        key = label.strip()
        if key.isdecimal() and key not in self._indices:
            raise ValueError(f"{key[:60]!r} is no name of any {self.title} class")
        return self.index(key)

    def listed(self, text: str) -> tuple[int, ...]:
        """The classes of a list such as "Dog; Smoke detector, smoke alarm", each once.

        Raises:
            ValueError: one is no class; the message completes "it must be ...".
        """
        names = [name for name in text.split(";") if name.strip()]
        try:
            return tuple(dict.fromkeys(map(self.index, names)))
        except ValueError as error:
            raise ValueError(f"{self.title} classes, with ; between two of them; {error}") from None

    def known(self, text: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """The classes of such a list that it has, each once, and the names that it has not."""
        found: list[int] = []
        unknown: list[str] = []
        for name in text.split(";"):
            try:
                found += self.listed(name)
            except ValueError:
                unknown.append(name.strip())
        return tuple(dict.fromkeys(found)), tuple(unknown)

    def parents(self, index: int) -> tuple[str, ...]:
        """The names of the nodes directly above a class; empty without an ontology."""
        return ()

    def children(self, index: int) -> tuple[str, ...]:
        """The names of the nodes directly below a class."""
        return ()

    def above(self, index: int) -> tuple[int, ...]:
        """The classes above a class in the ontology, the nearest first."""
        return ()

    def family(self, index: int) -> str:
        """The name of the nearest top node above a class; "" without an ontology."""
        return ""

    def paths(self, index: int) -> tuple[tuple[str, ...], ...]:
        """The paths to a class in the ontology: names from a top family to the class itself."""
        return ((self.names[index],),)

    def subset(self, spec: str) -> tuple[int, ...]:
        """The classes a user asks for, as ascending indices.

        Args:
            spec: "all", a class, or the path of a CSV file: one class a line, or a table with a
                column index, id (or mid) or name (or display_name).

        Raises:
            ValueError: the spec is none of these; the message completes "it must be ...".
        """
        if spec.lower() == "all":
            return tuple(range(len(self)))
        if spec.lower() in self._indices:
            return (self._indices[spec.lower()],)
        return tuple(sorted(set(self._from_file(spec, f"all, a class{alike(spec, self.names)}"))))

    def _from_file(self, spec: str, others: str) -> Iterator[int]:
        """The classes that a user's file lists; `others` lists what else a spec may be."""
        wanted = f"a CSV file of {self.title} classes, by name, id or number"
        try:
            entries = list(_entries(Path(spec).read_text(encoding="utf-8-sig")))
        except OSError:
            raise ValueError(f"{others}, or the path of a CSV file that can be read") from None
        except ValueError:
            raise ValueError(f"{wanted}, and this is no such text file") from None
        if not entries:
            raise ValueError(f"{wanted}, and this file names none")
        for line, entry in entries:
            try:
                yield self.index(entry)
            except ValueError as error:
                raise ValueError(f"{wanted}; in line {line}, {error}") from None


def read_class_names(path: Path) -> tuple[str, ...]:
    """The class names of a CSV file, in its order.

    Args:
        path: one name a line, or a table with a column name (or display_name).

    Raises:
        OSError: it cannot be read.
        ValueError: it is no text file, or names no classes.
    """
    names = tuple(entry for _, entry in _entries(path.read_text(encoding="utf-8-sig"), NAMES))
    if not names:
        raise ValueError(f"{path} names no classes")
    return names


def alike(text: str, names: Iterable[str]) -> str:
    """A hint at the names spelt like a text; "" if there are none."""
    spelling = {name.lower(): name for name in names}
    close = difflib.get_close_matches(text.lower(), spelling)
    return f" (did you mean {' or '.join(spelling[name] for name in close)}?)" if close else ""


def _entries(text: str, heads: Sequence[str] = HEADS) -> Iterator[tuple[int, str]]:
    """The classes named in the text of a CSV file, each with its line number.

    A table names them in the columns of `heads`. Without such a head each whole line is one name:
    half of AudioSet's names hold commas, and users do not quote them.

    Raises:
        ValueError: a line is no CSV.
    """
    lines = text.splitlines()
    head = [cell.strip().lower() for cell in _cells(*lines[:1])]
    columns = [head.index(name) for name in heads if name in head]
    for number, line in enumerate(lines, 1):
        if not columns:
            entry = line.strip().strip('"')
        elif number == 1:
            continue
        else:
            cells = _cells(line)
            entry = next((cells[c] for c in columns if c < len(cells) and cells[c].strip()), "")
        if entry:
            yield number, entry


def _cells(*line: str) -> list[str]:
    """The cells of a line of a CSV file."""
    try:
        return next(csv.reader(line), [])
    except csv.Error as error:  # a cell of more than 128 KiB, for example
        raise ValueError(str(error)) from None
