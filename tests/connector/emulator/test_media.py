"""The files the emulator serves are what their types say."""

from __future__ import annotations

import io
import json
import struct
import wave
import zlib
from itertools import pairwise

import pytest

from specloom.connector.emulator.replies.files import served
from specloom.connector.emulator.replies.media import EXTENSIONS, Medium, extension_of, make

SIZES = [(1, 1), (7, 9), (64, 64), (1920, 1080)]


def image(kind: str, size: tuple[int, int]) -> bytes:
    return make(Medium(content_type=f"image/{kind}", width=size[0], height=size[1], seed=5))


@pytest.mark.parametrize("size", SIZES)
def test_png(size: tuple[int, int]) -> None:
    data = image("png", size)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    position, chunks = 8, dict[bytes, bytes]()
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        chunks[kind] = data[position + 8 : position + 8 + length]
        (check,) = struct.unpack(">I", data[position + 8 + length : position + 12 + length])
        assert check == zlib.crc32(kind + chunks[kind])
        position += 12 + length
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == size
    assert len(zlib.decompress(chunks[b"IDAT"])) == size[1] * (1 + (size[0] + 7) // 8)


@pytest.mark.parametrize("size", SIZES)
def test_webp(size: tuple[int, int]) -> None:
    data = image("webp", size)
    assert data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8L" and data[20] == 0x2F
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    (bits,) = struct.unpack("<I", data[21:25])
    assert ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1) == size


@pytest.mark.parametrize("size", SIZES)
def test_jpeg(size: tuple[int, int]) -> None:
    data = image("jpeg", size)
    assert data[:4] == b"\xff\xd8\xff\xe0" and data[-2:] == b"\xff\xd9"
    frame = data.index(b"\xff\xc0")
    assert struct.unpack(">HH", data[frame + 5 : frame + 9]) == size[::-1]
    scan = data[data.index(b"\xff\xda") + 10 : -2]
    # A 0xFF inside the scan has to be followed by a zero.
    assert all(after == 0 for before, after in pairwise(scan) if before == 0xFF)


def test_wav() -> None:
    with wave.open(io.BytesIO(make(Medium(content_type="audio/wav", seconds=2.5)))) as sound:
        assert sound.getnframes() / sound.getframerate() == 2.5
        assert any(sound.readframes(100))


def test_mp3() -> None:
    data = make(Medium(content_type="audio/mpeg", seconds=1))
    assert len(data) % 417 == 0
    assert all(data[start : start + 2] == b"\xff\xfb" for start in range(0, len(data), 417))


def test_glb() -> None:
    data = make(Medium(content_type="model/gltf-binary"))
    magic, version, length = struct.unpack("<4sII", data[:12])
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack("<I4s", data[12:20])
    scene = json.loads(data[20 : 20 + size])
    assert kind == b"JSON" and scene["asset"]["version"] == "2.0"
    points, binary = struct.unpack("<I4s", data[20 + size : 28 + size])
    assert (binary, points) == (b"BIN\0", scene["buffers"][0]["byteLength"])


def test_mp4() -> None:
    data = make(Medium(content_type="video/mp4", seconds=4))
    position, boxes = 0, []
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        boxes.append(kind)
        position += length
    assert (boxes, position) == ([b"ftyp", b"moov", b"mdat"], len(data))


@pytest.mark.parametrize("kind", sorted(set(EXTENSIONS.values())))
def test_every_type_has_bytes_that_depend_on_nothing_but_the_file(kind: str) -> None:
    medium = Medium(content_type=kind, seed=3)
    assert make(medium) == make(medium) != b""
    assert EXTENSIONS[extension_of(kind)] == kind


def test_sizes_are_bounded() -> None:
    assert len(make(Medium(content_type="image/png", width=10**9, height=10**9))) < 100_000
    assert len(make(Medium(content_type="audio/wav", seconds=10**9))) < 10**6


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/_media/tuen/64x64-1000ms-5/a.webp", "image/webp"),
        ("/_media/tuen/99999x99999-9999999ms-5/a.png", "image/png"),
        ("/_media/tuen/64x64-1000ms-5/..%2F..%2Fetc", "application/octet-stream"),
        ("/_media/tuen/64x64/a.webp", None),
        ("/_media/tuen/64x64-1000ms-5/a/b.webp", None),
        ("/_media/", None),
    ],
)
def test_the_path_says_it_all(path: str, kind: str | None) -> None:
    found = served(path)
    assert (found[1] if found else None) == kind
