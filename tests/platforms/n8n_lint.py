"""Runs n8n's official tools for community packages: strict lint, build and scan."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.platforms import toolchain
from tests.platforms.n8n import pack

SCRIPT = Path(__file__).parent / "js" / "scan.mjs"
# What the scan reads in the repository, and in the published package: n8n's own two choices.
SOURCES = "package.json {nodes,credentials}/**/*.{js,ts,json}"
PUBLISHED = "**/*.js package.json"

ANSI = re.compile(r"\x1b\[\??[0-9;]*[A-Za-z]")
ESLINT_FINDING = re.compile(r"\s+(\d+:\d+)\s+(error|warning)\s+(.*?)(?:\s{2,}(\S+))?\s*")
TSC_ERROR = re.compile(r"(\S+\(\d+,\d+\)): error (TS\d+: .*)")


class Outcome(NamedTuple):
    """What a tool found; `errors` is never empty when the tool failed."""

    errors: list[str]
    warnings: list[str]
    output: str


def lint(package: Path) -> Outcome:
    """`n8n-node lint` in strict mode (5.5 s): findings as `file:line:column rule: message`."""
    with _workspace(package) as folder:
        code, output = _n8n_node("lint", folder)
        outcome = _eslint_findings(output, folder)
    if not json.loads((package / "package.json").read_text()).get("n8n", {}).get("strict"):
        outcome.errors.append("package.json: n8n.strict is not true, so the lint was not strict")
    return _never_silent(outcome, code)


def build(package: Path, into: Path | None = None) -> Outcome:
    """`n8n-node build` (3 s). `into` receives the package with its fresh dist/, ready to install."""
    with _workspace(package) as folder:
        code, output = _n8n_node("build", folder)
        errors = [" ".join(match.groups()) for match in TSC_ERROR.finditer(output)]
        if into is not None and not code:
            shutil.copytree(folder, into, ignore=shutil.ignore_patterns("node_modules"), dirs_exist_ok=True)
    return _never_silent(Outcome(errors, [], output), code)


def scan(package: Path) -> Outcome:
    """n8n's scan for verified packages: the sources, and what npm would publish of them (build first)."""
    tools = toolchain.install(toolchain.PROJECTS / "n8n-lint")
    scanner = tools / "node_modules" / "@n8n" / "scan-community-package" / "scanner" / "scanner.mjs"
    with _workspace(package, tools=False) as folder:
        published = pack(folder, folder.parent / "published")
        code, output = _run([str(SCRIPT), str(scanner), str(folder), SOURCES, str(published), PUBLISHED], folder)
        outcome = Outcome([], [], output)
        for place, result in zip((folder, published), _last_json(output), strict=True):
            found = _eslint_findings(str(result.get("details") or ""), place)
            outcome.errors.extend(found.errors)
            outcome.warnings.extend(found.warnings)
            if not result["passed"] and not found.errors:
                outcome.errors.append(str(result.get("message")))
    return _never_silent(outcome, code)


@contextlib.contextmanager
def _workspace(package: Path, tools: bool = True) -> Iterator[Path]:
    """A scratch copy, since the tools want node_modules in it and write beside the sources."""
    root = toolchain.scratch("lint")
    folder = root / "package"
    try:
        shutil.copytree(package, folder, ignore=shutil.ignore_patterns("node_modules", ".git"))
        if tools:
            installed = toolchain.install(toolchain.PROJECTS / "n8n-lint") / "node_modules"
            (folder / "node_modules").symlink_to(installed)
        yield folder
    finally:
        shutil.rmtree(root)


def _n8n_node(command: str, folder: Path) -> tuple[int, str]:
    program = folder / "node_modules" / "@n8n" / "node-cli" / "bin" / "n8n-node.mjs"
    return _run([str(program), command], folder)


def _run(arguments: list[str], folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [str(toolchain.node()), *arguments],
        cwd=folder,
        env=toolchain.environment({"TMPDIR": str(folder.parent), "CI": "true"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    return done.returncode, ANSI.sub("", done.stdout)


def _eslint_findings(text: str, folder: Path) -> Outcome:
    """Reads eslint's usual report: a line with the file's path, then its indented findings."""
    outcome, file = Outcome([], [], text), ""
    for line in ANSI.sub("", text).splitlines():
        if line.startswith(str(folder)):
            file = str(Path(line.strip()).relative_to(folder))
        elif match := ESLINT_FINDING.fullmatch(line):
            place, level, message, rule = match.groups()
            finding = f"{file}:{place} {rule or 'eslint'}: {message}"
            (outcome.errors if level == "error" else outcome.warnings).append(finding)
    return outcome


def _last_json(output: str) -> list[dict[str, object]]:
    lines = output.strip().splitlines()
    with contextlib.suppress(ValueError, IndexError):
        result: list[dict[str, object]] = json.loads(lines[-1])
        return result
    raise RuntimeError(f"the scan gave no result:\n{output[-4000:]}")


def _never_silent(outcome: Outcome, code: int) -> Outcome:
    if code and not outcome.errors:
        outcome.errors.append(outcome.output[-4000:])
    return outcome
