"""Speaks HTTP to a running n8n: its public API, and the internal calls behind the editor's Run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import requests

OWNER = {
    "email": "owner@example.com",
    "firstName": "Test",
    "lastName": "Owner",
    "password": "Only-For-Tests-1",
}
FINAL = {"success", "error", "canceled", "crashed"}
DEFAULTS: dict[str, Any] = {"name": "Test", "connections": {}, "settings": {"executionOrder": "v1"}}


class ApiError(Exception):
    """n8n refused a request."""


class Api:
    """The HTTP side of one n8n; thread-safe, since each request stands alone."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies: dict[str, str] = {}
        self._key = ""

    def sign_in(self) -> None:
        """Makes the owner and an API key; after a restart the cookie and the key still hold."""
        if self._key:
            return
        reply = requests.post(f"{self.url}/rest/owner/setup", json=OWNER, timeout=30)
        _checked(reply)
        self.cookies = dict(reply.cookies)
        scopes = self.internal("GET", "/api-keys/scopes")
        key = self.internal("POST", "/api-keys", {"label": "tests", "scopes": scopes, "expiresAt": None})
        self._key = key["rawApiKey"]

    def internal(self, method: str, path: str, body: object = None) -> Any:
        """What the editor calls; answers come wrapped in {data}."""
        reply = requests.request(method, f"{self.url}/rest{path}", json=body, cookies=self.cookies, timeout=60)
        return _checked(reply)["data"]

    def public(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """The documented API, /api/v1."""
        headers = {"X-N8N-API-KEY": self._key}
        url = f"{self.url}/api/v1{path}"
        return _checked(requests.request(method, url, json=body, params=query, headers=headers, timeout=60))

    # Credentials

    def create_credential(self, kind: str, data: Mapping[str, Any], name: str = "Test") -> str:
        body = {"name": name, "type": kind, "data": dict(data)}
        return str(self.public("POST", "/credentials", body)["id"])

    def test_credential(self, identifier: str) -> dict[str, Any]:
        """{status: OK or Error, message}: what the Test button of the credential says."""
        return dict(self.public("POST", f"/credentials/{identifier}/test"))

    # Workflows

    def save_workflow(self, workflow: Mapping[str, Any]) -> str:
        """Saves a workflow under a new id. The internal call, since the public one refuses `pinData`."""
        body = {**DEFAULTS, **{k: v for k, v in workflow.items() if k not in ("id", "active", "versionId")}}
        return str(self.internal("POST", "/workflows", body)["id"])

    def activate(self, identifier: str) -> None:
        self.public("POST", f"/workflows/{identifier}/activate")

    def deactivate(self, identifier: str) -> None:
        self.public("POST", f"/workflows/{identifier}/deactivate")

    def delete_workflow(self, identifier: str) -> None:
        self.public("DELETE", f"/workflows/{identifier}")

    def run_workflow(self, identifier: str, trigger: str) -> str:
        """Starts a saved workflow as the editor does; returns the execution's id."""
        body = {"triggerToStartFrom": {"name": trigger}}
        reply = self.internal("POST", f"/workflows/{identifier}/run", body)
        if "executionId" not in reply:
            raise ApiError(f"{trigger} waits for a request: pin its data, or activate the workflow and call it")
        return str(reply["executionId"])

    # Executions

    def execution(self, identifier: str) -> dict[str, Any]:
        return dict(self.public("GET", f"/executions/{identifier}", includeData="true"))

    def executions(self, workflow: str) -> list[dict[str, Any]]:
        """A workflow's executions with their data, the newest first."""
        return list(self.public("GET", "/executions", workflowId=workflow, includeData="true")["data"])

    def wait_for_execution(self, identifier: str, timeout: float = 60) -> dict[str, Any]:
        deadline, pause = time.monotonic() + timeout, 0.02
        while True:
            found = self.public("GET", f"/executions/{identifier}")
            if found["status"] in FINAL:
                return self.execution(identifier)
            if time.monotonic() > deadline:
                raise ApiError(f"execution {identifier} is still {found['status']} after {timeout} s")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)

    def wait_for_executions(self, workflow: str, count: int = 1, timeout: float = 30) -> list[dict[str, Any]]:
        """Waits until an active workflow has run `count` times."""
        deadline = time.monotonic() + timeout
        while True:
            found = [e for e in self.executions(workflow) if e["status"] in FINAL]
            if len(found) >= count:
                return found
            if time.monotonic() > deadline:
                raise ApiError(f"workflow {workflow} ran {len(found)} times, not {count}, in {timeout} s")
            time.sleep(0.1)

    def call_webhook(self, path: str, body: object = None, method: str = "POST", **options: Any) -> requests.Response:
        """Calls a production webhook; the first one can come too early, so 404 is retried."""
        for attempt in range(10):
            reply = requests.request(method, f"{self.url}/webhook/{path.lstrip('/')}", json=body, timeout=60, **options)
            if reply.status_code != 404:
                break
            time.sleep(0.1 * (attempt + 1))
        return reply


def _checked(reply: requests.Response) -> Any:
    if not reply.ok:
        request = reply.request
        raise ApiError(f"{request.method} {request.path_url}: {reply.status_code} {reply.text[:2000]}")
    return reply.json() if reply.content else None
