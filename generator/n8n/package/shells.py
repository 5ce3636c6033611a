"""Templates: the code around data, with other braces than its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_MARK = "\0"
"""Stands for what is put in afterwards: no text has it."""


class Templates:
    """The templates of a folder: `<< value >>`, `<% if … %>`, `<# … #>`. A value that is missing raises
    jinja2.UndefinedError."""

    def __init__(self, folder: Path, filters: Mapping[str, Callable[..., Any]]) -> None:
        self._folder = folder
        self._filters = filters

    def fill(self, name: str, /, **values: Any) -> bytes:
        """The template `name`.j2, filled in."""
        return self._environment.get_template(f"{name}.j2").render(values).encode("utf-8")

    def wrap(self, name: str, inner: bytes, /, **values: Any) -> bytes:
        """The same, with `inner` (UTF-8 that is too large to be copied through a template) where it says
        `<< inner >>`."""
        return inner.join(self.fill(name, inner=_MARK, **values).split(_MARK.encode()))

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self._folder),
            variable_start_string="<<",
            variable_end_string=">>",
            block_start_string="<%",
            block_end_string="%>",
            comment_start_string="<#",
            comment_end_string="#>",
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            optimized=False,  # few values in them are constant
        )
        environment.filters.update(self._filters)
        return environment
