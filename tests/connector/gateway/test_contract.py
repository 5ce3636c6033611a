"""The gateway keeps to its own document: no 5xx, no status and no shape that the document does not know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from hypothesis import HealthCheck, Phase, settings
from jsonschema import Draft202012Validator

from specloom.connector.emulator import EmulatorServer
from specloom.connector.gateway.routes.health import DOCUMENT
from tests.connector.gateway.harness import KEY_ONE, GatewayServer, running

validator = pytest.importorskip("openapi_spec_validator")
schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.specs.openapi.checks import (  # noqa: E402
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)  # fmt: skip

# Schemathesis draws from `random` while it negates a schema.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
CHECKS: list[Any] = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    missing_required_header, negative_data_rejection, positive_data_acceptance, unsupported_method,
]  # fmt: skip
NOT_THERE: dict[tuple[str, str], set[Any]] = {
    ("POST", "/run/{service}/{operation}"): {positive_data_acceptance},  # what it takes depends on the operation
    ("GET", "/metrics"): {missing_required_header},
}
"""Checks that say nothing of a route."""
RAW: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
OPERATOR = "sok_operator_0123456789abcdef"
OPERATORS = ("/keys", "/tenants", "/quotas", "/audit", "/metrics")
schema = schemathesis.openapi.from_dict(RAW)


@pytest.fixture(scope="module")
def keyed(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    """A gateway with a gateway key and every vendor's key behind it."""
    environ = {f"SPECLOOM_{key.upper()}_API_KEY": emulator.key(key) for key in emulator.emulator.vendors}
    environ |= {"SPECLOOM_API_KEYS": KEY_ONE, "SPECLOOM_OPERATOR_KEYS": OPERATOR, "SPECLOOM_WAIT": "2"}
    with running(tmp_path_factory.mktemp("contract"), emulator, environ=environ) as server:
        yield server


def fuzz(case: Any, keyed: GatewayServer) -> None:
    case.headers["X-Specloom-Key"] = OPERATOR if case.path.startswith(OPERATORS) else KEY_ONE
    without = NOT_THERE.get((case.operation.method.upper(), case.operation.path), set())
    if "target_url" in (case.body if isinstance(case.body, dict) else {}):
        case.body["target_url"] = f"{keyed.url}/healthz"  # not what strangers' servers say
        without = {*without, negative_data_rejection}  # it may have been what is wrong
    checks = [check for check in CHECKS if check not in without]
    case.call_and_validate(base_url=keyed.url, checks=checks, timeout=30)


_QUICK = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
_LONG = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@schema.parametrize()  # type: ignore[untyped-decorator]
@_QUICK
def test_contract(case: Any, keyed: GatewayServer) -> None:
    fuzz(case, keyed)


@pytest.mark.soak
@schema.parametrize()  # type: ignore[untyped-decorator]
@_LONG
def test_contract_at_length(case: Any, keyed: GatewayServer) -> None:
    fuzz(case, keyed)


def test_the_document_is_served_with_every_operation(keyed: GatewayServer) -> None:
    served = requests.get(keyed.url + "/openapi.json", timeout=5).json()
    runs = {path for path in served["paths"] if path.startswith("/run/") and "{" not in path}
    assert served["paths"].keys() - runs == RAW["paths"].keys()
    assert runs == {operation["run"] for s in services_of(keyed) for operation in s["operations"]}
    validator.validate(served)
    body = served["paths"]["/run/tuen/generateImage"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["required"] == ["prompt"] and body["schema"]["properties"]["prompt"]["title"] == "Prompt"


def services_of(keyed: GatewayServer) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = requests.get(keyed.url + "/services", timeout=5).json()["data"]
    return listed


def test_a_service_tells_the_inputs_of_its_operations(keyed: GatewayServer) -> None:
    for listed in services_of(keyed):
        service = requests.get(f"{keyed.url}/services/{listed['key']}", timeout=5).json()
        assert [o["id"] for o in service["operations"]] == [o["id"] for o in listed["operations"]]
        for operation in service["operations"]:
            Draft202012Validator.check_schema(operation["inputs"])
            checker = Draft202012Validator(operation["inputs"])
            assert all(checker.is_valid(example) for example in operation["examples"]), operation["id"]
    assert requests.get(f"{keyed.url}/services/none", timeout=5).status_code == 404


def test_every_route_is_documented_and_every_path_served(keyed: GatewayServer) -> None:
    """But for the drop-in routes, the vendors' doorbell, and the signed links."""
    served = {
        (
            method,
            rule.rule.replace("<own_id:", "{")
            .replace("<path:operation_id", "{operation")
            .replace("<", "{")
            .replace(">", "}"),
        )
        for rule in keyed.process.app.url_map.iter_rules()
        if not rule.endpoint.startswith(("dropin.", "inbound.")) and rule.endpoint != "files.read"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    served = {
        (method, path.replace("{key}", "{service}").replace("{operation_id}", "{operation}")) for method, path in served
    }
    documented = {
        (m.upper(), path)
        for path, item in RAW["paths"].items()
        for m in item
        if m in ("get", "post", "put", "patch", "delete")
    }
    assert served == documented


def test_a_wrong_method_says_which_are_right(keyed: GatewayServer) -> None:
    reply = requests.put(keyed.url + "/files", timeout=5)
    assert reply.status_code == 405 and reply.headers["Allow"]
    assert reply.json()["error"]["type"] == "invalid_request"


def test_an_unknown_path_is_not_found(keyed: GatewayServer, tmp_path: Path) -> None:
    reply = requests.get(keyed.url + "/nothing/here", timeout=5)
    assert reply.status_code == 404 and reply.json()["error"]["type"] == "not_found"
