"""What the gateway costs beside bare Flask proxies on the same server, and what more processes bring.

Run: python benchmarks/gateway.py [--quick]. Prints a table and writes benchmarks/results/gateway.md. Validation,
logs, metrics and rate limits are on; no Idempotency-Key, no hooks. Sides take turns in many short rounds, so that a
busy machine slows all alike; figures are medians of the rounds' ratios. Beside each stands the same ratio by the
processor time that the servers themselves used, which other programs on the machine do not change.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parent.parent)

from benchmarks.hop import PROXY, RUN, Servers, bare, load, upstream  # noqa: E402

RESULTS = Path(__file__).parent / "results" / "gateway.md"
FLOODS = "## One tenant flooding"
"""The section of benchmarks/flood.py, kept."""
Side = tuple[str, str]
"""A server and the path that is called there."""


@dataclass
class Sides:
    """Calls a second, and calls for a second of the server's processor, in each round."""

    rates: dict[Side, list[float]] = field(default_factory=dict)
    costs: dict[Side, list[float]] = field(default_factory=dict)

    def add(self, side: Side, rate: float, cost: float) -> None:
        self.rates.setdefault(side, []).append(rate)
        self.costs.setdefault(side, []).append(cost)

    def rate(self, side: Side) -> float:
        return statistics.median(self.rates[side])

    def ratio(self, ours: Side, theirs: Side) -> tuple[float, float]:
        """Medians over the rounds: by the clock, and by the processor."""
        pairs = [zip(kept[ours], kept[theirs], strict=True) for kept in (self.rates, self.costs)]
        clock, processor = (statistics.median(a / b for a, b in pair if b) for pair in pairs)
        return clock, processor


def compared(servers: Servers, sides: Sequence[Side], connections: int, calls: int, rounds: int) -> Sides:
    found = Sides()
    for turn in range(rounds):
        for side in sides if turn % 2 else reversed(sides):
            server = servers.each[side[0]]
            before = server.processor()
            rate = load(server.port, connections, calls, path=side[1]).rate
            found.add(side, rate, calls / max(0.01, server.processor() - before))
    return found


def latency(servers: Servers, names: Sequence[str], calls: int, rounds: int) -> dict[str, float]:
    """p50 in ms at one connection; `added` is ours less the bare proxy's, the median of the rounds."""
    found: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names if turn % 2 else reversed(names):
            found[name].append(statistics.median(load(servers.each[name].port, 1, calls).seconds) * 1000)
    added = [ours - theirs for ours, theirs in zip(found["gateway"], found["urllib3"], strict=True)]
    return {name: statistics.median(values) for name, values in found.items()} | {"added": statistics.median(added)}


def memory(servers: Servers, calls: int) -> dict[str, float]:
    """MiB after a tenth of the calls, and after all."""
    gateway = servers.each["gateway"]
    load(gateway.port, 64, calls // 10)
    early = gateway.memory()
    load(gateway.port, 64, calls - calls // 10)
    return {"calls": calls, "early": early, "late": gateway.memory()}


GATEWAY, FOUR, URLLIB3, REQUESTS = (name for name in ("gateway", "four", "urllib3", "requests"))
HOP: Side = (GATEWAY, PROXY)


def measure(quick: bool) -> dict[str, Any]:
    scale, rounds = (4, 5) if quick else (1, 15)
    sides: list[Side] = [HOP, (GATEWAY, RUN), (FOUR, PROXY), (URLLIB3, PROXY), (REQUESTS, PROXY), ("direct", PROXY)]
    with Servers(0, GATEWAY, FOUR, URLLIB3, REQUESTS) as fast:
        found: dict[str, Any] = {"fast": compared(fast, sides, 64, 1000 // scale, rounds)}
        found["one"] = latency(fast, (GATEWAY, URLLIB3, "direct"), 600 // scale, 7)
        keyed = load(fast.each[GATEWAY].port, 8, 1000 // scale, "Idempotency-Key: {number}\r\n")
        found["durable"] = {"rate": keyed.rate, "p50": statistics.median(keyed.seconds) * 1000}
        found["memory"] = memory(fast, 30_000 // (10 if quick else 1))
    with Servers(0.2, GATEWAY, URLLIB3) as slow:
        found["slow"] = compared(slow, [HOP, (URLLIB3, PROXY)], 64, 1280 // scale, 3)
    return found


def _row(what: str, sides: Sides, ours: Side, theirs: Side, bound: str) -> tuple[str, str, str, str]:
    clock, processor = sides.ratio(ours, theirs)
    told = f"{sides.rate(ours):.0f}/s, {sides.rate(theirs):.0f}/s; by processor time {processor:.2f}"
    return what, f"{clock:.2f}", bound, told


def report(found: dict[str, Any]) -> str:
    fast, one, kept, durable = (found[name] for name in ("fast", "one", "memory", "durable"))
    rows = [
        _row("drop-in route, of bare Flask + urllib3", fast, HOP, (URLLIB3, PROXY), "≥ 0.85"),
        _row("drop-in route, of bare Flask + requests", fast, HOP, (REQUESTS, PROXY), "≥ 1.2"),
        _row("/run, of bare Flask + urllib3", fast, (GATEWAY, RUN), (URLLIB3, PROXY), "≥ 0.75"),
        _row("four processes, of one", fast, (FOUR, PROXY), HOP, "≥ 1.6"),
        _row("drop-in, vendor takes 200 ms, of bare Flask + urllib3", found["slow"], HOP, (URLLIB3, PROXY), "≥ 0.97"),
        ("added p50 at one connection", f"{one['added']:+.2f} ms", "–",
         f"{one['gateway']:.2f} ms, bare {one['urllib3']:.2f} ms, direct {one['direct']:.2f} ms"),
        ("memory", f"{kept['late'] - kept['early']:+.1f} MiB", "flat",
         f"{kept['early']:.1f} MiB after {kept['calls'] // 10:,} calls, {kept['late']:.1f} after {kept['calls']:,}"),
        ("with Idempotency-Key, 8 connections", f"{durable['rate']:.0f}/s", "–",
         f"p50 {durable['p50']:.1f} ms; two durable commits (SQLite, synchronous=FULL) a call"),
    ]  # fmt: skip
    lines = [f"| {a} | {b} | {c} | {d} |" for a, b, c, d in rows]
    direct = f"{fast.rate(('direct', PROXY)):.0f}/s"
    return "\n".join(
        ["# The gateway's cost", "",
         f"`python benchmarks/gateway.py` {machine()}. 64 connections, validation, logs and metrics on; the "
         f"vendor alone answers {direct}. Medians of interleaved rounds.", "",
         "| | measured | bound | in detail |", "|---|---|---|---|", *lines, ""]
    )  # fmt: skip


def machine() -> str:
    """When and where, of which commit, and how busy it was."""
    told = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(told, capture_output=True, text=True, check=False).stdout.strip()
    return (
        f"at {commit or 'no commit'} on {time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    if sys.argv[1:2] == ["upstream"]:
        return asyncio.run(upstream(int(sys.argv[2]), float(sys.argv[3])))
    if sys.argv[1:2] == ["bare"]:
        return bare(int(sys.argv[2]), sys.argv[3], sys.argv[4])
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds; the results are not kept")
    quick = parser.parse_args().quick
    text = report(measure(quick))
    print(text)
    if not quick:
        before = RESULTS.read_text() if RESULTS.exists() else ""
        floods = before[before.index(FLOODS) :] if FLOODS in before else ""
        RESULTS.write_text("\n".join([text, floods]) if floods else text)


if __name__ == "__main__":
    main()
