"""The signatures that AWS publishes: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html."""

from __future__ import annotations

import hashlib

import pytest

pytest.importorskip("boto3", reason="boto3 is not installed (the extra s3)")
from botocore.auth import S3SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

from tests.connector.storage.signatures import SignedRequest, is_signed, signature  # noqa: E402

KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SCOPE, HOST, MOMENT = "20130524/us-east-1/s3/aws4_request", "examplebucket.s3.amazonaws.com", "20130524T000000Z"
PUT = {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"}
PUBLISHED = [
    ("GET", "/test.txt", "", {"range": "bytes=0-9"}, b"",
     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    ("PUT", "/test%24file.text", "", PUT, b"Welcome to Amazon S3.",
     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    ("GET", "/", "lifecycle", {}, b"", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    ("GET", "/", "max-keys=2&prefix=J", {}, b"", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "query", "headers", "body", "published"), PUBLISHED)
def test_published_signatures(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes, published: str
) -> None:
    """Those of what our requests are checked with, and of what signs them."""
    digest = hashlib.sha256(body).hexdigest()
    sent = {**headers, "host": HOST, "x-amz-content-sha256": digest, "x-amz-date": MOMENT}
    request = SignedRequest(method, path, query, sent, body)
    assert signature(request, list(sent), SCOPE, SECRET) == published
    told = f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{SCOPE},SignedHeaders={';'.join(sorted(sent))},Signature={published}"
    whole = SignedRequest(method, path, query, {**sent, "authorization": told}, body)
    assert is_signed(whole, KEY_ID, SECRET)
    for other in (
        SignedRequest(method, path + "x", query, whole.headers, body),
        SignedRequest(method, path, query + "&x=1", whole.headers, body),
        SignedRequest(method, path, query, whole.headers, body + b"x"),
        SignedRequest(method, path, query, {**whole.headers, "host": "other"}, body),
    ):
        assert not is_signed(other, KEY_ID, SECRET)
    assert not is_signed(whole, KEY_ID, SECRET + "x")
    made = AWSRequest(method, f"https://{HOST}{path}{'?' if query else ''}{query}", headers=headers, data=body)
    made.headers["X-Amz-Content-SHA256"] = digest
    made.context["timestamp"] = MOMENT
    auth = S3SigV4Auth(Credentials(KEY_ID, SECRET), "s3", "us-east-1")
    made.headers["X-Amz-Date"] = MOMENT
    canonical = auth.canonical_request(made)
    assert auth.signature(auth.string_to_sign(made, canonical), made) == published
