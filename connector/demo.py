"""`specloom demo`: the vendors' stand-ins, the gateway and the fan-out at work, printed as it happens."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click

_KEY = "slk_demo_0123456789abcdef"
_WIDTH = 96
_LONGEST = 25.0
"""Seconds until the last event must have arrived."""


@click.command()
def demo() -> None:
    """Show it all on this machine, without a key and without the network.

    Starts stand-ins for the five services, a gateway before them and a receiver of webhooks; then makes one call of
    each kind and prints what goes in, what comes out, and what the hook is told.

    \b
    Examples:
      specloom demo
    """
    import logging

    logging.getLogger("specloom").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="specloom-demo-") as folder:
        _Demo(Path(folder)).run()


@dataclass
class _Receiver:
    """Stands for a workflow's webhook: prints every event it is told."""

    events: list[str] = field(default_factory=list)
    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        told = self.events

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                result = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                told.append(str(self.headers.get("Specloom-Event") or f"{result['type']}.{result['status']}"))
                self.send_response(204)
                self.end_headers()
                mark = "signed" if self.headers.get("webhook-signature") else "unsigned"
                _say("hook", f"{told[-1]} from {result['service']} ({mark}): {_short(result)}", "magenta")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/webhook"


class _Demo:
    def __init__(self, folder: Path) -> None:
        from specloom.connector.emulator import EmulatorServer
        from specloom.connector.emulator.settings import SECRET
        from specloom.connector.server.local import LocalGateway
        from specloom.connector.settings import read_settings, variable
        from specloom.schemas.load import bundled

        self.emulator = EmulatorServer([*bundled()], job_seconds=1.2, polls=100).start()
        self.receiver = _Receiver()
        environ = {variable(key, "base_url"): self.emulator.base_url(key) for key in bundled()}
        environ |= {variable(key, "api_key"): self.emulator.key(key) for key in bundled()}
        environ |= {
            "SPECLOOM_API_KEYS": f"demo={_KEY}",
            "SPECLOOM_HOOK_ALLOW": "127.0.0.1",
            "SPECLOOM_TENGRAI_WEBHOOK_SECRET": SECRET,
        }
        self.gateway = LocalGateway(read_settings(environ, data=folder / "data"), public=True).start()

    def run(self) -> None:
        try:
            _title(f"Stand-ins for the services on {self.emulator.url}, the gateway on {self.gateway.url}")
            self.calls()
            self.wait_for_events()
        finally:
            self.gateway.stop()
            self.receiver.server.shutdown()
            self.receiver.server.server_close()
            self.emulator.stop()
        _title("That was all on this machine. Next: specloom serve, with SPECLOOM_TUEN_HOST or another's address set")

    def calls(self) -> None:
        _title("A workflow's webhook subscribes to every result")
        self.call("POST", "/hooks", {"target_url": self.receiver.url, "events": ["*"]})
        _title("Drop-in: the vendor's own call, only the host is ours")
        self.call("POST", "/tuen/api/services/image_gen", {"prompt": "a lighthouse in the rain"})
        self.call("POST", "/mayanio/api/v1/images", {"prompt": "a lighthouse in the rain", "num_images": 1})
        _title("Uniform: flat inputs in, the same result out, whatever the service")
        self.call("POST", "/run/aiops/textToSpeech", {"text": "Welcome to the demo."})
        _title("A private recording becomes a link that a service can read")
        link = self.upload(b"ID3 not quite a recording")
        self.call("POST", "/run/tuen/transcribeAudio", {"audio_url": link})
        _title("A job: accepted at once, followed to its end")
        job = self.call("POST", "/run/tuneforge/generateMusic", {"prompt": "evening rain"}, Prefer="respond-async")
        self.call("GET", f"/jobs/{job['job_id']}", Prefer="wait=20")
        _title("A job whose vendor rings the doorbell: signature checked, result read again")
        self.call("POST", "/run/tengrai/createQuantumArtwork", {"prompt": "a tent in the steppe"}, Prefer="wait=20")
        _title("Mistakes cost nothing, and every service's errors look alike")
        self.call("POST", "/run/tuen/textToSpeech", {"text": "much too long " * 50})
        self.call("POST", "/run/aiops/generateImage", {"prompt": "x"}, Authorization="Bearer aiops_sk_error_402")

    def call(self, method: str, path: str, inputs: Any = None, **headers: str) -> dict[str, Any]:
        import requests

        said = "  ".join(f"{name}: {value}" for name, value in headers.items())
        _say(method, f"{path}  {json.dumps(inputs)[:_WIDTH] if inputs else ''}  {said}".rstrip(), "cyan")
        began = time.perf_counter()
        sent = {"X-Specloom-Key": _KEY, **headers}
        reply = requests.request(method, self.gateway.url + path, json=inputs, headers=sent, timeout=60)
        took = f"{(time.perf_counter() - began) * 1000:.0f} ms"
        body: dict[str, Any] = reply.json()
        _say(str(reply.status_code), f"{_short(body)}  ({took})", "green" if reply.ok else "yellow")
        return body

    def upload(self, data: bytes) -> str:
        import requests

        _say("POST", "/files  interview.mp3", "cyan")
        files = {"file": ("interview.mp3", data, "audio/mpeg")}
        reply = requests.post(
            self.gateway.url + "/files", files=files, headers={"X-Specloom-Key": _KEY}, timeout=10
        ).json()
        _say("201", _short(reply), "green")
        return str(reply["url"])

    def wait_for_events(self) -> None:
        """One for each result: two drop-in pictures, speech, transcript, music, artwork, and the failure."""
        _title("What the hook was told")
        until = time.monotonic() + _LONGEST
        while len(self.receiver.events) < 7 and time.monotonic() < until:
            time.sleep(0.05)
        _say("hook", f"{len(self.receiver.events)} events", "magenta")


def _short(body: dict[str, Any]) -> str:
    """The part of a reply that tells what came of it."""
    if isinstance(body.get("error"), dict):
        return f"{body['error']['type']}: {body['error']['message']}"[: _WIDTH + 20]
    for name in ("image_url", "audio_url", "video_url", "model_url", "text", "secret", "url", "error"):
        if isinstance(body.get(name), str):
            value = "shown this once" if name == "secret" else body[name]
            return f"{name} {value}"[: _WIDTH + 20]
    return f"{body.get('status', 'ok')} {body.get('job_id') or ''}".strip()


def _title(text: str) -> None:
    click.echo()
    click.secho(text, bold=True)


def _say(mark: str, text: str, colour: str) -> None:
    click.echo(f"  {click.style(f'{mark:>5}', fg=colour)}  {text}")
