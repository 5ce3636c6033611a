"""What a call is shown: operators learn whose everything is; read-only ones see no inputs, no results and no hook's
address in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from specloom.connector.access.audit import masked
from specloom.connector.access.identity import READ_ONLY, current, tenant_name
from specloom.connector.errors import JsonObject

_OF_A_RESULT = "success status type id job_id request_id service operation expires_at usage".split()


@dataclass(frozen=True, slots=True)
class View:
    names_tenants: bool = False
    masks: bool = False

    def hook(self, shown: JsonObject, tenant: str) -> JsonObject:
        return self._named(self._masked(shown), tenant)

    def delivery(self, shown: JsonObject, tenant: str) -> JsonObject:
        """The endpoint's answers may quote what they were sent."""
        if self.masks and "attempt_log" in shown:
            shown = {**shown, "attempt_log": [{**attempt, "response": ""} for attempt in shown["attempt_log"]]}
        return self._named(self._masked(shown), tenant)

    def event(self, shown: JsonObject, tenant: str) -> JsonObject:
        return self._named({**shown, "payload": {}} if self.masks else shown, tenant)

    def owner(self, tenant: str) -> JsonObject:
        """To be added to what is shown: nothing for a tenant, who knows."""
        return {"tenant": tenant_name(tenant)} if self.names_tenants else {}

    def result(self, result: Mapping[str, Any]) -> JsonObject:
        """How it went, without what was made. A message may quote the inputs, the type of an error does not."""
        if not self.masks:
            return dict(result)
        told = {name: result[name] for name in _OF_A_RESULT}
        if "error" in result:
            told["error"] = {**result["error"], "message": f"{result['error']['type']}, at the service"}
        return {**told, "items": [], "rate_limit": result["rate_limit"], "raw": None}

    def _masked(self, shown: JsonObject) -> JsonObject:
        if not self.masks:
            return shown
        words: JsonObject = {name: bare(shown[name]) for name in ("error", "reason") if name in shown}
        return {**shown, **words, "target_url": masked(shown["target_url"])}

    def _named(self, shown: JsonObject, tenant: str) -> JsonObject:
        return {**shown, **self.owner(tenant)}


def bare(error: str) -> str:
    """Why it failed, without the address that may be quoted: for many hooks it is a secret."""
    return error.partition("'http")[0].rstrip(": ")


def view() -> View:
    """Of the request at hand."""
    identity = current()
    if identity is None or not identity.is_operator:
        return View()
    return View(names_tenants=True, masks=identity.role == READ_ONLY)
