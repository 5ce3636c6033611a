"""The flood of benchmarks/flood.py, the vendor it goes to and the endpoints of its hooks: processes of their own."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

FLOODER = "slk_flooder_0123456789"
RUN = "/run/tuen/generateImage"
JOB_SECONDS, CALL_SECONDS, HOOK_SECONDS = 0.5, 3.0, 2
LASTS = 4.0
"""Seconds of a flood."""
_REPLY = b'{"image_url": "https://cdn.example.com/output/image.webp", "success": true}'
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_REPLY) + _REPLY


# --- the vendor, and the endpoints of hooks


async def vendor(port: int) -> None:
    """A prompt `slow N` takes N seconds. /hang answers nothing; /arrived tells when the other tenant's events came."""
    arrived: dict[str, float] = {}

    async def answer(head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        if b"POST /hang" in head:
            await asyncio.sleep(60)
        elif head.startswith(b"POST /hook"):
            arrived[json.loads(body)["request_id"] or str(len(arrived))] = time.time()
        elif head.startswith(b"GET /arrived"):
            told = json.dumps(list(arrived.values())).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(told) + told)
            return
        elif b"slow " in body:
            await asyncio.sleep(float(json.loads(body)["prompt"].removeprefix("slow ")))
        writer.write(_OK)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.lower().split(b"\r\n")
                length = next((int(x.partition(b":")[2]) for x in lines if x.startswith(b"content-length:")), 0)
                await answer(head, await reader.readexactly(length), writer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024) as server:
        await server.serve_forever()


# --- the flood


def _request(method: str, path: str, body: str = "", more: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {FLOODER}", "Connection: close"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}", *([more] if more else []), "", body]
    return "\r\n".join(lines).encode()


def _prompt(text: str) -> str:
    return json.dumps({"prompt": text})


async def _ask(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    reply = await reader.read()
    writer.close()
    return reply


async def _again(port: int, request: bytes, count: int) -> None:
    """`count` clients that ask again as soon as they are answered; after a refusal in a second, as they are told."""

    async def client() -> None:
        while True:
            with suppress(OSError):
                refused = b" 429 " in (await _ask(port, request))[:20]
                await asyncio.sleep(1 if refused else 0)

    await asyncio.gather(*(client() for _ in range(count)))


async def _once(port: int, request: bytes, count: int) -> None:
    await asyncio.gather(*(_ask(port, request) for _ in range(count)))
    await asyncio.sleep(60)


async def slow_calls(port: int) -> None:
    await _again(port, _request("POST", RUN, _prompt(f"slow {CALL_SECONDS}")), 300)


async def jobs(port: int) -> None:
    await _once(port, _request("POST", RUN, _prompt(f"slow {JOB_SECONDS}"), "Prefer: respond-async"), 400)


async def hooks(port: int) -> None:
    await _once(port, _request("POST", RUN, _prompt("x")), 1)


async def waiters(port: int) -> None:
    made = await _ask(port, _request("POST", RUN, _prompt(f"slow {LASTS * 2}"), "Prefer: respond-async"))
    path = "/jobs/" + json.loads(made.partition(b"\r\n\r\n")[2])["job_id"]
    await _again(port, _request("GET", path, more="Prefer: wait=300"), 140)


async def half_heads(port: int) -> None:
    async def half() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Half: ")
        await asyncio.sleep(60)

    await asyncio.gather(*(half() for _ in range(1000)))


FLOODS: Mapping[str, Callable[[int], Coroutine[Any, Any, None]]] = {
    "vendor": vendor,
    "300 slow calls": slow_calls,
    "400 jobs": jobs,
    "300 hanging hooks": hooks,
    "140 waiters": waiters,
    "1,000 half-open heads": half_heads,
}

if __name__ == "__main__":
    asyncio.run(FLOODS[sys.argv[1]](int(sys.argv[2])))
