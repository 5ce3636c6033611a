"""READMEs: Markdown with a `$name` where a value or a block goes. To import Jinja alone takes as long as all of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from string import Template

from specloom.schemas.model import Field, Operation, Service
from specloom.schemas.text import brief


def filled(template: Path, **parts: str) -> bytes:
    """The text of `template` with its parts; one that is empty leaves no gap. Raises KeyError where one is
    missing."""
    text = Template(template.read_text("utf-8")).substitute(parts)
    text = text.replace(" \n", "\n")
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return (text.rstrip() + "\n").encode("utf-8")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; what is in a cell has been escaped."""
    return "\n".join([_row(head), "|---" * len(head) + "|", *map(_row, rows)])


def undocumented(service: Service, markdown: Callable[[str], str]) -> str:
    """A section on what the service's own documentation does not tell; '' where there is nothing. `markdown` makes a
    stranger's text harmless."""
    lines: list[str] = []
    for operation in service.operations:
        parts: tuple[Operation | Field, ...] = (operation, *operation.fields)
        for one in parts:
            if one.inferred and not operation.deprecated:
                what = f"{operation.name}: {one.title or one.name}" if isinstance(one, Field) else operation.name
                lines.append(f"- **{markdown(what)}**: {markdown(brief(one.inferred, 300))}")
    unique = list(dict.fromkeys(lines))
    return "\n".join([f"## Not documented by {markdown(service.title)}\n", *unique]) if unique else ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
