"""The vectors the runtimes must pass: a document, and cases with what is expected of each."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from specloom.schemas.load import load
from specloom.schemas.model import Service
from tests import TESTS

FOLDER = TESTS / "vectors"
NOTHING = {"cost": None, "remaining": None, "unit": None}
USUAL = {
    "success": True, "status": "succeeded", "items": [], "id": None, "job_id": None, "request_id": None,
    "expires_at": None, "usage": NOTHING, "rate_limit": None,
}  # fmt: skip


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(name)["cases"]
    return found


def service(name: str) -> Service:
    """The service of a vector file's document."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.json"
        path.write_text(json.dumps(read(name)["document"]), encoding="utf-8")
        return load(path).service


def expected_result(case: dict[str, Any]) -> dict[str, Any]:
    """The whole result a case of normalize.json expects."""
    own = {"service": "vectors", "operation": case["operation"], "raw": case["exchange"]["body"]}
    return {**USUAL, **own, **case["expect"]}
