"""Every generated file passes the JSON Schemas Make's own editor uses."""

from __future__ import annotations

import pytest

from specloom.generator.make.emit import emit
from specloom.generator.platforms import EmitOptions
from specloom.schemas.model import Auth, Service
from tests.platforms.make_schemas import VARIABLE, complaints, folder
from tests.support.make_services import KEYS, featured, service

pytestmark = pytest.mark.skipif(
    folder() is None, reason=f"Make's schemas are missing: {VARIABLE} does not name their folder"
)


@pytest.mark.parametrize("key", KEYS)
def test_every_file_passes(key: str) -> None:
    assert complaints(emit(service(key), EmitOptions()).files) == []


@pytest.mark.parametrize("flow", ["authorizationCode", "clientCredentials", "password"])
def test_oauth_connections_pass(flow: str) -> None:
    place = "https://auth.example.com/"
    auth = Auth(id="key", kind="oauth2", flow=flow, authorization_url=f"{place}a", token_url=f"{place}t")  # type: ignore[arg-type]
    files = emit(Service(key="signed-in", title="Signed In", auth=auth), EmitOptions()).files
    assert complaints(files) == []


def test_a_service_with_everything_passes() -> None:
    assert complaints(emit(featured(), EmitOptions()).files) == []


def test_the_schemas_do_refuse() -> None:
    files = dict(emit(service("tuen"), EmitOptions()).files)
    path = "modules/generateImage/generateImage.communication.iml.json"
    for wrong in (
        b'{"url": "/x", "method": "POST"}',
        b'{"url": "/x", "headers": {"A": {"not": "flat"}}}',
        b'{"uri": 1}',
    ):
        files[path] = wrong
        assert [each for each in complaints(files) if each.startswith(path)], wrong
