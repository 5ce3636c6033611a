"""What the commands of operators print: a table for people, JSON for programs."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from specloom.schemas.problems import SpecloomError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
Command = Callable[..., None]


def formatted(command: Command) -> Command:
    """Adds `--format`, as the argument `form`."""
    kinds = click.Choice(["table", "json"])
    return click.option("--format", "form", type=kinds, default="table", show_default=True, help="For whom.")(command)


def show_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], form: str, nothing: str) -> None:
    """`columns` are names of fields, in the order of the table; JSON has all that there is."""
    if form == "json":
        click.echo(json.dumps(list(rows), indent=2))
        return
    if not rows:
        click.echo(nothing)
        return
    lines = [[name.removesuffix("_at").replace("_", " ").upper() for name in columns]]
    lines += [[cell(row.get(name)) for name in columns] for row in rows]
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
    most = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
    for line in lines:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()[:most])


def show_one(value: Mapping[str, Any], form: str) -> None:
    if form == "json":
        click.echo(json.dumps(value, indent=2))
        return
    width = max((len(name) for name in value), default=0)
    for name, part in value.items():
        click.echo(f"{name:<{width}}  {cell(part)}".rstrip())


def cell(value: Any) -> str:
    """In one line, and without what a terminal would obey: much of it comes from strangers."""
    if value is None or value in ("", [], {}):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = ", ".join(value)
    text = value if isinstance(value, str) else json.dumps(value)
    return "".join(c if c.isprintable() else " " for c in text)


def moment(text: str | None) -> str | None:
    """`2026-01-31T12:00` as it is, `2h` as the time two hours ago. Raises SpecloomError."""
    return None if text is None else _iso(text, -1)


def ahead(text: str | None) -> str | None:
    """`2036-01-31` as it is, `90d` as the time in ninety days. Raises SpecloomError."""
    found = None if text is None else _iso(text, 1)
    if found is not None and datetime.fromisoformat(found).timestamp() <= time.time():
        raise SpecloomError(f"{text} has passed", hint="give a time ahead, such as 90d")
    return found


def _iso(text: str, sign: int) -> str:
    unit = _UNITS.get(text[-1:].lower())
    try:
        if unit and text[:-1].replace(".", "", 1).isdigit():
            parsed = datetime.fromtimestamp(time.time() + sign * float(text[:-1]) * unit, tz=UTC)
        else:
            parsed = datetime.fromisoformat(text)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).isoformat()
    except (ValueError, OverflowError, OSError):
        raise SpecloomError(f"{text[:40]!r} is no time", hint="2026-01-31T12:00:00Z, or 30m, 2h, 3d") from None
