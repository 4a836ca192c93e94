"""Rebuild the starter model from ../shared: models/starter.pth, its figures and its card.

Hours of two processor cores. Run it again after an interruption: every stage goes on where it was.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import click  # noqa: E402 - what follows is found only by the path above

from epanns.errors import EpannsError  # noqa: E402
from starter import needs  # noqa: E402

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(help=__doc__)
@click.argument("shared", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--work", type=FOLDER, default=ROOT / "build" / "starter", show_default="build/starter",
    help="Where the pack and the state of the training are kept, some GB.",
)  # fmt: skip
def main(shared: Path, work: Path) -> None:
    """Run the stages, telling where it is."""
    needs.check(shared)
    from starter import stages

    stages.card.check(stages.CARD)
    work.mkdir(parents=True, exist_ok=True)
    pack, run = work / "material.h5", work / "run"
    for sentence in stages.gather(pack, shared):
        click.echo(sentence)
    for name, row in stages.train(pack, run):
        found = f"loss {row.loss:.5f}, mAP {row.mean_average_precision:.4f}"
        click.echo(f"{name.capitalize()} run, step {row.step}: {found}")
    stages.calibrate(pack, run, stages.STARTER)
    stages.convert()
    for sentence in stages.hold_out(pack, work / "unseen", shared):
        click.echo(sentence)
    click.echo("Figures")
    stages.measure(shared, work / "unseen")
    click.echo(f"{stages.STARTER.relative_to(ROOT)} and its figures are written.")


if __name__ == "__main__":
    try:
        main(prog_name="scripts/make_starter")
    except EpannsError as error:
        raise SystemExit(str(error)) from None
