"""python -m epanns live: the window, as demo_tag.py shows it."""

import click

from epanns.commands.window import show


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("flags", nargs=-1, type=click.UNPROCESSED, metavar="[SETTINGS]")
def live(flags: tuple[str, ...]) -> None:
    """Listen to a microphone and show, live, which sounds are heard.

    With --help it lists the SETTINGS.
    """
    show(flags)
