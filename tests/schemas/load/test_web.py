"""Documents by URL, over real HTTP: what is read, what is refused and in which words, and what may not be asked for."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from specloom.schemas.document.inventory import inventory
from specloom.schemas.document.reading import fetch
from specloom.schemas.load import load
from specloom.schemas.problems import SpecloomError
from tests.command.test_cli import specloom

DOCUMENT = """\
openapi: 3.1.0
info: {title: Far Away, version: 1.0.0}
servers: [{url: /v1}]
paths:
  /things:
    post:
      operationId: send
      requestBody: {content: {application/json: {schema: {$ref: "REF"}}}}
      responses: {"200": {description: ok}}
"""
PARTS = "Thing: {type: object, properties: {size: {type: integer}}}\n"
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """A web server: answers by path, and the paths that were asked for."""

    url: str
    answers: dict[str, Answer | Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, path: str, text: str | bytes, kind: str = "application/yaml") -> None:
        self.answers[path] = (200, {"Content-Type": kind}, text.encode() if isinstance(text, str) else text)

    def redirect(self, path: str, to: str) -> None:
        self.answers[path] = (302, {"Location": to}, b"")


def serve() -> Iterator[Site]:
    made = Site("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            answer = made.answers.get(self.path, (404, {}, b"nothing"))
            if callable(answer):
                answer(self)
                return
            status, headers, content = answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    yield from serve()


@pytest.fixture
def other() -> Iterator[Site]:
    yield from serve()


def refusal(url: str) -> str:
    with pytest.raises(SpecloomError) as caught:
        load(url)
    text = str(caught.value)
    assert "\n" not in text and text.startswith(fetch.shown(url))
    return text


def test_a_document_its_parts_and_its_relative_server(site: Site) -> None:
    site.put("/api/openapi.yaml", DOCUMENT.replace("REF", "parts/all.yaml#/Thing"))
    site.put("/api/parts/all.yaml", PARTS)
    found = load(f"{site.url}/api/openapi.yaml")
    (operation,) = found.service.operations
    assert [one.name for one in operation.fields] == ["size"] and not found.problems
    assert found.service.base_url == f"{site.url}/v1"
    inventory(found.source)
    assert site.asked == ["/api/openapi.yaml", "/api/parts/all.yaml"]  # each once


def test_redirects_are_followed_and_count_as_the_documents_place(site: Site) -> None:
    site.redirect("/latest", "/2026/openapi.yaml")
    site.put("/2026/openapi.yaml", DOCUMENT.replace("REF", "all.yaml#/Thing"))
    site.put("/2026/all.yaml", PARTS)
    assert not load(f"{site.url}/latest").problems
    site.redirect("/round", "/round")
    assert "more than 5 redirects" in refusal(f"{site.url}/round") and site.asked.count("/round") == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.com/x", "gopher://example.com/"])
def test_redirects_lead_to_web_addresses_only(site: Site, target: str) -> None:
    site.redirect("/x", target)
    assert "no web address" in refusal(f"{site.url}/x")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com/openapi.yaml", "http:///x"])
def test_other_schemes_are_refused(url: str) -> None:
    assert "no web address" in refusal(url)


def test_a_document_of_the_web_reads_neither_files_nor_other_hosts(site: Site, other: Site, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text(PARTS, "utf-8")
    other.put("/all.yaml", PARTS)
    for target in (f"file://{secret}#/Thing", f"{other.url}/all.yaml#/Thing", f"{other.url[5:]}/all.yaml#/Thing"):
        site.put("/openapi.yaml", DOCUMENT.replace("REF", target))
        (problem,) = load(f"{site.url}/openapi.yaml").problems
        assert problem.code == "ref-remote" and "leaves the document's origin" in problem.message
        assert problem.location.line == 8
    site.put("/openapi.yaml", DOCUMENT.replace("REF", f"{secret}#/Thing"))
    (problem,) = load(f"{site.url}/openapi.yaml").problems
    assert problem.code == "ref-file" and "HTTP 404" in problem.message  # a path, asked of the same host
    assert not other.asked


def test_a_reference_is_not_redirected_to_another_host(site: Site, other: Site) -> None:
    other.put("/all.yaml", PARTS)
    site.redirect("/all.yaml", f"{other.url}/all.yaml")
    site.put("/openapi.yaml", DOCUMENT.replace("REF", "all.yaml#/Thing"))
    (problem,) = load(f"{site.url}/openapi.yaml").problems
    assert problem.code == "ref-file" and "redirects to" in problem.message and not other.asked


def test_a_file_reads_nothing_from_the_web(site: Site, document: Callable[..., Path]) -> None:
    site.put("/all.yaml", PARTS)
    path = document(DOCUMENT.replace("REF", f"{site.url}/all.yaml#/Thing"))
    assert [problem.code for problem in load(path).problems] == ["ref-remote"] and not site.asked


def test_what_is_no_document_is_said_in_one_line(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.put("/page", "<!DOCTYPE html><html><body>hello</body></html>", "text/html; charset=utf-8")
    site.put("/raw", "\n<html>no</html>", "application/octet-stream")
    site.answers["/private"] = (401, {}, b"")
    site.put("/broken", '{"openapi": ]')
    site.put("/big", b"a: " + b"x" * 5000)
    assert "a web page, not a document" in refusal(f"{site.url}/page")
    assert "a web page, not a document" in refusal(f"{site.url}/raw")
    assert "HTTP 404: there is nothing" in refusal(f"{site.url}/missing")
    assert "HTTP 401: it asks for a sign-in" in refusal(f"{site.url}/private")
    assert "not valid JSON" in refusal(f"{site.url}/broken")


def test_files_and_addresses_have_one_limit(
    site: Site, document: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}).ljust(2**20)
    site.put("/fits", text)
    site.put("/large", text + " ")
    monkeypatch.setattr(fetch, "MAX_BYTES", 2**20)
    assert load(f"{site.url}/fits").service.operations and load(document(text, "fits.json")).service.operations
    for place in (f"{site.url}/large", str(document(text + " ", "large.json"))):
        assert refusal(place).endswith("larger than 1 MB")


def test_offline_and_slow_ends_in_one_line_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(40):
            handler.wfile.write(b"# ")
            handler.wfile.flush()
            time.sleep(0.05)

    site.answers["/slow"] = drip
    monkeypatch.setattr(fetch, "SECONDS", 0.4)
    began = time.monotonic()
    assert "no document within" in refusal(f"{site.url}/slow") and time.monotonic() - began < 1.5
    assert "nothing answers there" in refusal("http://127.0.0.1:9/openapi.yaml")
    assert "no such host" in refusal("http://nobody.invalid/openapi.yaml")


def test_passwords_in_an_address_are_sent_and_not_shown(site: Site) -> None:
    def guarded(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200 if handler.headers["Authorization"] == "Basic YTpzM2NyZXQ=" else 401)
        handler.end_headers()
        handler.wfile.write(DOCUMENT.replace("REF", "gone.yaml").encode())

    site.answers["/openapi.yaml"] = guarded
    found = load(site.url.replace("//", "//a:s3cret@") + "/openapi.yaml")
    assert found.problems and "s3cret" not in str(found.problems) + str(found.service)


def test_the_commands_take_a_url(site: Site, tmp_path: Path) -> None:
    site.put("/openapi.yaml", DOCUMENT.replace("REF", "all.yaml#/Thing"))
    site.put("/all.yaml", PARTS)
    url = f"{site.url}/openapi.yaml"
    built = specloom("build", url, "--platform", "make", cwd=tmp_path)
    assert built.returncode == 0 and (tmp_path / "dist/far-away/report.json").is_file(), built.stderr
    assert specloom("check", url, cwd=tmp_path).returncode == 0
    assert specloom("infer", url, cwd=tmp_path).returncode == 0
    assert specloom("diff", url, url, cwd=tmp_path).returncode == 0
    gone = specloom("build", f"{site.url}/gone.yaml", cwd=tmp_path)
    assert (gone.returncode, len(gone.stderr.splitlines())) == (1, 1) and "HTTP 404" in gone.stderr
