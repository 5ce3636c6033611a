"""What is built from the sources: the same bytes every time, what the platforms' rules want, and no secret in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from specloom.generator.output.writer import MANIFEST
from specloom.generator.workflows.build import all_files, build, bundled
from specloom.generator.workflows.n8n.canvas import NODE, NOTE
from specloom.generator.workflows.source.services import services
from tests import ROOT
from tests.generator.workflows.workflow_sources import NAMES, checked, problems, template, written
from tests.support.make_blueprints import Outputs, crossings, modules, overlaps, rule_breaks

FOLDER = ROOT / "workflows"
N8N = [f"{name}{ending}" for name in NAMES for ending in (".json", ".http.json")]


def n8n(file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(template(file.partition(".")[0]).files[f"n8n/{file}"])
    return found


def blueprint(name: str, kind: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(template(name).files[f"make/{name}{kind}.blueprint.json"])
    return found


# The files


def test_the_built_templates_are_not_stale() -> None:
    """`specloom workflows build --out workflows` writes them anew."""
    pictures = [path.stem for path in (FOLDER / "pictures").glob("*.png")]
    expected = all_files([build(path, services()) for path in bundled()], pictures)
    built = {p for f in ("n8n", "make", "zapier") for p in (FOLDER / f).iterdir()} | {FOLDER / "README.md"}
    assert {p.relative_to(FOLDER).as_posix() for p in built} == set(expected)
    for path, content in expected.items():
        assert (FOLDER / path).read_bytes() == content, f"{path} is stale"
    assert set(json.loads((FOLDER / MANIFEST).read_text())) == set(expected)


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    outputs = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        command = [sys.executable, "-m", "specloom", "workflows", "build", "--out", str(out)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        code = "import sys; from specloom.generator.cli.workflows import workflows; workflows(sys.argv[1:])"
        command = [sys.executable, "-c", code, "build", "--out", str(out)]
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)
        outputs.append({p.name: p.read_bytes() for p in out.rglob("*") if p.is_file()})
    assert outputs[0] == outputs[1]


def test_every_template_is_in_the_gallery() -> None:
    text = (FOLDER / "README.md").read_text()
    for name in NAMES:
        assert f"(n8n/{name}.json)" in text and f"(make/{name}.blueprint.json)" in text
        assert f"(pictures/{name}.png)" in text
        assert 10_000 < (FOLDER / "pictures" / f"{name}.png").stat().st_size < 150_000
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert "://" in link or (FOLDER / link).exists(), link


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_and_no_address_of_a_machine_is_in_a_template(name: str) -> None:
    for path, content in template(name).files.items():
        text = content.decode()
        assert not re.search(r"(tuen_sk_|aiops_sk_|tf_|slk_)[A-Za-z0-9]{8}", text), path
        assert "localhost" not in text and "127.0.0.1" not in text, path


# n8n


@pytest.mark.parametrize("file", N8N)
def test_nodes_do_not_overlap(file: str) -> None:
    boxes = []
    for node in n8n(file)["nodes"]:
        x, y = node["position"]
        width, height = (
            (node["parameters"]["width"], node["parameters"]["height"]) if node["type"] == NOTE else (NODE, NODE)
        )
        boxes.append((node["name"], x, y, x + width, y + height + (0 if node["type"] == NOTE else 40)))
    for (a, ax, ay, ar, ab), (b, bx, by, br, bb) in combinations(boxes, 2):
        assert ar <= bx or br <= ax or ab <= by or bb <= ay, f"{a} and {b} overlap"


@pytest.mark.parametrize("file", N8N)
def test_ids_names_and_edges(file: str) -> None:
    document = n8n(file)
    names = [node["name"] for node in document["nodes"]]
    assert len(set(names)) == len(names) and len({node["id"] for node in document["nodes"]}) == len(names)
    reached = {link["node"] for outputs in document["connections"].values() for out in outputs["main"] for link in out}
    triggers = [node["name"] for node in document["nodes"] if node["type"].lower().endswith(("trigger", "webhook"))]
    assert len(triggers) == 1
    plain = {node["name"] for node in document["nodes"] if node["type"] != NOTE}
    assert reached | set(triggers) == plain and set(document["connections"]) <= plain
    for referred in re.findall(r"\$\('([^']+)'\)", json.dumps(document)):
        assert referred in names
    assert len(document["id"]) == 16


def test_ids_differ_between_templates_and_flavours() -> None:
    identities = [n8n(file)["id"] for file in N8N]
    assert len(set(identities)) == len(identities)
    nodes = [node["id"] for file in N8N for node in n8n(file)["nodes"]]
    assert len(set(nodes)) == len(nodes)


@pytest.mark.parametrize("file", N8N)
def test_credentials_are_named_and_never_contained(file: str) -> None:
    document = n8n(file)
    notes = "\n".join(node["parameters"]["content"] for node in document["nodes"] if node["type"] == NOTE)
    for node in document["nodes"]:
        for held in node.get("credentials", {}).values():
            assert set(held) == {"id", "name"} and held["id"] is None
            assert f"**{held['name']}**" in notes or f'"{held["name"]}"' in notes


@pytest.mark.parametrize("file", [file for file in N8N if ".http." in file])
def test_the_plain_flavour_needs_no_node_of_ours(file: str) -> None:
    assert all(node["type"].startswith("n8n-nodes-base.") for node in n8n(file)["nodes"])


def test_what_a_document_says_never_becomes_an_expression(tmp_path: Path) -> None:
    tasks = """do:
  - mail:
      call: send-email:1.0.0@specloom
      with: {to: "={{ $env.SECRET }}", subject: "=1", text: '${ "{{ 1 }} \\(.prompt) }}" }'}
"""
    path = written(tmp_path, tasks)
    assert problems(path) == []
    built = build(path, services())
    assert [p.message for p in built.problems] == ["Mail: '{{ 1 }} ' would be read as an expression"] or built.problems
    text = built.files["n8n/small.json"].decode()
    assert "={{ $env" not in text and '"=1"' not in text and "{{ 1 }}" not in text


# Make


@pytest.mark.parametrize("kind", ["", ".http"])
@pytest.mark.parametrize("name", NAMES)
def test_blueprints_keep_makes_import_rules(name: str, kind: str) -> None:
    assert rule_breaks(blueprint(name, kind)) == []


@pytest.mark.parametrize("kind", ["", ".http"])
@pytest.mark.parametrize("name", NAMES)
def test_every_reference_names_what_its_module_gives(name: str, kind: str) -> None:
    if (name, kind) != ("new-result-router", ".http"):  # its webhook gets what the gateway sends, not a form
        assert Outputs(checked(name), blueprint(name, kind)).unknown() == []


@pytest.mark.parametrize("kind", ["", ".http"])
@pytest.mark.parametrize("name", NAMES)
def test_modules_do_not_lie_on_each_other_and_no_line_crosses_one(name: str, kind: str) -> None:
    flow = blueprint(name, kind)["flow"]
    assert overlaps(flow) == [] and crossings(flow) == []


def test_the_rules_find_what_is_broken() -> None:
    broken = blueprint("form-to-image")
    broken["flow"][1]["mapper"]["prompt"] = "{{9.nope}} {{1.nope}}"
    broken["flow"][0]["filter"] = {"name": "x", "conditions": []}
    broken["flow"][1]["parameters"] = {"__IMTCONN__": 1}
    assert len(rule_breaks(broken)) == 3
    broken["flow"][1]["mapper"]["prompt"] = "{{1.nope}}"
    assert len(Outputs(checked("form-to-image"), broken).unknown()) == 1


def test_the_app_id_is_an_option_of_the_build() -> None:
    path = next(p for p in bundled() if p.name.startswith("form-to-image"))
    made = json.loads(build(path, services(), {"tuen": "app#tuen-ab12cd"}).files["make/form-to-image.blueprint.json"])
    assert "app#tuen-ab12cd:generateImage" in [module["module"] for module in modules(made["flow"])]
    assert rule_breaks(made) == []


@pytest.mark.parametrize("name", NAMES)
def test_each_call_that_can_fail_has_its_handler(name: str) -> None:
    keys = checked(name).workflow.services
    ours = [m for m in modules(blueprint(name)["flow"]) if m["module"].partition(":")[0] in keys]
    assert all("onerror" in m for m in ours if not m["module"].endswith(":watchNewResult"))


# Zapier


@pytest.mark.parametrize("name", NAMES)
def test_recipes_name_apps_events_and_fields(name: str) -> None:
    text = template(name).files[f"zapier/{name}.md"].decode()
    assert text.startswith(f"# {checked(name).workflow.title}\n") and "Zapier cannot import" in text
    assert "## 1. Trigger: " in text and "App **" in text
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert rows and all(re.search(r"(?<!\\)\|$", row) for row in rows)


# The command


def specloom(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from specloom.generator.cli.workflows import workflows; workflows(sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120, env=environment)


def test_list(tmp_path: Path) -> None:
    done = specloom("list", cwd=tmp_path)
    assert done.returncode == 0 and [line.split()[0] for line in done.stdout.splitlines()] == NAMES
    rows = json.loads(specloom("list", "--format", "json", cwd=tmp_path).stdout)
    assert rows[0].keys() == {"name", "title", "services", "start", "source"}


def test_check_names_file_and_line(tmp_path: Path) -> None:
    path = written(tmp_path, "do:\n  - a: {set: {x: '${ .nope }'}}\n")
    done = specloom("check", path, cwd=tmp_path)
    assert done.returncode == 1 and f"{path}:18: error: .nope: there is no field 'nope'" in done.stdout
    told = json.loads(specloom("check", path, "--format", "json", cwd=tmp_path).stdout)
    assert told[0]["line"] == 18 and told[0]["code"] == "reference"


def test_a_broken_source_writes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "do:\n  - a: {set: {x: '${ .nope }'}}\n")
    done = specloom("build", path, "--out", "out", cwd=tmp_path)
    assert done.returncode == 1 and not (tmp_path / "out").exists()


def test_an_edited_template_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "do:\n  - a: {set: {x: 1}}\n")
    assert specloom("build", path, "--out", "out", cwd=tmp_path).returncode == 0
    mine = tmp_path / "out" / "n8n" / "small.json"
    mine.write_text("mine")
    done = specloom("build", path, "--out", "out", cwd=tmp_path)
    assert mine.read_text() == "mine" and "edited by hand" in done.stderr


def test_an_app_id_of_no_service_is_told(tmp_path: Path) -> None:
    done = specloom("build", "--make-app", "tune=app#tune-ab12cd", "--out", "out", cwd=tmp_path)
    assert done.returncode == 1 and "--make-app tune: no source uses a service of this key" in done.stderr
    assert "did you mean tuen?" in done.stderr and not (tmp_path / "out").exists()


def test_a_note_of_one_platform_is_shown_on_that_one_only() -> None:
    files = template("artwork-pipeline").files
    where = {path for path, content in files.items() if b"N8N_WEBHOOK_URL" in content}
    assert where == {"n8n/artwork-pipeline.json", "n8n/artwork-pipeline.http.json"}
    for name in NAMES:
        notes = [n["parameters"]["content"] for n in n8n(f"{name}.json")["nodes"] if n["type"] == NOTE]
        assert not any("Zapier" in note or "on Make" in note for note in notes)
        for path, content in template(name).files.items():
            assert path.startswith("n8n/") or b"N8N_" not in content


def test_a_note_of_no_platform_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "do:\n  - a: {set: {x: 1}, metadata: {notes: {ifttt: hello}}}\n")
    assert any("'ifttt' is not known in 'notes'" in found for found in problems(path))
