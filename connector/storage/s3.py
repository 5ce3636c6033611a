"""Files in a bucket of S3, or of anything that speaks its language (MinIO, Ceph, R2): links then work at every gateway.

By boto3, which brings the ways in which operators give keys (environment, profile, the role of a machine or a pod) and
signs as AWS does; it is loaded only where a bucket is set.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from specloom.connector.storage.model import StoreError, StoreRefused

CHUNK = 65536
_PART = 8 * 2**20
"""Bytes of a part of an upload, which is what is held in memory of it. S3 takes 5 MB and more."""
_GROWS = 1000
"""Parts after which they are twice as large: there are 10,000 at most."""
_DRAFTS = 86400.0
"""Seconds after which an upload that is not finished never will be."""
_CONFIG = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3}, max_pool_connections=64,
    # Checksums in trailers are AWS's own, and not every other store takes them.
    request_checksum_calculation="when_required", response_checksum_validation="when_required",
)  # fmt: skip


class S3Store:
    """`prefix` is '' or ends with a slash. Address, region and keys are AWS's own variables (AWS_ENDPOINT_URL_S3,
    AWS_REGION, AWS_ACCESS_KEY_ID…), profile or role."""

    def __init__(self, bucket: str, prefix: str = "", client: Any = None) -> None:
        self._prefix = prefix
        self._place = _Place(client or Session().client("s3", config=_CONFIG), bucket)

    def draft(self, file_id: str) -> S3Draft:
        return S3Draft(self._place, self._prefix + file_id)

    def read(self, file_id: str, start: int, stop: int) -> Iterator[bytes]:
        wanted = {"Range": f"bytes={start}-{stop - 1}"} if stop > start else {}
        try:
            body = self._place.call("get_object", Key=self._prefix + file_id, **wanted)["Body"]
        except _Missing:
            raise KeyError(file_id) from None
        return _Body(body)

    def remove(self, file_id: str) -> None:
        self._place.call("delete_object", Key=self._prefix + file_id)

    def check(self) -> None:
        """A bucket has room. That it cannot be reached is told by each upload: it must not take every gateway out of
        service at once, calls and all."""

    def reach(self) -> None:
        self._place.call("head_bucket")

    def remove_drafts(self) -> None:
        before = time.time() - _DRAFTS
        for page in self._place.pages("list_multipart_uploads", self._prefix):
            for upload in page.get("Uploads", ()):
                if upload["Initiated"].timestamp() < before:
                    self._place.call("abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])

    def older_than(self, moment: float) -> Iterator[str]:
        for page in self._place.pages("list_objects_v2", self._prefix):
            for entry in page.get("Contents", ()):
                file_id = entry["Key"].removeprefix(self._prefix)
                if file_id.startswith("file_") and entry["LastModified"].timestamp() < moment:
                    yield file_id


class _Missing(StoreRefused):
    pass


@dataclass(frozen=True, slots=True)
class _Place:
    client: Any
    bucket: str

    def call(self, method: str, **arguments: Any) -> Any:
        """Raises StoreError."""
        with _told():
            return getattr(self.client, method)(Bucket=self.bucket, **arguments)

    def pages(self, method: str, prefix: str) -> Iterator[Any]:
        with _told():
            yield from self.client.get_paginator(method).paginate(Bucket=self.bucket, Prefix=prefix)


@dataclass(slots=True)
class S3Draft:
    """One request where the file is short, and else parts as they fill."""

    _place: _Place
    _key: str
    _rest: bytearray = field(default_factory=bytearray)
    _upload: str = ""
    _parts: list[dict[str, Any]] = field(default_factory=list)
    _is_kept: bool = False

    def write(self, data: bytes) -> None:
        self._rest += data
        if len(self._rest) >= _PART << (len(self._parts) // _GROWS):
            self._send()

    def _send(self) -> None:
        if not self._upload:
            self._upload = self._place.call("create_multipart_upload", Key=self._key)["UploadId"]
        number = len(self._parts) + 1
        sent = self._place.call(
            "upload_part", Key=self._key, UploadId=self._upload, PartNumber=number, Body=bytes(self._rest)
        )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        self._rest.clear()

    def keep(self) -> None:
        if not self._upload:
            self._place.call("put_object", Key=self._key, Body=bytes(self._rest))
        else:
            if self._rest:
                self._send()
            parts = {"Parts": self._parts}
            self._place.call(
                "complete_multipart_upload", Key=self._key, UploadId=self._upload, MultipartUpload=parts
            )  # fmt: skip
        self._is_kept = True

    def discard(self) -> None:
        if self._upload and not self._is_kept:
            self._is_kept = True
            with suppress(StoreError):  # it is looked for again: see remove_drafts
                self._place.call("abort_multipart_upload", Key=self._key, UploadId=self._upload)
        self._rest.clear()


class _Body:
    """A reply of the store, closed behind its last byte or by `close`."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with _told():
            data: bytes = self._body.read(CHUNK)
        if not data:
            self.close()
            raise StopIteration
        return data

    def close(self) -> None:
        self._body.close()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
        kind = (
            _Missing if code in ("NoSuchKey", "NoSuchBucket", "404") else StoreRefused if status < 500 else StoreError
        )
        raise kind(f"the bucket answered {code[:60]}") from error
    except BotoCoreError as error:
        raise StoreError(f"the bucket cannot be reached ({type(error).__name__})") from error
