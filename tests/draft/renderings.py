"""Real documents rendered by tools that others wrote, drafted back, and held against what each rendering shows."""

from __future__ import annotations

import hashlib
import html
import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from specloom.schemas.draft import Text, draft
from specloom.schemas.draft.assembly.paths import shape
from specloom.schemas.draft.write.replies import Node
from specloom.schemas.load import load
from specloom.schemas.model import Service
from specloom.schemas.problems import SpecloomError
from tests.draft.scoring import METHODS, resolve
from tests.platforms import corpus, toolchain

SCRIPT = Path(__file__).with_name("render.cjs")
SMALLEST, LARGEST = 2_000, 60_000
"""Bytes of a document: with operations, and not longer than a page is."""
KINDS = ("markdown", "collection", "html", "curl")
ENDINGS = {"markdown": "md", "collection": "postman.json", "html": "html", "curl": "sh"}
_KEYS = re.compile(r"(?i)authorization|content-type|accept|.*(?:api[-_]?key|token|secret|x-key).*")


class Outcome(Struct):
    """Counts of one rendering: shown and found."""

    name: str
    operations: int = 0
    operations_found: int = 0
    parameters: int = 0
    parameters_found: int = 0
    missed: list[str] = []
    uncited: list[str] = []


def tools() -> Path:
    return toolchain.install(toolchain.PROJECTS / "draft") / "node_modules"


def chosen(count: int, seed: str = "draft") -> list[Path]:
    """`count` documents that have operations, picked by the hash of their names."""
    fit = [path for path in corpus.documents() if SMALLEST < path.stat().st_size < LARGEST]
    root = corpus.root()
    fit.sort(key=lambda path: hashlib.sha256(f"{seed}{path.relative_to(root)}".encode()).hexdigest())
    return list(islice(filter(_has_operations, fit), count))


def _has_operations(document: Path) -> bool:
    try:
        return bool(load(document).service.operations)
    except SpecloomError:
        return False


def out_of(document: Path, folder: Path) -> Path:
    """Where a document's renderings go, without their endings."""
    return folder / hashlib.sha256(str(document).encode()).hexdigest()[:12]


def render(documents: Sequence[Path], folder: Path, kinds: Sequence[str] = KINDS) -> list[Path]:
    """The renderings that came out. A renderer that fails on a document leaves none."""
    folder.mkdir(parents=True, exist_ok=True)
    outs = {document: out_of(document, folder) for document in documents}
    jobs = [
        {"document": str(d), "out": str(out), "kinds": [k for k in kinds if k in ("markdown", "collection")]}
        for d, out in outs.items()
    ]
    environment = toolchain.environment({"NODE_PATH": str(tools())})
    subprocess.run(
        [toolchain.node(), SCRIPT],
        env=environment,
        input=json.dumps(jobs),
        text=True,
        capture_output=True,
        timeout=1800,
        check=True,
    )
    for document, out in outs.items():
        if "html" in kinds:
            _redoc(document, out)
        if "curl" in kinds:
            Path(f"{out}.sh").write_text("\n\n".join(_curl(load(document).service)), "utf-8")
    made = [Path(f"{out}.{ENDINGS[kind]}") for out in outs.values() for kind in kinds]
    return [path for path in made if path.exists()]


def _redoc(document: Path, out: Path) -> None:
    program = tools() / "@redocly" / "cli" / "bin" / "cli.js"
    environment = toolchain.environment(
        {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "CI": "1"}
    )
    command = [str(toolchain.node()), str(program), "build-docs", str(document), "-o", f"{out}.html"]
    subprocess.run(command, cwd=out.parent, env=environment, capture_output=True, timeout=300, check=False)


def _curl(service: Service) -> Iterator[str]:
    """A curl line of each call, as a page has it: parameters of the path in braces, required inputs with examples."""
    base = next(
        (server.base_url for server in service.servers if server.base_url.startswith("http")), "https://api.vendor.dev"
    ).rstrip("/")
    for operation in service.operations:
        query = [f for f in operation.fields if f.location == "query"]
        url = (
            base + operation.path + ("?" + "&".join(f"{f.pointer}={_value(f.example)}" for f in query) if query else "")
        )
        lines = [
            f"# {operation.name}",
            f"curl -X {operation.method} '{url}'",
            "-H 'Authorization: Bearer YOUR_API_KEY'",
        ]
        body = {
            f.pointer.removeprefix("/"): f.example if f.example is not None else "text"
            for f in operation.fields
            if f.location == "body" and f.pointer.count("/") == 1
        }
        if body and "json" in operation.media_type:
            lines += [
                "-H 'Content-Type: application/json'",
                "-d '" + json.dumps(body, indent=1).replace("'", "\\u0027") + "'",
            ]
        yield lines[0] + "\n" + " \\\n  ".join(lines[1:])


def _value(example: Any) -> str:
    return re.sub(r"[^A-Za-z0-9._\-]", "", str(example))[:40] if example is not None else "text"


def measure(rendering: Path, document: Path) -> Outcome:
    """Drafts one rendering back. What counts is what its text shows: names that it does not have cannot be found."""
    service, text = load(document).service, rendering.read_text("utf-8")
    outcome = Outcome(f"{document.parent.name}/{document.name} {rendering.suffix}")
    try:
        made = draft([Text(rendering.name, text)]).document
    except SpecloomError:
        made = {}
    found = operations_of(made)
    shown = _plain(text)
    for operation in service.operations:
        if operation.deprecated or not _shows(shown, operation.path, rendering.suffix):
            continue
        outcome.operations += 1
        same = [k for k in found if k[0] == operation.method and same_path(k[1], operation.path)]
        key = min(same, key=lambda k: len(k[1]), default=None)
        if key is None:
            outcome.missed.append(f"{operation.method} {operation.path}")
            continue
        outcome.operations_found += 1
        for field in operation.fields:
            name = field.pointer.removeprefix("/")
            deep = field.location == "body" and ("/" in name or name == "")
            if (
                field.location in ("selector", "cookie")
                or deep
                or field.secret
                or not _shows_name(shown, name)
                or (field.location == "header" and _KEYS.fullmatch(name))
            ):
                continue
            outcome.parameters += 1
            if (field.location, name) in found[key]:
                outcome.parameters_found += 1
            else:
                outcome.missed.append(f"{operation.method} {operation.path} {field.location}.{name}")
    outcome.uncited = list(uncited(made, {rendering.name: text}))
    return outcome


def _plain(text: str) -> str:
    return re.sub(r"(?s)<script.*?</script>|<style.*?</style>", " ", text)


def _shows(text: str, path: str, suffix: str) -> bool:
    if suffix == ".json":
        return all(f'"{part.strip("{}")}' in text or f":{part.strip('{}')}" in text for part in path.split("/") if part)
    return path in text or path.replace("{", "&#123;") in text or path.replace("/", "<wbr/>/") in text


def _shows_name(text: str, name: str) -> bool:
    return name in text


def same_path(found: str, path: str) -> bool:
    return shape(found).endswith(shape(path).rstrip("/") or "/")


def operations_of(document: Node) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Inputs by (method, path with the server's)."""
    result = {}
    servers = document.get("servers") or [{"url": ""}]
    base = urlsplit(re.sub(r"\{[^}]*\}", "x", servers[0]["url"])).path.rstrip("/")
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            if method not in METHODS:
                continue
            inputs = {(p["in"], p["name"]) for p in operation.get("parameters", ())}
            for media in (operation.get("requestBody") or {}).get("content", {}).values():
                schema = resolve(media.get("schema") or {}, document)
                inputs |= {
                    ("body", name)
                    for holder in (schema, schema.get("items") or {})
                    for name in holder.get("properties", {})
                }
            result[method.upper(), base + path] = inputs
    return result


def uncited(document: Node, sources: dict[str, str]) -> Iterator[str]:
    """Calls, inputs, properties and replies whose cited line does not exist or does not name them, and those without a cite that
    are not called inferred."""
    lines = {name: text.split("\n") for name, text in sources.items()}
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            where = f"{method} {path}"
            yield from _uncited(where, operation, lines, "")
            for parameter in operation.get("parameters", ()):
                yield from _uncited(f"{where} {parameter['name']}", parameter, lines, parameter["name"])
            for holder in ((operation.get("requestBody") or {}), *operation["responses"].values()):
                for media in holder.get("content", {}).values():
                    yield from _schema(where, media["schema"], lines)
            for status, response in operation["responses"].items():
                if "$ref" not in response:
                    yield from _uncited(f"{where} {status}", response, lines, "")


def _schema(where: str, schema: Node, lines: dict[str, list[str]]) -> Iterator[str]:
    for name, part in schema.get("properties", {}).items():
        yield from _uncited(f"{where} {name}", part, lines, name)
        yield from _schema(f"{where} {name}", part, lines)
    if schema.get("items"):
        yield from _schema(where, schema["items"], lines)


def _uncited(where: str, part: Node, lines: dict[str, list[str]], name: str) -> Iterator[str]:
    block = part.get("x-specloom", {})
    places = block.get("source", [])
    places = [places] if isinstance(places, str) else places
    if not places and "inferred" not in block and "$ref" not in part:
        yield f"{where}: no source"
    if "inferred" in block and not places:
        return
    for place in places:
        file, _, number = place.rpartition(":")
        if file not in lines or not 0 < int(number) <= len(lines[file]):
            yield f"{where}: {place} does not exist"
        elif name and "inferred" not in block and not _names(lines[file][int(number) - 1], name):
            yield f"{where}: {place} does not name it"


def _names(line: str, name: str) -> bool:
    return any(shown in line for shown in (name, json.dumps(name)[1:-1], html.escape(name)))
