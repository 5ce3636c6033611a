"""Every built n8n template in the real n8n: imports whole, runs to its end, and reaches its error branch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from specloom.connector.emulator import EmulatorServer
from specloom.generator.n8n.credentials.emit import credentials
from specloom.generator.workflows.build import FLAVOURS, build
from specloom.generator.workflows.n8n.canvas import NOTE
from specloom.generator.workflows.source.catalogue import catalogue
from specloom.generator.workflows.source.services import services
from tests.generator.workflows.workflow_sources import NAMES, checked, template, written
from tests.platforms.conftest import Servers
from tests.platforms.n8n_check import workflows_issues
from tests.platforms.n8n_nodes import Nodes, write_package
from tests.platforms.n8n_run import Run
from tests.platforms.workflow_runs import GATEWAY_KEY, Files, Runs

TEMPLATES = [(name, flavour) for name in NAMES for flavour in FLAVOURS]
AUDIO = {
    "success": True, "status": "succeeded", "type": "audio", "service": "tuneforge", "operation": "generateMusic",
    "audio_url": "https://cdn.example.com/track.wav", "id": "1",
}  # fmt: skip
LIMIT = {
    "success": False, "status": "failed", "type": "image", "service": "mayanio", "operation": "generateImages", "id": "2",
    "error": {"type": "insufficient_credits", "message": "Not enough points", "status": 402},
}  # fmt: skip
SAMPLES: Mapping[str, dict[str, Any]] = {"new-result-router": AUDIO}
"""What the trigger gives in the error run, where its own sample leads past every call."""


def document(name: str, flavour: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(template(name).files[f"n8n/{name}{FLAVOURS[flavour]}"])
    return found


@pytest.fixture(scope="module")
def files() -> Iterator[Files]:
    server = Files()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def runs(n8n: Servers, files: Files, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("n8n")
    server = n8n(*(write_package(service, folder / key) for key, service in services().items()))
    vendors = [service for key, service in services().items() if key != "specloom"]
    emulator = EmulatorServer(vendors, polls=2, job_seconds=0.4).start()
    yield Runs(Nodes(server, emulator, services()), files.url)
    emulator.stop()


@pytest.fixture(scope="module")
def nodes_export(runs: Runs) -> list[dict[str, Any]]:
    return runs.nodes.n8n.export_nodes()


@pytest.fixture(scope="module")
def issues(nodes_export: list[dict[str, Any]]) -> dict[tuple[str, str], list[str]]:
    found = workflows_issues(nodes_export, [document(*key) for key in TEMPLATES])
    return {key: [issue for issue in told if not _generic(issue)] for key, told in zip(TEMPLATES, found, strict=True)}


def _generic(issue: str) -> bool:
    """The HTTP Request node lists only its certificate; its other credential is chosen by genericAuthType."""
    return issue.endswith("credential httpHeaderAuth is not one of httpSslAuth")


@pytest.fixture(scope="module")
def outcomes(runs: Runs) -> dict[tuple[str, str, str], Run]:
    """Every template twice, side by side: with good keys, and with accounts that have nothing left."""
    from concurrent.futures import ThreadPoolExecutor

    wanted = [(name, flavour, secret) for name, flavour in TEMPLATES for secret in ("", "error_402")]

    def one(key: tuple[str, str, str]) -> Run:
        name, flavour, secret = key
        return runs.run(document(name, flavour), secret, SAMPLES.get(name) if secret else None)

    with ThreadPoolExecutor(6) as pool:
        return dict(zip(wanted, pool.map(one, wanted), strict=True))


@pytest.mark.parametrize(("name", "flavour"), TEMPLATES)
def test_imports_without_unknown_nodes_lost_parameters_or_loose_ends(
    issues: dict[tuple[str, str], list[str]], name: str, flavour: str
) -> None:
    assert issues[name, flavour] == []


def test_the_command_line_imports_all_of_them_and_keeps_every_node(runs: Runs) -> None:
    documents = [document(*key) for key in TEMPLATES]
    runs.nodes.n8n.import_workflows(documents)
    for wanted in documents:
        kept = runs.nodes.n8n.api.public("GET", f"/workflows/{wanted['id']}")
        assert [n["name"] for n in kept["nodes"]] == [n["name"] for n in wanted["nodes"]]
        assert kept["connections"] == wanted["connections"]


@pytest.mark.parametrize("name", NAMES)
def test_credentials_are_found_by_their_names(nodes_export: list[dict[str, Any]], name: str) -> None:
    known = {c.name: c.display_name for s in services().values() for c in credentials(s)[0]}
    types = {kind["name"]: [c["name"] for c in kind.get("credentials", [])] for kind in nodes_export}
    for node in document(name, "node")["nodes"]:
        for kind, held in node.get("credentials", {}).items():
            assert kind in types[node["type"]] or "genericAuthType" in node["parameters"]
            assert held["name"] == known.get(kind, held["name"])


@pytest.mark.parametrize(("name", "flavour"), TEMPLATES)
def test_runs_to_its_end_with_what_it_promises(
    outcomes: dict[tuple[str, str, str], Run], name: str, flavour: str
) -> None:
    run = outcomes[name, flavour, ""]
    assert run.status == "success" and run.error is None, (run, run.error)
    promised = checked(name).workflow.output
    assert promised
    (result,) = run.json("Result")
    assert set(result) == set(promised)
    for key, value in result.items():
        assert value not in (None, "") and "undefined" not in str(value), key
        if key.endswith("_url") and "example.com" not in value:
            assert value.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(("name", "flavour"), TEMPLATES)
def test_every_text_it_sends_is_whole(outcomes: dict[tuple[str, str, str], Run], name: str, flavour: str) -> None:
    """In both runs: nothing is missing in mails, messages and rows."""
    seen = 0
    for secret in ("", "error_402"):
        run = outcomes[name, flavour, secret]
        for node in run.nodes:
            for item in run.json(node):
                for place, text in item.get("sent", {}).items():
                    seen += 1
                    assert not re.search(r"undefined|null|NaN|\[object|\{\{", str(text)), (node, place, text)
    assert seen


@pytest.mark.parametrize(("name", "flavour"), TEMPLATES)
def test_an_account_without_credits_reaches_the_error_branch(
    outcomes: dict[tuple[str, str, str], Run], name: str, flavour: str
) -> None:
    run = outcomes[name, flavour, "error_402"]
    (wrong,) = run.json("What Went Wrong", run=0)
    assert wrong["status"] == 402 and wrong["detail"]
    handled = run.nodes[run.nodes.index("What Went Wrong") + 1 :]
    assert any(item.get("sent") for node in handled for item in run.json(node))
    loops = name == "sheet-prompts-to-images"  # one failed prompt does not stop the others
    assert run.status == ("success" if loops else "error")


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("name", ["sheet-prompts-to-images", "style-dna-series"])
def test_a_loop_runs_once_for_each_row_and_goes_on_once(
    outcomes: dict[tuple[str, str, str], Run], name: str, flavour: str
) -> None:
    run = outcomes[name, flavour, ""]
    written = "Add The Image" if name == "sheet-prompts-to-images" else "List The Scene"
    rows = [item["sent"] for i in range(2) for item in run.json(written, run=i)]
    assert len(rows) == 2 and len({json.dumps(row) for row in rows}) == 2
    assert len(run.data["runData"]["Finish"]) == 1 and len(run.json("Finish")) == 1


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_recording_goes_through_the_gateway_as_it_is(runs: Runs, files: Files, flavour: str) -> None:
    files.kept.clear()
    run = runs.run(document("private-audio-summary", flavour))
    assert run.status == "success", run.error
    ((path, headers, content),) = files.kept
    assert path == "/files?name=recording.wav" and content.startswith(b"RIFF")
    assert headers["X-Specloom-Key"] == "slk_0123456789abcdef"
    assert GATEWAY_KEY in json.dumps(document("private-audio-summary", flavour))
    calls = runs.nodes.emulator.emulator.calls("transcribeAudio", "tuen")
    assert calls[-1].inputs["audio_url"] == f"{files.url}/files/1/recording.wav"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_webhook_results_ring_and_are_read_again(
    runs: Runs, outcomes: dict[tuple[str, str, str], Run], flavour: str
) -> None:
    run = outcomes["artwork-pipeline", flavour, ""]
    assert [n for n in run.nodes if n.startswith("Wait: ")] == [
        "Wait: Draw The Artwork", "Wait: Remove The Background", "Wait: Enlarge",
    ]  # fmt: skip
    rung = [d for d in runs.nodes.emulator.emulator.deliveries if "/webhook-waiting/" in d.url]
    assert len(rung) >= 3


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_an_anchor_that_is_given_is_not_drawn(runs: Runs, flavour: str) -> None:
    sample = {"style": "Ink", "anchor": "https://example.com/anchor.png"}
    run = runs.run(document("style-dna-series", flavour), sample=sample)
    assert run.status == "success", run.error
    assert run.json("Result") == [{"anchor_url": "https://example.com/anchor.png"}]
    assert not any("Draw The Anchor" in node for node in run.nodes)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize(
    ("sample", "node"),
    [
        (AUDIO, "List The Transcript"),
        (LIMIT, "Alert About The Limit"),
        ({**LIMIT, "error": {**LIMIT["error"], "status": 429}}, "Alert About The Limit"),  # type: ignore[dict-item]
        ({**LIMIT, "error": {"type": "provider_error", "message": "No", "status": 500}}, "Note The Failure"),
        ({**AUDIO, "type": "video", "video_url": "https://cdn.example.com/v.mp4"}, "Show The Video"),
        ({**AUDIO, "type": "model3d", "model_url": "https://cdn.example.com/m.glb"}, "Show The Model"),
        ({**AUDIO, "type": "file"}, "Ignore"),
    ],
)
def test_results_go_where_their_kind_belongs(runs: Runs, flavour: str, sample: dict[str, Any], node: str) -> None:
    run = runs.run(document("new-result-router", flavour), sample=sample)
    assert run.status == "success", run.error
    assert node in run.nodes and run.nodes[-2:] == ["Finish", "Result"]
    assert run.json("Result") == [{"type": sample["type"], "service": sample["service"]}]


def test_the_waiting_loop_gives_up_in_the_end() -> None:
    """Polling has a last round in every template: after the service's documented time-out."""
    for name in NAMES:
        for node in document(name, "http")["nodes"]:
            if node["name"].startswith("Done?"):
                assert "$runIndex >= " in json.dumps(node["parameters"])


def test_a_job_that_fails_reaches_the_error_branch(runs: Runs) -> None:
    sample = {"prompt": "fail", "mood": "calm", "seconds": 30}
    for flavour in FLAVOURS:
        run = runs.run(document("music-on-demand", flavour), sample=sample)
        assert "Post The Reason" in run.nodes and run.status == "error", (flavour, run)


def test_notes_do_not_hide_nodes() -> None:
    for name, flavour in TEMPLATES:
        notes = [node for node in document(name, flavour)["nodes"] if node["type"] == NOTE]
        assert {"About", "Set Up"} <= {node["name"] for node in notes}
        assert all(node["position"][1] + node["parameters"]["height"] < 0 for node in notes)


EVERY_STEP = """do:
  - mail: {call: 'send-email:1.0.0@specloom', with: {to: a@example.com, subject: b, text: "${ .prompt }"}}
  - message: {call: 'post-message:1.0.0@specloom', with: {channel: "#a", text: b}}
  - row: {call: 'append-row:1.0.0@specloom', with: {sheet: A, values: {B: "${ $workflow.input.prompt }"}}}
  - get: {call: 'fetch-file:1.0.0@specloom', with: {url: "https://example.com/a.wav"}}
  - share: {call: 'share-file:1.0.0@specloom', with: {name: a.wav, file: "${ . }"}}
  - again: {call: 'fetch-file:1.0.0@specloom', with: {url: "${ .url }"}}
  - save: {call: 'upload-file:1.0.0@specloom', with: {name: a.wav, file: "${ . }"}}
  - rows: {call: 'read-rows:1.0.0@specloom', with: {sheet: A, columns: [B]}}
  - each: {for: {each: row, in: .rows}, do: [{keep: {set: {b: "${ $row.B }"}}}, {rest: {wait: PT1S}}]}
  - page: {call: 'respond:1.0.0@specloom', with: {title: Done, text: "${ $workflow.input.prompt }"}}
"""
STARTS = [
    "schedule: {every: {hours: 6}}",
    "schedule: {every: PT15M}",
    "schedule: {cron: '0 7 * * 1-5'}",
    "schedule: {on: {one: {with: {type: io.specloom.webhook}}}}",
    "schedule: {on: {one: {with: {source: 'specloom://mayanio', type: listProjects}}}}",
]


def test_every_step_of_the_catalogue_and_every_start_is_known_to_n8n(
    nodes_export: list[dict[str, Any]], tmp_path: Path
) -> None:
    sources = [EVERY_STEP] + [f"{start}\ndo:\n  - keep: {{set: {{x: 1}}}}\n" for start in STARTS]
    documents = []
    for number, tasks in enumerate(sources):
        built = build(written(tmp_path, tasks, f"small-{number}"), services())
        assert built.problems == ()
        documents.append(json.loads(built.files[f"n8n/small-{number}.json"]))
    assert all(f"{name}:" in EVERY_STEP for name in catalogue())
    for told in workflows_issues(nodes_export, documents):
        assert [issue for issue in told if not _generic(issue)] == []
