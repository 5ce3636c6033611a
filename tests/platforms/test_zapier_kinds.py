"""What the bundled services have no use for: hooks, files in, replies of bytes, nested bodies."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from tests.platforms.zapier import AppError, Zapier
from tests.platforms.zapier_workshop import StandIn, auth

pytest_plugins = ["tests.platforms.zapier_fixtures"]

PDF = b"%PDF-1.4 made by the stand-in \xff\x00"


def test_it_is_sound(zapier: Zapier, workshop_app: Path) -> None:
    assert zapier.schema_errors(workshop_app) == []


def test_a_zap_subscribes_hears_and_unsubscribes(zapier: Zapier, workshop_app: Path, stand_in: StandIn) -> None:
    stand_in.json("POST /hooks", {"id": "hook 9/1"}, 201)
    stand_in.answers["DELETE /hooks/hook%209%2F1"] = (204, {}, b"")
    trigger = "triggers.somethingHappened.operation"
    bundle = {"authData": auth(stand_in), "targetUrl": "https://hooks.zapier.com/x", "inputData": {"kinds": ["made"]}}
    subscribed = zapier.run(workshop_app, f"{trigger}.performSubscribe", bundle).results
    assert json.loads(stand_in.calls[0]["body"]) == {"target": "https://hooks.zapier.com/x", "kinds": ["made"]}
    heard = zapier.run(workshop_app, f"{trigger}.perform", {"cleanedRequest": {"id": "evt_7", "kind": "made"}}).results
    assert heard == [{"id": "evt_7", "kind": "made"}]
    assert zapier.run(workshop_app, f"{trigger}.performList").results == [
        {"id": "evt_1", "kind": "made", "note": "hello"}
    ]
    for _ in range(2):
        zapier.run(
            workshop_app, f"{trigger}.performUnsubscribe", {"authData": auth(stand_in), "subscribeData": subscribed}
        )
        stand_in.json("DELETE /hooks/hook%209%2F1", {"error": "gone"}, 404)
    assert [call["path"] for call in stand_in.calls[1:]] == ["/hooks/hook%209%2F1"] * 2


def test_a_file_goes_up_as_multipart(zapier: Zapier, workshop_app: Path, stand_in: StandIn) -> None:
    name = {"content-type": "image/png", "content-disposition": 'attachment; filename="é b.png"'}
    stand_in.answers["GET /from/zapier"] = (200, name, b"\x89PNG bytes")
    inputs = {"file": f"{stand_in.url}/from/zapier", "title": 'Ünï "x"', "size_width": 3}
    zapier.run(workshop_app, "creates.upload.operation.perform", {"authData": auth(stand_in), "inputData": inputs})
    fetched, sent = stand_in.calls
    assert "x-key" not in fetched["headers"], "the key went to where the file is"
    boundary = re.match(r"multipart/form-data; boundary=(\S+)", sent["headers"]["content-type"])
    assert boundary and sent["headers"]["x-key"] == "the-key-0123456789"
    parts = sent["body"].split(f"--{boundary[1]}".encode())
    assert len(parts) == 5 and parts[-1] == b"--\r\n"
    assert b'name="file"; filename="' in parts[1] and b"Content-Type: image/png\r\n\r\n\x89PNG bytes\r\n" in parts[1]
    assert parts[2].endswith('name="title"\r\n\r\nÜnï "x"\r\n'.encode())
    assert b'{"width":3}' in parts[3]


def test_a_query_is_sent_with_its_body(zapier: Zapier, workshop_app: Path, stand_in: StandIn) -> None:
    stand_in.json("QUERY /search", {"id": "f7"})
    bundle = {"authData": auth(stand_in), "inputData": {"kind": "pdf"}}
    assert zapier.run(workshop_app, "creates.searchFiles.operation.perform", bundle).results == {"id": "f7"}
    assert [(call["method"], json.loads(call["body"])) for call in stand_in.calls] == [("QUERY", {"kind": "pdf"})]


def test_a_reply_of_bytes_is_stored(zapier: Zapier, workshop_app: Path, stand_in: StandIn) -> None:
    stand_in.answers["POST /render"] = (200, {"content-type": "application/pdf"}, PDF)
    bundle = {"authData": auth(stand_in), "inputData": {"prompt": "x"}}
    result = zapier.run(workshop_app, "creates.render.operation.perform", bundle).results
    assert result["file"].startswith("http") and result["content_type"] == "application/pdf"
    stand_in.json("POST /render", {"error": "no paper"}, 500)
    with pytest.raises(AppError, match="no paper"):
        zapier.run(workshop_app, "creates.render.operation.perform", bundle)


def test_nested_bodies_are_rebuilt(zapier: Zapier, workshop_app: Path, stand_in: StandIn) -> None:
    stand_in.answers["GET /a.png"] = (200, {"content-type": "image/png"}, b"png")
    inputs = {
        "order_id": "a/b ü", "tags": ["x", "y z"], "X_Trace": "t", "flavour": "mint",
        "lines": [{"lines_sku": "s1", "lines_count": 2, "lines_size_width": 1.5}, {"lines_sku": "s2", "lines_count": ""}],
        "notes": {"a": "1", "": "x"}, "image": f"{stand_in.url}/a.png",
        "ship_street": "", "ship_when": "2031-02-03T09:00:00+01:00", "ship_geo_lat": 0,
        "free": '{"any": [1]}',
    }  # fmt: skip
    zapier.run(workshop_app, "creates.putLines.operation.perform", {"authData": auth(stand_in), "inputData": inputs})
    sent = stand_in.calls[-1]
    assert sent["path"] == "/orders/a%2Fb%20%C3%BC/lines?tags=x,y%20z"
    assert sent["headers"]["x-trace"] == "t" and sent["headers"]["cookie"] == "flavour=mint"
    assert json.loads(sent["body"]) == {
        "lines": [{"sku": "s1", "count": 2, "size": {"width": 1.5}}, {"sku": "s2"}],
        "notes": {"a": "1"},
        "image": base64.b64encode(b"png").decode(),
        "ship": {"when": "2031-02-03", "geo": {"lat": 0}},
        "free": {"any": [1]},
    }
