"""Small files of the right kind, made in code: what stands behind the URLs the emulator hands out."""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MAX_SIDE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """What a file should be: `width` and `height` in pixels, `seconds` of sound."""

    content_type: str
    width: int = 64
    height: int = 64
    seconds: float = 1.0
    seed: int = 0


EXTENSIONS: Mapping[str, str] = {
    "png": "image/png",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "svg": "image/svg+xml",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "glb": "model/gltf-binary",
    "gltf": "model/gltf+json",
    "txt": "text/plain",
    "json": "application/json",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
DEFAULT_EXTENSION: Mapping[str, str] = {
    "image": "png",
    "audio": "wav",
    "video": "mp4",
    "model3d": "glb",
    "text": "txt",
    "file": "bin",
}
"""Result type to the extension of a file that has none."""


def make(medium: Medium) -> bytes:
    """The bytes of such a file: decodable for PNG, WebP, JPEG, GIF, SVG, WAV, MP3, FLAC and GLB; a container with
    the right beginning for the others."""
    return _MAKERS.get(medium.content_type, _other)(medium)


def extension_of(content_type: str) -> str:
    return next((ext for ext, kind in EXTENSIONS.items() if kind == content_type), "bin")


def _size(medium: Medium) -> tuple[int, int]:
    return max(1, min(MAX_SIDE, medium.width)), max(1, min(MAX_SIDE, medium.height))


def _colour(medium: Medium) -> tuple[int, int, int]:
    value = zlib.crc32(str(medium.seed).encode())
    return value & 255, value >> 8 & 255, value >> 16 & 255


def _png(medium: Medium) -> bytes:
    """Two colours, one bit a pixel: a large picture stays small and quick to make."""
    width, height = _size(medium)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + b"\xf0" * ((width + 7) // 8)
    header = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)
    palette = bytes((*_colour(medium), 255, 255, 255))
    pixels = zlib.compress(row * height, 1)
    chunks = chunk(b"IHDR", header) + chunk(b"PLTE", palette) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _webp(medium: Medium) -> bytes:
    """Lossless, one colour: five prefix codes of one symbol each, so that no pixel takes a bit."""
    width, height = _size(medium)
    red, green, blue = _colour(medium)
    bits, length = 0, 0

    def put(value: int, count: int) -> None:
        nonlocal bits, length
        bits |= value << length
        length += count

    put(width - 1, 14)
    put(height - 1, 14)
    put(0, 1 + 3)  # no alpha, version 0
    put(0, 1 + 1 + 1)  # no transform, no colour cache, one prefix-code group
    for symbol in (green, red, blue, 255, None):
        put(1, 1)  # a simple code
        put(0, 1)  # of one symbol
        if symbol is None:
            put(0, 1)
            put(0, 1)
        else:
            put(1, 1)  # written in eight bits
            put(symbol, 8)
    data = b"\x2f" + bits.to_bytes((length + 7) // 8, "little")
    data += b"\0" * (len(data) % 2)
    body = b"WEBPVP8L" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _jpeg(medium: Medium) -> bytes:
    """Baseline, one grey: each block says 'as the last one' and 'nothing more'."""
    width, height = _size(medium)
    blocks = math.ceil(width / 8) * math.ceil(height / 8)
    # Each block is the code of DC difference 0, then the end of the block; each of the two codes takes one bit, 0.
    data = b"\0" * (blocks * 2 // 8) + bytes([0xFF >> (blocks * 2 % 8)])
    if data.endswith(b"\xff"):
        data += b"\0"
    segments = [
        (0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        (0xDB, b"\0" + b"\x10" * 64),
        (0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"),
        (0xC4, b"\0\x01" + b"\0" * 15 + b"\0"),
        (0xC4, b"\x10\x01" + b"\0" * 15 + b"\0"),
        (0xDA, b"\x01\x01\0\0\x3f\0"),
    ]
    head = b"".join(b"\xff" + bytes([kind]) + struct.pack(">H", len(s) + 2) + s for kind, s in segments)
    return b"\xff\xd8" + head + data + b"\xff\xd9"


def _gif(medium: Medium) -> bytes:
    screen = struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes((*_colour(medium), 255, 255, 255))
    return b"GIF89a" + screen + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0\x3b"


def _svg(medium: Medium) -> bytes:
    width, height = _size(medium)
    colour = f"#{bytes(_colour(medium)).hex()}"
    rect = f'<rect width="100%" height="100%" fill="{colour}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{rect}</svg>'.encode()


def _samples(medium: Medium, rate: int) -> list[int]:
    pitch = 220 + medium.seed % 440
    count = int(rate * max(0.1, min(60.0, medium.seconds)))
    return [int(8000 * math.sin(2 * math.pi * pitch * i / rate)) for i in range(count)]


def _wav(medium: Medium) -> bytes:
    rate = 8000
    samples = _samples(medium, rate)
    data = struct.pack(f"<{len(samples)}h", *samples)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    body = b"WAVE" + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _mp3(medium: Medium) -> bytes:
    """Frames of silence: MPEG-1 layer III, 128 kbit/s, 44.1 kHz, 26 ms each."""
    frame = b"\xff\xfb\x90\xc4" + b"\0" * 413
    return frame * max(1, int(max(0.1, min(60.0, medium.seconds)) / 0.0261))


def _flac(medium: Medium) -> bytes:
    """A stream that says how long it is and then holds no frame."""
    samples = int(8000 * max(0.1, min(60.0, medium.seconds)))
    packed = (8000 << 44) | (0 << 41) | (15 << 36) | samples
    info = struct.pack(">HH", 4096, 4096) + b"\0" * 6 + packed.to_bytes(8, "big") + b"\0" * 16
    return b"fLaC\x80" + len(info).to_bytes(3, "big") + info


def _mp4(medium: Medium) -> bytes:
    def box(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data) + 8) + kind + data

    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    length = int(1000 * medium.seconds)
    head = struct.pack(">5IIH10x", 0, 0, 0, 1000, length, 0x10000, 0x0100) + matrix + b"\0" * 24
    moov = box(b"moov", box(b"mvhd", head + struct.pack(">I", 2)))
    return box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + moov + box(b"mdat", str(medium.seed).encode() * 16)


def _glb(medium: Medium) -> bytes:
    """One triangle."""
    side = 1 + medium.seed % 3
    points = struct.pack("<9f", 0, 0, 0, side, 0, 0, 0, side, 0)
    scene = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 3,
                "type": "VEC3",
                "min": [0, 0, 0],
                "max": [side, side, 0],
            }
        ],
        "bufferViews": [{"buffer": 0, "byteLength": len(points)}],
        "buffers": [{"byteLength": len(points)}],
    }
    text = json.dumps(scene, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    total = 12 + 8 + len(text) + 8 + len(points)
    header = struct.pack("<4sII", b"glTF", 2, total) + struct.pack("<I4s", len(text), b"JSON")
    return header + text + struct.pack("<I4s", len(points), b"BIN\0") + points


def _other(medium: Medium) -> bytes:
    beginnings = {
        "audio/ogg": b"OggS\0\2",
        "video/webm": b"\x1a\x45\xdf\xa3",
        "application/pdf": b"%PDF-1.4\n%%EOF\n",
        "application/zip": b"PK\5\6" + b"\0" * 18,
        "application/json": b"{}",
    }
    if medium.content_type in ("application/json", "application/zip", "application/pdf"):
        return beginnings[medium.content_type]
    return beginnings.get(medium.content_type, b"") + f"Emulated file {medium.seed}\n".encode()


_MAKERS: Mapping[str, Callable[[Medium], bytes]] = {
    "image/png": _png,
    "image/webp": _webp,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/svg+xml": _svg,
    "audio/wav": _wav,
    "audio/x-wav": _wav,
    "audio/mpeg": _mp3,
    "audio/mp3": _mp3,
    "audio/flac": _flac,
    "video/mp4": _mp4,
    "model/gltf-binary": _glb,
}
