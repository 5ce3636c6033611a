"""AWS Signature Version 4 as its description has it, written down a second time: what a store of S3's kind checks."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """`path` as it stands in the request line; names of `headers` in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, str]:
        """The parts of its Authorization header."""
        algorithm, _, rest = self.headers.get("authorization", "").partition(" ")
        assert algorithm == "AWS4-HMAC-SHA256", algorithm
        return dict(part.strip().split("=", 1) for part in rest.split(","))

    @property
    def is_of_its_body(self) -> bool:
        return self.headers["x-amz-content-sha256"] in (UNSIGNED, hashlib.sha256(self.body).hexdigest())


def signature(request: SignedRequest, names: list[str], scope: str, secret: str) -> str:
    """`names` are the headers that are signed, `scope` is such as 20130524/us-east-1/s3/aws4_request."""
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(parse_qsl(request.query, keep_blank_values=True))
    )
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in sorted(names))
    canonical = "\n".join(
        [request.method, request.path, query, headers, ";".join(sorted(names)), request.headers["x-amz-content-sha256"]]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, digest])
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


def is_signed(request: SignedRequest, key_id: str, secret: str) -> bool:
    """Whether the owner of that key has sent just this."""
    told = request.told
    named, _, scope = told["Credential"].partition("/")
    names = told["SignedHeaders"].split(";")
    covered = {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names)
    right = hmac.compare_digest(told["Signature"], signature(request, names, scope, secret))
    return named == key_id and covered and request.is_of_its_body and right
