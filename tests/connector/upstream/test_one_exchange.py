"""A vendor call is written once: nothing but the exchange sends, counts what came back, or learns from it."""

import ast
from pathlib import Path

import specloom.connector

ROOT = Path(specloom.connector.__file__).parent
EXCHANGE = "upstream/exchange.py"
OF_A_CALL = {"send": "upstream/transport.py", "called": "telemetry/metrics.py", "learn": "upstream/rate_limits.py"}
"""What makes up a vendor call, and where each part of it is defined."""


def test_nothing_but_the_exchange_calls_vendors() -> None:
    found = {(name, place) for place, name in _calls() if name in OF_A_CALL and place != OF_A_CALL[name]}
    assert found == {(name, EXCHANGE) for name in OF_A_CALL}


def _calls() -> set[tuple[str, str]]:
    """(module, name) of every function of the gateway that is called by one of these names, `send` of the transport's
    only: hooks and sessions have theirs."""
    found = set()
    for path in ROOT.rglob("*.py"):
        place = path.relative_to(ROOT).as_posix()
        tree = ast.parse(path.read_text())
        sends = any(
            isinstance(node, ast.ImportFrom)
            and node.module == "specloom.connector.upstream.transport"
            and any(alias.name == "send" for alias in node.names)
            for node in ast.walk(tree)
        )
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and not place.startswith(("emulator/", "webhooks/")):
                if isinstance(node.func, ast.Name) and node.func.id == "send" and sends:
                    found.add((place, "send"))
                elif isinstance(node.func, ast.Attribute) and node.func.attr in ("called", "learn"):
                    found.add((place, node.func.attr))
    return found
