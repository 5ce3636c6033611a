"""Sample payloads: what a workflow tool shows while someone maps fields, before anything has happened."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from specloom.connector.ledger.ids import within
from specloom.connector.ledger.webhook_tables import events
from specloom.connector.webhooks.patterns import matches

_RECENT = 200
_FILES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "image": ("image_url", "lighthouse.webp", "image/webp", {"width": 1920, "height": 1080}),
    "audio": ("audio_url", "evening-rain.mp3", "audio/mpeg", {"duration": 92.4}),
    "video": ("video_url", "harbour.mp4", "video/mp4", {"width": 1280, "height": 720, "duration": 8}),
    "model3d": ("model_url", "teapot.glb", "model/gltf-binary", {}),
    "file": ("file_url", "report.pdf", "application/pdf", {}),
}
_TYPES = (*_FILES, "text", "none")
_BASE = {
    "success": True, "status": "succeeded", "id": "a1b2c3d4", "job_id": None, "request_id": "req_7f3a",
    "service": "example", "operation": "generate", "expires_at": None,
    "usage": {"cost": 1, "remaining": 99, "unit": "credits"}, "rate_limit": None,
}  # fmt: skip
_FAILURE = {
    "failed": ("provider_error", "The service could not finish this one", True),
    "canceled": ("provider_error", "The job was canceled", False),
}


def _items(kind: str) -> dict[str, Any]:
    if kind == "text":
        text = "The lamp turns once every ten seconds."
        return {"text": text, "items": [{"type": "text", "text": text}]}
    if kind not in _FILES:
        return {"items": []}
    flat, name, content_type, size = _FILES[kind]
    url = f"https://files.example.com/{name}"
    item = {"type": kind, "url": url, "content_type": content_type, "file_name": name, "file_size": 145678, **size}
    return {flat: url, "items": [item]}


def _results() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for kind in _TYPES:
        found[f"{kind}.succeeded"] = {**_BASE, "type": kind, **_items(kind), "raw": None}
        for status, (error, message, retryable) in _FAILURE.items():
            told = {"type": error, "message": message, "status": None, "retryable": retryable, "retry_after": None}
            failed = {**_BASE, "success": False, "status": status, "type": kind, "items": [], "error": told}
            found[f"{kind}.{status}"] = {**failed, "raw": None}
    return found


SAMPLES: dict[str, dict[str, Any]] = {
    **_results(),
    "hook.disabled": {
        "hook_id": "hook_019ab0c1d2e3f4a5b6c7d8e9f0a1", "target_url": "https://n8n.example.com/webhook/a1b2",
        "reason": "nothing but failures for 5 days", "failing_since": 1767225600.0,
    },
}  # fmt: skip
"""Event to its payload."""


def samples(
    connection: Connection, tenants: Sequence[str] | None, wanted: Sequence[str], services: Sequence[str], size: int
) -> list[dict[str, Any]]:
    """Payloads of events that match `wanted`: the tenant's own latest where there are any, else made up ones."""
    query = select(events.c.type, events.c.service, events.c.payload).where(within(events.c.tenant, tenants))
    found = []
    for row in connection.execute(query.order_by(events.c.created.desc()).limit(_RECENT)):
        if matches(wanted, row.type) and (not services or row.service in services):
            found.append(json.loads(row.payload))
            if len(found) == size:
                return found
    if found:
        return found
    made_up = [payload for name, payload in SAMPLES.items() if matches(wanted, name)]
    return [_of_service(payload, services) for payload in made_up[:size]]


def _of_service(payload: dict[str, Any], services: Sequence[str]) -> dict[str, Any]:
    return {**payload, "service": services[0]} if services and "service" in payload else payload
