"""Where the deliveries of a benchmark go, a process of its own. A GET gives when each arrived, and forgets."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class _Endpoint(asyncio.Protocol):
    delay = 0.0
    arrivals: list[float] = []

    def connection_made(self, transport: Any) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = end + 4 + (int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0)
            if len(self.buffer) < length:
                return
            self.buffer = self.buffer[length:]
            self.answer(head)

    def answer(self, head: bytes) -> None:
        if head.startswith(b"get"):
            body = json.dumps(self.arrivals).encode()
            self.arrivals.clear()
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            return
        self.arrivals.append(time.time())
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, REPLY)
        else:
            self.transport.write(REPLY)


async def _listen(delay: float) -> None:
    _Endpoint.delay = delay
    server = await asyncio.get_running_loop().create_server(_Endpoint, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def endpoint(delay: float = 0.0) -> Iterator[str]:
    """Its URL while it runs; it answers after `delay` seconds."""
    with subprocess.Popen([sys.executable, __file__, str(delay)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_listen(float(sys.argv[1])))
