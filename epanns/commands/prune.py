"""python -m epanns prune: a smaller network of the filters of another one that matter most."""

import json
from dataclasses import replace
from pathlib import Path

import click

from epanns.training.filter_importance import CRITERIA, RANDOM


@click.command()
@click.argument("checkpoint", metavar="CHECKPOINT")
@click.option(
    "--share", required=True, type=float, metavar="SHARE",
    help="Which share of the filters of each layer is cut, such as 0.5.",
)  # fmt: skip
@click.option(
    "--out", required=True, metavar="FILE", type=click.Path(path_type=Path),
    help="The weights file to write, which must not be there yet.",
)  # fmt: skip
@click.option(
    "--layers", metavar="NAMES",
    help="Which convolutions, by their names in the weights file, with commas between them; the"
    " beginning of a name stands for all that begin with it, and it may end in a range:"
    " conv_block4-6.  [default: the last ones, which hold most of the values]",
)  # fmt: skip
@click.option(
    "--criterion", default="passive", show_default=True, type=click.Choice([*CRITERIA, RANDOM]),
    help="Which filters are kept: those with the highest score of passive filter pruning, the"
    " largest L1 norm, the farthest from the layer's geometric median, or any.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0), help=f"Of --criterion {RANDOM}.  [default: 0]")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
def prune(
    checkpoint: str,
    share: float,
    out: Path,
    layers: str | None,
    criterion: str,
    seed: int | None,
    as_json: bool,
) -> None:
    """Cut filters of CHECKPOINT, a name from the zoo or the path of a weights file.

    FILE then holds a smaller network of the same kind and classes, which loads wherever others do.
    It names fewer sounds rightly until it is trained further. The report says what is left: filters
    of each layer, values, multiply-accumulates for a second of sound, the size of the file, and how
    long an update of the live program takes on this computer; both files are converted for that.
    """
    if seed is not None and criterion != RANDOM:
        raise click.UsageError(f"--seed is for --criterion {RANDOM} only.")

    from epanns.networks.checkpoint import load_checkpoint
    from epanns.packages.installation import require_training
    from epanns.training import pruning_report
    from epanns.training.filter_importance import criterion as named_criterion
    from epanns.training.pruned_file import check_new, write_pruned
    from epanns.training.pruning import prune as prune_network
    from epanns.zoo import catalogue

    require_training()
    check_new(out)
    file = catalogue.resolve(checkpoint)
    network = load_checkpoint(file.path, file.architecture)
    pruned = prune_network(network, share, layers, named_criterion(criterion, seed or 0))
    write_pruned(out, pruned)
    written = replace(catalogue.resolve(out), architecture=network.architecture)
    report = pruning_report.PruningReport(
        pruned=str(file.path),
        written=str(out),
        architecture=network.architecture.name,
        criterion=criterion,
        share=share,
        filters=pruning_report.filters_kept(network, pruned),
        before=pruning_report.cost_of(network, file),
        after=pruning_report.cost_of(pruned, written),
    )
    shown = pruning_report.as_json(report)
    click.echo(json.dumps(shown) if as_json else "\n".join(pruning_report.lines(report)))
