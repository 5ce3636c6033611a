"""Requests whose `temp` has values that read each other, taken apart so that each value is there when it is read."""

from __future__ import annotations

import re

import orjson

from specloom.generator.make.communication.requests import MakeRequest

_READ = re.compile(rb"\btemp\.(part[0-9]+)\b")


def staged(request: MakeRequest) -> list[MakeRequest]:
    """The request, after others without an address that make what its `temp` reads. Make documents that a request
    sees the `temp` of those before it, but not that the values of one `temp` see each other."""
    temps = request.get("temp", {})
    if len(temps) < 2:
        return [request]
    levels: dict[str, int] = {}
    for name, value in temps.items():  # what is read was kept before what reads it
        text = orjson.dumps(value)
        read = [each.decode() for each in _READ.findall(text)] if b"temp.part" in text else []
        levels[name] = max((levels[each] + 1 for each in read if each in levels), default=0)
    last = max(levels.values(), default=0)
    if not last:
        return [request]
    layers = [{name: temps[name] for name in temps if levels[name] == level} for level in range(last + 1)]
    return [*({"temp": layer, "response": {"output": {}}} for layer in layers[:-1]), {**request, "temp": layers[-1]}]
