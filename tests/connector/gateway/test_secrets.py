"""No secret is where it has no business: everything that the gateway does, done well and badly, by processes of their
own; then every log, figure, error, list, file and copy is searched for each key, link and token that was used."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import requests

from tests.connector.gateway.harness import eventually
from tests.connector.gateway.raw_vendor import Part, RawVendor, json_reply, raw_vendor
from tests.connector.gateway.served import Served, free_port
from tests.connector.webhooks.processes import Node
from tests.connector.webhooks.sink import Sink

pytestmark = pytest.mark.posix

TENANT, OTHER = "slk_tenant-0123456789abcdef", "slk_other-0123456789abcdef"
OPERATOR, READER = "sok_operator-0123456789abcdef", "sok_reader-0123456789abcdef"
SECRET_KEY = "the-secret-key-of-the-ledger-itself"
OURS = {"query": "ours-in-the-query", "basic": "ours-basic:and-password", "bearer": "ours-as-bearer",
        "cookie": "ours-in-a-cookie", "header": "ours-in-a-header"}  # fmt: skip
"""The vendors' keys that the gateway holds."""
THEIRS = {place: f"theirs-{place}" for place in OURS}
"""Those that callers bring."""
HOOK_PATH, CALLBACK_PATH, GONE_PATH = "hooks/catch/7/zapier-secret", "make-secret?t=callback-secret", "gone-secret"
WRONG = ("slk_no-such-key-0123456789", "theirs-refused", "inbound-guess-0123456789")
SCHEMES = {
    "query": "{type: apiKey, in: query, name: api_key}", "basic": "{type: http, scheme: basic}",
    "bearer": "{type: http, scheme: bearer}", "cookie": "{type: apiKey, in: cookie, name: session}",
    "header": "{type: apiKey, in: header, name: X-Key}",
}  # fmt: skip
DOCUMENT = """
openapi: 3.1.0
info: {{title: The {key} service, version: "1"}}
x-specloom: {{key: {key}}}
servers: [{{url: "https://{key}.example.com"}}]
security: [{{s: []}}]
components: {{securitySchemes: {{s: {scheme}}}}}
paths:
  /make:
    post:
      operationId: make
      x-specloom:
        result: {{type: image, url: $response.body#/url}}
        job: {{poll: next, status: $response.body#/status, succeeded: [done], failed: [failed], interval: 0.05}}
      requestBody: {{content: {{application/json: {{schema: {{type: object, properties: {{how: {{type: string}}}}}}}}}}}}
      responses:
        "202":
          description: ok
          content: {{application/json: {{schema: {{type: object}}}}}}
          links: {{next: {{operationId: read, parameters: {{id: $response.body#/id}}}}}}
  /things/{{id}}:
    get:
      operationId: read
      parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]
      responses: {{"200": {{description: ok, content: {{application/json: {{schema: {{type: object}}}}}}}}}}
  /thing:
    post:
      operationId: thing
      x-specloom: {{result: {{type: image, url: $response.body#/url}}}}
      requestBody: {{content: {{application/json: {{schema: {{type: object, properties: {{how: {{type: string}}}}}}}}}}}}
      responses: {{"200": {{description: ok, content: {{application/json: {{schema: {{type: object}}}}}}}}}}
"""
_STATUS = {b"unauthorized": "401 No", b"broke": "402 Pay", b"breaks": "500 Sorry", b"limited": "429 Slow down"}


def answer(request: bytes) -> list[Part]:
    if b"garbage" in request:
        return [b"HTTP/1.1 garbage and no more\r\n\r\n"]
    for word, status in _STATUS.items():
        if word in request:
            return [json_reply(b'{"message": "it did not work"}', status)]
    state = "failed" if b"/things/doomed" in request else "done"
    job = "doomed" if b'"doomed"' in request else "never" if b'"never"' in request else "fine"
    state = "working" if b"/things/never" in request else state
    told = {"id": job, "status": state if b"/things/" in request else "working", "url": "https://cdn.example.com/x.png"}
    return [json_reply(json.dumps(told).encode())]


class Reply(NamedTuple):
    """What somebody was told: `shown` is whether a secret in it is his own, and told on purpose."""

    what: str
    body: str
    shown: bool


class World:
    """The gateway, its worker, and every reply."""

    def __init__(self, folder: Path, vendor: RawVendor, sink: Sink) -> None:
        self.sink, self.data = sink, folder / "data"
        environ: dict[str, str] = {
            "SPECLOOM_API_KEYS": f"acme={TENANT},other={OTHER}", "SPECLOOM_SECRET_KEY": SECRET_KEY,
            "SPECLOOM_OPERATOR_KEYS": f"ada={OPERATOR},bob:read-only={READER}", "SPECLOOM_ALLOW_VENDOR_KEYS": "yes",
            "SPECLOOM_HOOK_ALLOW": "127.0.0.1", "SPECLOOM_HOOK_RETRIES": "0.1s", "SPECLOOM_HOOK_DISPATCH": "worker",
            "SPECLOOM_PATIENCE": "0",
        }  # fmt: skip
        flags = ["--workers", "2"]
        for key, scheme in SCHEMES.items():
            file = folder / f"{key}.yaml"
            file.write_text(DOCUMENT.format(key=key, scheme=scheme))
            flags += ["--document", str(file)]
            port = vendor.port if key != "cookie" else free_port()  # nobody is there
            environ |= {f"SPECLOOM_{key.upper()}_BASE_URL": f"http://127.0.0.1:{port}"}
            environ |= {f"SPECLOOM_{key.upper()}_API_KEY": OURS[key]}
        self.served = Served(self.data, {**environ, "PYTHONUNBUFFERED": "1"}, *flags)
        self.listens = free_port()
        listen = ["--listen", f"127.0.0.1:{self.listens}"]
        self.worker = Node(["worker", "--data", str(self.data), *listen], folder / "worker.log", environ)
        self.replies: list[Reply] = []
        self.secrets = {TENANT, OTHER, OPERATOR, READER, SECRET_KEY, *OURS.values(), *THEIRS.values(), *WRONG}

    def ask(
        self, method: str, path: str, key: str = TENANT, *, shown: bool = False, **options: Any
    ) -> requests.Response:
        headers = {**({"X-Specloom-Key": key} if key else {}), **options.pop("headers", {})}
        url = self.served.url + path
        reply = requests.request(method, url, headers=headers, timeout=20, allow_redirects=False, **options)
        kept = f"{reply.status_code} {dict(reply.headers)} {reply.text}"
        self.replies.append(Reply(f"{method} {path.partition('?')[0]} {reply.status_code}", kept, shown))
        return reply

    def calls(self) -> None:
        """Of every service, with our keys and theirs, in all the ways that they end."""
        words = ["fine", "garbage", *(word.decode() for word in _STATUS)]
        for key in SCHEMES:
            for how in words:
                self.ask("POST", f"/run/{key}/thing", json={"how": how})
                self.ask("POST", f"/{key}/thing", json={"how": how})
                self.ask("POST", f"/run/{key}/thing", "", json={"how": how}, **theirs(key, run=True))
                self.ask("POST", f"/{key}/thing", "", json={"how": how}, **theirs(key))
            self.ask("POST", f"/run/{key}/thing", json={"how": "fine"}, headers={"Idempotency-Key": f"k-{key}"})
            self.ask("POST", f"/run/{key}/thing", json={"how": "fine"}, headers={"Idempotency-Key": f"k-{key}"})
            self.ask("POST", f"/run/{key}/thing", json={"how": {"not": "text"}})
            self.ask("POST", f"/{key}/thing", data=b'{"how": ' + TENANT.encode())
            self.ask("GET", f"/{key}/nowhere/{TENANT}?api_key={THEIRS['query']}", "")
            self.ask("GET", f"/run/{key}/thing?key={TENANT}", "")

    def jobs(self) -> None:
        for key in ("query", "bearer"):
            for how in ("fine", "doomed", "never"):
                headers = {"Prefer": "respond-async", "Specloom-Callback": self.sink.url(f"/{CALLBACK_PATH}")}
                job = self.ask("POST", f"/run/{key}/make", json={"how": how}, headers=headers).headers["Location"]
                if how == "never":
                    self.ask("POST", f"{job}/cancel", json={})
                for who in (TENANT, OTHER, OPERATOR, READER, WRONG[0]):
                    self.ask("GET", job, who, headers={"Prefer": "wait=5"})
            self.ask("GET", f"/inbound/{key}/{WRONG[2]}", "")
            self.ask("POST", f"/inbound/{key}/{WRONG[2]}", "", json={})

    def hooks(self) -> None:
        paths = (HOOK_PATH, f"missing/{GONE_PATH}", f"gone/{GONE_PATH}", f"fail/{GONE_PATH}")
        ids = []
        for path in paths:
            body = {"target_url": self.sink.url(f"/{path}"), "events": ["*"]}
            made = self.ask("POST", "/hooks", json=body, shown=True).json()
            ids.append(made["id"])
            self.secrets |= {made["secret"]}
            for who in (OTHER, READER):
                self.ask("GET", f"/hooks/{made['id']}", who)
            self.ask("POST", f"/hooks/{made['id']}/test", shown=True)
        rotated = self.ask("POST", f"/hooks/{ids[0]}/secret", json={}, shown=True)
        ours = self.ask("POST", "/hooks/callbacks/secret", json={}, shown=True)
        self.secrets |= {reply.json()["secret"] for reply in (rotated, ours)}
        for bad in ("https://127.0.0.2/" + GONE_PATH, "gopher://x/" + GONE_PATH, GONE_PATH):
            self.ask("POST", "/hooks", json={"target_url": bad, "events": ["*"]})
        self.ask("POST", "/events", json={"type": "order.paid", "data": {"x": 1}})

    def keys(self) -> None:
        made = self.ask("POST", "/keys", OPERATOR, json={"name": "shop", "tenant": "shop"}, shown=True).json()
        self.secrets |= {made["key"]}
        self.ask("POST", "/run/bearer/thing", made["key"], json={"how": "fine"})
        self.ask("DELETE", f"/keys/{made['id']}", OPERATOR)
        self.ask("POST", "/run/bearer/thing", made["key"], json={"how": "fine"})
        for who in (TENANT, READER, WRONG[0], ""):
            self.ask("POST", "/keys", who, json={"name": TENANT, "tenant": "x"} if who == WRONG[0] else {"name": "y"})
        self.ask("POST", "/run/bearer/thing", OPERATOR, json={"how": "fine"}, headers={"Specloom-Tenant": "acme"})
        self.ask("PUT", "/quotas/acme", OPERATOR, json={"rate": 100000})

    def files(self) -> None:
        file = self.ask("POST", "/files", data=b"what is in the file", shown=True).json()
        link = file["url"].partition("/files/")[2]
        self.secrets |= {link.rpartition("=")[2] if "=" in link else link.rpartition("/")[2]}
        self.ask("GET", f"/files/{link}", "", shown=True)
        self.ask("GET", f"/files/{file['id']}", OTHER)

    def is_told(self) -> bool:
        """Nothing waits to be delivered any more."""
        waiting: list[Any] = self.ask("GET", "/deliveries?state=pending", OPERATOR).json()["data"]
        return not waiting

    def looked_at(self) -> None:
        """Whatever lists there are, by everybody who may and who may not."""
        for path in ("/keys", "/tenants", "/quotas", "/audit?limit=100", "/jobs", "/hooks", "/events", "/deliveries",
                     "/services", "/openapi.json", "/metrics", "/healthz", "/readyz"):  # fmt: skip
            for who in (OPERATOR, READER, TENANT, OTHER, WRONG[0], ""):
                self.ask("GET", path, who, shown=path == "/hooks" and who in (OPERATOR, TENANT))
        for delivery in self.ask("GET", "/deliveries?limit=100", OPERATOR).json()["data"]:
            for who in (READER, OTHER):
                self.ask("GET", f"/deliveries/{delivery['id']}", who)


def theirs(key: str, *, run: bool = False) -> dict[str, Any]:
    given = THEIRS[key]
    if key == "basic":
        return {"headers": {"Authorization": "Basic " + base64.b64encode(given.encode()).decode()}}
    if run or key == "bearer":
        return {"headers": {"Authorization": f"Bearer {given}"}}
    if key == "query":
        return {"params": {"api_key": given}}
    return {"headers": {"X-Key": given}} if key == "header" else {"cookies": {"session": given}}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("secrets")
    with raw_vendor(answer) as vendor, Sink() as sink:
        made = World(folder, vendor, sink)
        made.served.start()
        made.worker.start()
        try:
            made.hooks()
            made.calls()
            made.jobs()
            made.keys()
            made.files()
            sink.wait_for(10, f"/{HOOK_PATH}")
            eventually(made.is_told, 30)
            made.looked_at()
            yield made
        finally:
            made.served.kill()
            made.worker.kill()


def spellings(secret: str) -> set[bytes]:
    """As it is, percent-encoded, in JSON, and in base64 where it stands alone."""
    told = {secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1]}
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {one.encode() for one in (*told, encoded)}


def found_in(data: bytes, secrets: set[str]) -> set[str]:
    return {secret for secret in secrets if any(one in data for one in spellings(secret))}


LINKS = {"zapier-secret", "callback-secret", "gone-secret"}
"""Parts of addresses that are secrets."""


def test_it_did_happen(world: World) -> None:
    """The search would find nothing in nothing."""
    assert len(world.secrets) > 20 and len(world.replies) > 300
    statuses = {reply.body[:3] for reply in world.replies}
    assert statuses >= {"200", "201", "202", "400", "401", "402", "403", "404", "429", "500", "502"}
    assert {call.path.strip("/") for call in world.sink.calls} >= {HOOK_PATH, CALLBACK_PATH}
    logs = world.served.log.read_bytes() + world.worker.log().encode()
    assert logs.count(b'"request"') > 200 and logs.count(b'"delivery"') > 10
    assert found_in(logs, {"acme", "127.0.0.1"}) == {"acme", "127.0.0.1"}


def test_no_secret_is_in_a_log(world: World) -> None:
    logs = world.served.log.read_bytes() + world.worker.log().encode()
    assert found_in(logs, world.secrets | LINKS) == set()
    assert b"Traceback" not in logs


def test_no_secret_is_in_a_figure(world: World) -> None:
    worker = requests.get(f"http://127.0.0.1:{world.listens}/metrics", timeout=5).content
    gateway = world.ask("GET", "/metrics", OPERATOR).content
    assert b"specloom_deliveries_total" in worker and b"specloom_requests_total" in gateway
    assert found_in(worker + gateway, world.secrets | LINKS) == set()


def test_no_secret_is_in_a_reply(world: World) -> None:
    """But for those that are shown once, to whom they belong."""
    for reply in world.replies:
        if not reply.shown:
            assert found_in(reply.body.encode(), world.secrets) == set(), reply.what
            assert found_in(reply.body.encode(), LINKS) <= {"gone-secret"} or "/hooks" not in reply.what, reply.what
    of_others = [r.body for r in world.replies if not r.shown and "/hooks" in r.what and r.what.startswith("GET")]
    assert of_others and found_in("".join(of_others).encode(), LINKS) == set()


def test_no_secret_is_in_the_ledger_or_a_copy_of_it(world: World, tmp_path: Path) -> None:
    """Of addresses of hooks only the column that is meant for them has any."""
    archive = tmp_path / "copy.tar.gz"
    copier = Node(["backup", str(archive), "--data", str(world.data)], tmp_path / "backup.log", {
        "SPECLOOM_SECRET_KEY": SECRET_KEY})  # fmt: skip
    copier.start()
    assert copier.wait(60) == 0, copier.log()
    with tarfile.open(archive) as opened:
        members = {m.name: opened.extractfile(m).read() for m in opened.getmembers() if m.isfile()}  # type: ignore[union-attr]
    raw = b"".join(file.read_bytes() for file in world.data.iterdir() if file.is_file() and "secret" not in file.name)
    assert len(raw) > 100_000 and len(members) > 1
    assert found_in(raw + b"".join(members.values()) + copier.log().encode(), world.secrets) == set()
    database = next(file for file in world.data.iterdir() if file.suffix == ".sqlite3")
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        for column in columns:
            told = "\n".join(str(row[0]) for row in connection.execute(f"SELECT {column} FROM {table}"))
            if (table, column) != ("hooks", "target_url"):
                assert found_in(told.encode(), LINKS) == set(), (table, column)
    connection.close()
    assert len(tables) > 12


def test_what_the_processes_wrote_belongs_to_its_owner_alone(world: World) -> None:
    modes = {str(path): path.stat().st_mode & 0o077 for path in (world.data, *world.data.rglob("*"))}
    assert modes and not [path for path, mode in modes.items() if mode]
    assert os.environ.get("SPECLOOM_SECRET_KEY") is None
