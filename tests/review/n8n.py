"""What n8n's verification looks at, asked of a package's files. Each check gives what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from specloom.schemas.model import Service

Files = Mapping[str, str]


def opened(files: Mapping[str, bytes]) -> Files:
    return {path: text.decode("utf-8", "replace") for path, text in files.items()}


def package(files: Files) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["package.json"])
    return found


def credentials(files: Files) -> dict[str, str]:
    return {path: text for path, text in files.items() if path.endswith(".credentials.ts")}


def package_is_plain(files: Files, service: Service) -> Iterator[str]:
    told = package(files)
    if told["license"] != "MIT" or "LICENSE" not in files and "LICENSE.md" not in files:
        yield "the license"
    if told.get("dependencies"):
        yield f"runtime dependencies: {sorted(told['dependencies'])}"
    if "n8n-community-node-package" not in told["keywords"] or not told["name"].startswith("n8n-nodes-"):
        yield "its name or keywords"


def publishes_with_provenance(files: Files, service: Service) -> Iterator[str]:
    flow = files.get(".github/workflows/publish.yml", "")
    if "id-token: write" not in flow:
        yield "no workflow that publishes with provenance"


def readme_shows_usage(files: Files, service: Service) -> Iterator[str]:
    if '"nodes"' not in files["README.md"]:
        yield "no workflow to paste"


def secrets_are_passwords(files: Files, service: Service) -> Iterator[str]:
    for path, text in credentials(files).items():
        for match in re.finditer(r"name: '(\w*(?:[kK]ey|[pP]assword|[sS]ecret|[tT]oken))'", text):
            if "password: true" not in text[match.start() : match.start() + 400]:
                yield f"{path}: {match[1]}"


def oauth_is_offered(files: Files, service: Service) -> Iterator[str]:
    kinds = [auth.kind for auth in (service.auth, *service.other_auths)]
    flows = [auth.flow for auth in (service.auth, *service.other_auths) if auth.kind == "oauth2"]
    if (
        "oauth2" in kinds
        and set(flows) != {"password"}
        and not any("oAuth2Api" in t for t in credentials(files).values())
    ):
        yield "the document has OAuth 2, the package none"


def operations_differ(files: Files, service: Service) -> Iterator[str]:
    for path, text in files.items():
        if "/resources/" in path and path.endswith(".ts"):
            actions = re.findall(r"^\s*action: (.+),$", text, re.M)
            yield from sorted({f"{path}: {one}" for one in actions if actions.count(one) > 1})


CHECKS: dict[str, Callable[[Files, Service], Iterator[str]]] = {
    check.__name__: check
    for check in (
        package_is_plain, publishes_with_provenance, readme_shows_usage, secrets_are_passwords, oauth_is_offered,
        operations_differ,
    )
}  # fmt: skip
