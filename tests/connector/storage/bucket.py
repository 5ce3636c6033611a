"""A bucket on this machine: moto's server, behind a door that lets nothing through whose signature is wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from boto3.session import Session
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.connector.storage.signatures import SignedRequest, is_signed

KEY_ID, SECRET = "AKIDSPECLOOMTESTS", "a secret of the bucket's owner"


@dataclass(slots=True)
class Bucket:
    """`requests` are those that came, `refused` how many of them were signed wrongly."""

    url: str = ""
    name: str = "specloom-files"
    requests: list[SignedRequest] = field(default_factory=list)
    refused: int = 0
    is_down: bool = False

    @property
    def environ(self) -> dict[str, str]:
        """What an operator sets for boto3."""
        return {
            "AWS_ENDPOINT_URL_S3": self.url, "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }  # fmt: skip

    def client(self, secret: str = SECRET) -> Any:
        return Session().client(
            "s3", endpoint_url=self.url, region_name="eu-central-1", aws_access_key_id=KEY_ID,
            aws_secret_access_key=secret,
        )  # fmt: skip

    def names(self) -> list[str]:
        found = self.client().list_objects_v2(Bucket=self.name).get("Contents", ())
        return sorted(entry["Key"] for entry in found)


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def _door(bucket: Bucket, app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    def door(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        path, _, query = environ["RAW_URI"].partition("?")
        headers = {
            name[5:].lower().replace("_", "-"): str(v) for name, v in environ.items() if name.startswith("HTTP_")
        }
        headers |= {"content-type": environ.get("CONTENT_TYPE", ""), "content-length": str(len(body))}
        request = SignedRequest(environ["REQUEST_METHOD"], path, query, headers, body)
        bucket.requests.append(request)
        if bucket.is_down:
            start("503 Service Unavailable", [("Content-Length", "0")])
            return []
        if not is_signed(request, KEY_ID, SECRET):
            bucket.refused += 1
            error = b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
            start("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(error)))])
            return [error]
        return app(environ, start)

    return door


@contextmanager
def bucket_server() -> Iterator[Bucket]:
    bucket = Bucket()
    app = _door(bucket, DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    bucket.url = f"http://127.0.0.1:{server.server_port}"
    location = {"LocationConstraint": "eu-central-1"}
    bucket.client().create_bucket(Bucket=bucket.name, CreateBucketConfiguration=location)
    try:
        yield bucket
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
