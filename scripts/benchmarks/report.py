"""The report: a table a subject on the terminal, everything in one JSON file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.rounds import Row, Section, digits

VERDICTS = {True: "yes", False: "[bold red]no[/]", None: ""}


def show_machine(console: Console, described: Mapping[str, Any]) -> None:
    """Say what the figures were measured on, and whether it was busy."""
    extensions = [name for name, there in described["extensions"].items() if there]
    versions = [f"{name} {number}" for name, number in described["versions"].items()]
    lines = {
        "processor": ", ".join([described["processor"], *extensions]),
        "cores": f"{described['cores']}, {described['memory_gb']} GB of memory",
        "system": described["system"],
        "versions": ", ".join([f"Python {described['python']}", *versions]),
        "load": f"{described['load_average']} at the start",
    }
    for name, text in lines.items():
        console.print(f"{name:<10} {text}", highlight=False, soft_wrap=True)
    if described["warning"]:
        console.print(f"[bold yellow]{described['warning']}[/]", highlight=False)
    console.print()


def show(console: Console, section: Section) -> None:
    """Print a section as a table of what, figure, spread, goal and whether it is met, and notes."""
    table = Table(box=box.SIMPLE_HEAD, title=section.title, title_justify="left", pad_edge=False)
    table.add_column("", min_width=36)
    table.add_column("median", justify="right", no_wrap=True)
    table.add_column("spread", justify="right", no_wrap=True)
    table.add_column("goal", no_wrap=True)
    table.add_column("met", no_wrap=True)
    for row in section.rows:
        figure = f"{digits(row.median)} {row.unit}".rstrip()
        table.add_row(row.name, figure, _spread(row), row.goal, VERDICTS[row.met])
    console.print(table)
    for note in section.notes:
        console.print(note, style="dim", highlight=False, markup=False)
    console.print()


def _spread(row: Row) -> str:
    """The least and the greatest of the rounds."""
    if len(row.rounds) == 1:
        return ""
    return f"{digits(min(row.rounds))} to {digits(max(row.rounds))}"


def write_json(path: Path, described: Mapping[str, Any], sections: Mapping[str, Section]) -> None:
    """Write everything, with the figures of every round."""
    content = {
        "machine": described,
        "sections": {
            name: {
                "title": section.title,
                "rows": [row.as_json() for row in section.rows],
                "notes": list(section.notes),
                "data": section.data,
            }
            for name, section in sections.items()
        },
    }
    path.write_text(json.dumps(content, indent=1) + "\n")
