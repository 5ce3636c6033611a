"""Files among the inputs of a vector, `{file: name, type, text or base64}`, as each runtime is given them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from tests.platforms.make_apps import file_content
from tests.platforms.wire.upstream import Upstream
from tests.platforms.wire.vectors import Vector


def is_file(value: Any) -> bool:
    return isinstance(value, Mapping) and "file" in value and ("text" in value or "base64" in value)


def with_files(value: Any, given: Callable[[Mapping[str, Any]], Any]) -> Any:
    """`value` with `given(file)` in place of each file in it."""
    if is_file(value):
        return given(value)
    if isinstance(value, Mapping):
        return {key: with_files(one, given) for key, one in value.items()}
    return [with_files(one, given) for one in value] if isinstance(value, list) else value


def as_base64(told: Mapping[str, Any]) -> dict[str, str]:
    """What `/run` takes."""
    data = base64.b64encode(file_content(told)).decode()
    return {"data": data, "file_name": told["file"], "content_type": told["type"]}


def by_url(folder: str) -> Callable[[Mapping[str, Any]], str]:
    """What n8n and Zapier are given: where the file is, below `folder`."""
    return lambda told: folder + name_of(told)


def serve(vector: Vector, upstream: Upstream) -> None:
    """The files at the addresses that `by_url` names."""

    def keep(told: Mapping[str, Any]) -> None:
        upstream.files[f"{vector.key}/{name_of(told)}"] = told["type"], file_content(told)
        upstream.names[f"{vector.key}/{name_of(told)}"] = told["file"]

    with_files(vector.inputs, keep)


def name_of(told: Mapping[str, Any]) -> str:
    """In the file's address, which has no room for every name."""
    return str(told["file"]).encode().hex()
