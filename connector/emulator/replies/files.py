"""Rewrites the links of a reply to files the emulator serves, and describes these files truthfully."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from specloom.connector.emulator.replies.fitting import EmulatedCall, body_path, exchange_of, linked, seed_of
from specloom.connector.emulator.replies.media import DEFAULT_EXTENSION, EXTENSIONS, Medium, extension_of, make
from specloom.schemas.expressions import lookup
from specloom.schemas.model import Operation

MEDIA = "_media"
_SPEC = re.compile(r"(\d{1,5})x(\d{1,5})-(\d{1,7})ms-(\d{1,10})")
_FORMATS = {"format", "output_format", "outputformat", "image_format", "imageformat", "audio_format"}
_HINTS = (("thumb", "image"), ("preview", "image"), ("image", "image"), ("avatar", "image"), ("audio", "audio"),
          ("video", "video"), ("model", "model3d"))  # fmt: skip
FileLink = Callable[[str, Mapping[str, Any]], str]
"""(operationId of the download, its inputs) to the URL it is called at."""


@lru_cache(maxsize=256)
def content(medium: Medium) -> bytes:
    return make(medium)


def served(path: str) -> tuple[bytes, str] | None:
    """The file behind `/_media/<key>/<spec>/<name>` and its content type: the path says all there is to know."""
    parts = path.strip("/").split("/")
    match = _SPEC.fullmatch(parts[2]) if len(parts) == 4 else None
    if match is None:
        return None
    width, height, milliseconds, seed = map(int, match.groups())
    kind = EXTENSIONS.get(parts[3].rpartition(".")[2].lower(), "application/octet-stream")
    medium = Medium(content_type=kind, width=width, height=height, seconds=milliseconds / 1000, seed=seed)
    return content(medium), kind


class EmulatedFiles:
    """Rewrites the replies of one service."""

    def __init__(self, key: str, origin: str, download: FileLink) -> None:
        self.key = key
        self.origin = origin
        self.download = download

    def rewritten(self, call: EmulatedCall, body: Any, output: Operation | None = None) -> Any:
        """`body` with its links changed in place; links the caller sent stay as they are."""
        read = output or call.operation
        sent = set(_texts(call.body)) | set(_texts(list(call.inputs.values())))
        wanted = next((str(v).lower() for n, v in call.inputs.items() if n.lower() in _FORMATS), "")
        body = self._walk(body, call.salt, read.output.type, wanted, sent)
        self._downloads(call, read, body)
        return body

    def elements(self, elements: list[Any], kind: str = "image") -> list[Any]:
        """Elements of a list: the same element has the same files at each call."""
        return [self._walk(e, str(_identity(e, i)), kind, "", set()) for i, e in enumerate(elements)]

    def finished(self, call: EmulatedCall, body: Any) -> None:
        """The work that `call` started is done: from now on there is the file that its result leads to."""
        output = call.operation.output
        if output.download is not None and output.items is None:
            inputs = linked(output.download.parameters, exchange_of(call, 200, body))
            self.download(output.download.operation_id, inputs)

    def _foreign(self, value: Any, sent: set[str]) -> bool:
        """A link that leads to neither the emulator nor the caller."""
        if not isinstance(value, str) or not value.startswith(("http://", "https://")):
            return False
        return value not in sent and not value.startswith(self.origin + "/")

    def _downloads(self, call: EmulatedCall, read: Operation, body: Any) -> None:
        """Where the document says that files are fetched by an operation, their links are that operation's."""
        link, url = read.output.download, read.output.mapping.get("url")
        reference = url.reference if url else None
        path = body_path(read.output.items)
        elements = lookup(body, path) if path is not None else None
        if link is None or not isinstance(elements, list):
            return
        for element in elements:
            inputs = linked(link.parameters, exchange_of(call, 200, body), element)
            target = self.download(link.operation_id, inputs)
            if reference and reference.root == "item" and reference.path and isinstance(element, dict):
                element[reference.path[-1]] = target

    def _walk(self, value: Any, salt: str, kind: str, wanted: str, sent: set[str], name: str = "") -> Any:
        if isinstance(value, list):
            return [self._walk(e, f"{salt}/{i}", kind, wanted, sent, name) for i, e in enumerate(value)]
        if isinstance(value, dict):
            return self._object(value, salt, kind, wanted, sent)
        if self._foreign(value, sent):
            return self._link(value, Medium(content_type="", seed=seed_of(salt)), kind, wanted, name, "")[0]
        return value

    def _object(self, value: dict[str, Any], salt: str, kind: str, wanted: str, sent: set[str]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        truth: dict[str, Any] = {}
        for name, old in value.items():
            if not self._foreign(old, sent):
                result[name] = self._walk(old, f"{salt}/{name}", kind, wanted, sent, name)
                continue
            medium = _described(value, f"{salt}/{name}")
            main = name.lower() in ("url", "uri", "href") or f"{kind}_url" == name.lower()
            result[name], medium = self._link(old, medium, kind, wanted, name, str(value.get("content_type") or ""))
            if main or "content_type" in value and not any(hint in name.lower() for hint, _ in _HINTS[:2]):
                truth = _truth(value, medium, result[name].rpartition(".")[2])
        return result | truth

    def _link(
        self, old: str, medium: Medium, kind: str, wanted: str, name: str, content_type: str
    ) -> tuple[str, Medium]:
        hinted = next((of for word, of in _HINTS if word in name.lower()), kind)
        file_name = unquote(urlsplit(old).path.rpartition("/")[2]) or "file"
        stem, dot, extension = file_name.rpartition(".")
        if not dot or extension.lower() not in EXTENSIONS:
            stem = file_name
            extension = extension_of(content_type) if content_type else DEFAULT_EXTENSION.get(hinted, "bin")
        group = EXTENSIONS.get(extension, "").partition("/")[0]
        if EXTENSIONS.get(wanted, "").partition("/")[0] == group != "":
            extension = wanted
        kind_of_file = EXTENSIONS.get(extension, "application/octet-stream")
        medium = Medium(
            content_type=kind_of_file,
            width=medium.width,
            height=medium.height,
            seconds=medium.seconds,
            seed=medium.seed,
        )
        spec = f"{medium.width}x{medium.height}-{int(medium.seconds * 1000)}ms-{medium.seed}"
        return f"{self.origin}/{MEDIA}/{self.key}/{spec}/{quote(stem, safe='')}.{extension}", medium


def _described(value: Mapping[str, Any], salt: str) -> Medium:
    def number(*names: str) -> float | None:
        found = (value.get(name) for name in names)
        return next((float(v) for v in found if isinstance(v, (int, float)) and not isinstance(v, bool)), None)

    seconds = number("duration", "duration_seconds")
    return Medium(
        content_type="",
        width=max(1, min(4096, int(number("width") or 64))),
        height=max(1, min(4096, int(number("height") or 64))),
        seconds=max(0.1, min(60.0, seconds or 1.0)),
        seed=seed_of(salt),
    )


def _truth(value: Mapping[str, Any], medium: Medium, extension: str) -> dict[str, Any]:
    """What an object says of its file, made true of the file that is served."""
    told: dict[str, Any] = {}
    if "content_type" in value:
        told["content_type"] = medium.content_type
    if isinstance(value.get("file_size"), int):
        told["file_size"] = len(content(medium))
    if isinstance(value.get("file_name"), str):
        told["file_name"] = f"{value['file_name'].rpartition('.')[0]}.{extension}"
    return told


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for element in value.values() for text in _texts(element)]
    if isinstance(value, list):
        return [text for element in value for text in _texts(element)]
    return [value] if isinstance(value, str) else []


def _identity(element: Any, index: int) -> Any:
    return element.get("id", index) if isinstance(element, dict) else index
