"""Options of `specloom build` for what apps show to the people who use them and to those who review them."""

from __future__ import annotations

from collections.abc import Callable

import click


def app_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds `--icon`, `--gateway` and `--deletes`."""
    icon = click.option(
        "--icon", metavar="SVG", help="An icon: a file, or an https URL. Default: x-specloom.icon, or a drawn one."
    )
    gateway = click.option(
        "--gateway",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Whether connections of Zapier and Make ask for a gateway; auto: only where a step may outlast the "
        "platform's time. Without one such a step is left out, unless its result can be read later.",
    )
    deletes = click.option(
        "--deletes", is_flag=True, help="Show Zapier's actions that delete; its reviewers want them hidden at first."
    )
    return icon(gateway(deletes(command)))
