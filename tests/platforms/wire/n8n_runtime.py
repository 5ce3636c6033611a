"""n8n: the steps of many vectors one behind the other in few workflows, since each run of a workflow costs more than
the steps in it."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from specloom.generator.n8n.credentials.emit import Credential, credentials
from specloom.generator.n8n.emit import emit
from specloom.generator.n8n.fields.controls import Control
from specloom.generator.n8n.fields.forms import parameters
from specloom.generator.n8n.names import node_name
from specloom.generator.output.writer import write
from specloom.generator.platforms import EmitOptions
from tests.platforms.n8n import N8n
from tests.platforms.n8n_nodes import step_of, workflow
from tests.platforms.n8n_run import Run
from tests.platforms.wire.compare import Outcome
from tests.platforms.wire.entered import Path as Names
from tests.platforms.wire.entered import entered
from tests.platforms.wire.runtimes import Outcomes, codes
from tests.platforms.wire.services import Case

TOGETHER = 25
"""Steps of one workflow."""
Node = dict[str, Any]


def run_n8n(cases: Iterable[Case], n8n: N8n, folder: Path) -> Outcomes:
    """Packages are installed before the server starts: `n8n` must not be running."""
    found = list(cases)
    outcomes = {case.vector.id: _install(n8n, case, folder / case.service.key) for case in found}
    n8n.start()
    nodes: list[tuple[Case, Node]] = []
    for case in found:
        try:
            nodes.append((case, _node(n8n, case)))
        except (KeyError, StopIteration) as error:
            outcomes[case.vector.id].missing = f"no parameter: {type(error).__name__} {error}"
    batches = [nodes[i : i + TOGETHER] for i in range(0, len(nodes), TOGETHER)]
    again: list[tuple[Case, Node]] = []
    for batch, run in zip(batches, _runs(n8n, batches), strict=True):
        for case, node in batch:
            if not _read(run, node["name"], outcomes[case.vector.id], case):
                again.append((case, node))
    # n8n starts no workflow in which it finds fault with one step: what was not run is run alone.
    alone = [[pair] for pair in again]
    for [(case, node)], run in zip(alone, _runs(n8n, alone), strict=True):
        if not _read(run, node["name"], outcomes[case.vector.id], case):
            outcomes[case.vector.id].error = str((run.error or {}).get("message", "it was not run"))
    return outcomes


def _runs(n8n: N8n, batches: Sequence[Sequence[tuple[Case, Node]]]) -> list[Run]:
    return n8n.run_many([_workflow([node for _, node in batch]) for batch in batches], workers=2, timeout=300)


def _workflow(nodes: Sequence[Node]) -> dict[str, Any]:
    flow = workflow(*nodes)
    return {**flow, "settings": {**flow["settings"], "timezone": "UTC", "saveDataSuccessExecution": "all"}}


def _install(n8n: N8n, case: Case, package: Path) -> Outcome:
    """As `install_package` does, without packing each of many packages first."""
    emission = emit(case.service, EmitOptions())
    write(package, emission.files)
    name = str(json.loads((package / "package.json").read_text())["name"])
    nodes = n8n.folder / ".n8n" / "nodes"
    shutil.copytree(package, nodes / "node_modules" / name)
    (nodes / "package.json").write_text('{"name": "installed-nodes", "private": true}')
    return Outcome(problems=codes(emission.problems, case))


def _node(n8n: N8n, case: Case) -> Node:
    group, step = step_of(case.service, case.operation.operation_id)
    layout = step.layout
    given = entered(case.operation.fields, case.inputs("n8n"), lambda path: _is_json(layout, path))
    own = {"returnAll": True} if case.vector.all else {}
    key = case.service.key
    return {
        "parameters": {
            "resource": group.key,
            "operation": step.key,
            **parameters(layout, given),
            **own,
            **case.vector.parameters.get("n8n", {}),
            **_authentication(case),
        },
        "name": case.vector.id,
        "type": f"n8n-nodes-{key}.{node_name(key)}",
        "typeVersion": 1,
        "credentials": dict(_credentials(n8n, case)),
        "onError": "continueRegularOutput",
        "executeOnce": True,
        "alwaysOutputData": True,
    }


def _is_json(controls: Iterable[Control], path: Names) -> bool:
    control = next((c for c in controls if c.field.name == path[0]), None)
    if control is None or len(path) == 1 or control.kind == "json":
        return control is not None and control.kind == "json"
    return _is_json([*control.direct, *control.more], path[1:])


def _authentication(case: Case) -> Mapping[str, str]:
    """The choice among several credentials: the one with all schemes the vector names."""
    types, _ = credentials(case.service)
    chosen = _credential(case)
    return {"authentication": chosen.choice} if len(types) > 1 and chosen else {}


def _credential(case: Case) -> Credential | None:
    named = {auth.id for auth, _ in case.secrets()}
    types, _ = credentials(case.service)
    return next((one for one in types if named and named <= set(one.secrets)), None)


def _credentials(n8n: N8n, case: Case) -> Iterator[tuple[str, Any]]:
    chosen = _credential(case)
    if chosen is None:
        return
    data: dict[str, Any] = {}
    for auth, value in case.secrets():
        data |= dict(value) if isinstance(value, Mapping) else {chosen.secrets[auth.id]: value}
    identifier = n8n.api.create_credential(chosen.name, data)
    yield chosen.name, {"id": identifier, "name": "Test"}


def _read(run: Run, name: str, outcome: Outcome, case: Case) -> bool:
    """Whether the step was run at all."""
    runs = run.data["runData"].get(name)
    if not runs:
        return False
    if error := runs[0].get("error"):
        outcome.error = f"{error.get('message', '')} {error.get('description') or ''}".strip()
        return True
    items = run.items(name)
    outcome.output = [item["json"] for item in items]
    outcome.files = [file for item in items for file in _files(item)]
    told = outcome.output[0].get("error") if len(items) == 1 else None
    if isinstance(told, dict) and {"type", "message"} <= told.keys():
        outcome.error = str(told["message"])
    elif isinstance(told, str) and len(outcome.output[0]) == 1:
        outcome.error = told
    elif not isinstance(case.vector.output_of("n8n"), list):
        outcome.output = outcome.output[0] if items else None
    elif outcome.output == [{}]:  # what alwaysOutputData makes of no item
        outcome.output = []
    return True


def _files(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for file in item.get("binary", {}).values():
        content = base64.b64decode(file["data"]) if "id" not in file else b""
        yield {"name": file.get("fileName", ""), "type": file.get("mimeType", ""), "content": content}
