"""What sources use as a key never reaches the document, the report or a log."""

from __future__ import annotations

import json

import pytest

from specloom.schemas.draft import Text, draft
from specloom.schemas.draft.secrets import is_placeholder, placeholder_prefix

KEY = "lw_live_9aK3jd82Hs71LqPz"
STRIPE = "sk_live_" + "51HyTqLkd83KsPqZ0mXv7"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"

SOURCES = {
    "bearer in curl": ("a.sh", f"curl https://api.acme.dev/v1/things -H 'Authorization: Bearer {KEY}'", KEY),
    "user in curl": ("a.sh", "curl -u ada:hunter2secret99 https://api.acme.dev/v1/things", "hunter2secret99"),
    "user in a URL": ("a.sh", "curl https://ada:hunter2secret99@api.acme.dev/v1/things", "hunter2secret99"),
    "header key": ("a.sh", f"curl https://api.acme.dev/v1/things -H 'X-API-Key: {KEY}'", KEY),
    "query key": ("a.sh", f"curl 'https://api.acme.dev/v1/things?api_key={KEY}&limit=3'", KEY),
    "in a sample": (
        "a.md",
        f'# Acme\n\n## Make\n\n`POST /v1/keys`\n\n### Response\n\n```json\n{{"api_key": "{KEY}", "name": "x"}}\n```\n',
        KEY,
    ),
    "in prose": (
        "a.txt",
        f"Acme API\nUse your key, such as {STRIPE}, in the X-API-Key header.\nGET /v1/things\n",
        STRIPE,
    ),
    "a JWT": ("a.js", f"fetch('https://api.acme.dev/v1/things', {{headers: {{Authorization: 'Bearer {JWT}'}}}})", JWT),
    "assigned": (
        "a.py",
        f'API_KEY = "{KEY}"\nrequests.get("https://api.acme.dev/v1/things", headers={{"Authorization": "Bearer {KEY}"}})',
        KEY,
    ),
    "a cookie": (
        "a.sh",
        "curl https://api.acme.dev/v1/things -b 'session_id=8d7f6a5s4d3f2g1h' -H 'Cookie: sid=77aa66bb55cc44dd'",
        "77aa66bb55cc44dd",
    ),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_a_key_does_not_arrive(kind: str) -> None:
    name, text, secret = SOURCES[kind]
    made = draft([Text(name, text)])
    shown = made.text + json.dumps(made.document) + " ".join(map(str, (*made.gaps, *made.contradictions)))
    assert secret not in shown
    assert made.operations == 1


def test_a_key_of_one_source_is_taken_out_of_another() -> None:
    page = Text("page.md", f"# Acme\n\n## List\n\n`GET /v1/things`\n\nTry it with {KEY}.\n")
    made = draft([page, Text("a.sh", f"curl https://api.acme.dev/v1/things -H 'Authorization: Bearer {KEY}'")])
    assert KEY not in made.text and "REDACTED" in made.text


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("tf_your_api_key", "tf_"), ("aiops_sk_xxxxxxxxxxxxxxxx", "aiops_sk_"), ("sk-...", "sk-"), ("YOUR_API_KEY", ""), ("your_api_key", ""),
        ("<token>", ""), ("{{token}}", ""), ("$API_KEY", ""),
    ],
)  # fmt: skip
def test_placeholders_are_told_from_keys(text: str, prefix: str) -> None:
    assert is_placeholder(text)
    assert placeholder_prefix(text) == prefix


@pytest.mark.parametrize("text", [KEY, STRIPE, JWT, "ghp_16C7e42F292c6912E7710c838347Ae178B4a"])
def test_keys_are_no_placeholders(text: str) -> None:
    assert not is_placeholder(text)
