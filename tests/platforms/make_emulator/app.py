"""One app, loaded from the files of its local-development project, with a connection: what a scenario can run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.platforms.make_emulator.communication import Run
from tests.platforms.make_emulator.errors import MakeError
from tests.platforms.make_emulator.evaluate import render
from tests.platforms.make_emulator.forms import fill
from tests.platforms.make_emulator.values import UNDEFINED, truthy


@dataclass(slots=True)
class Watch:
    """Where a polling trigger stands between two runs, and how far a person chose to look back."""

    last: tuple[Any, ...] | None = None
    ids: set[Any] = field(default_factory=set)


class MakeApp:
    """`files` is path to content, as the emitter gives them. Call `connect` before anything else."""

    def __init__(
        self, files: Mapping[str, bytes], *, sleep: Callable[[float], None] = time.sleep, static_valid: bool = True
    ) -> None:
        self.files = {path: json.loads(content) for path, content in files.items() if path.endswith(".json")}
        manifest = self.files["makecomapp.json"]
        self.components = manifest["components"]
        self.base = self.files[manifest["generalCodeFiles"]["base"]]
        self.sleep, self.static_valid = sleep, static_valid
        self.connection: dict[str, Any] = {}
        self.label = ""
        self.last: Run | None = None

    @property
    def modules(self) -> dict[str, Any]:
        found: dict[str, Any] = self.components["module"]
        return found

    def code(self, kind: str, name: str, code: str) -> Any:
        return self.files[self.components[kind][name]["codeFiles"][code]]

    def connect(self, values: dict[str, Any]) -> None:
        """Creates the connection with what a person entered. Raises MakeError when its test fails."""
        (name,) = self.components["connection"]
        parameters = fill(self.code("connection", name, "params"), values, self._no_rpc)
        run = self._run({"parameters": parameters, "common": self.code("connection", name, "common")}, base={})
        run.execute(self.code("connection", name, "communication"))
        self.connection = {**parameters, **run.keeps.get("data", {})}
        self.label = run.keeps.get("metadata", {}).get("value", "")

    def run(self, name: str, given: dict[str, Any] | None = None) -> Any:
        """Runs an action, a search or the universal module: a bundle, or a list of bundles for a search."""
        kind = self.modules[name]["moduleType"]
        parameters = self._filled("module", name, given or {})
        run = self._run({"parameters": parameters})
        output = run.execute(self.code("module", name, "communication"))
        if kind == "search" and not isinstance(output, list):
            raise MakeError("a search returns a list")
        if kind != "search" and isinstance(output, list):
            raise MakeError("an action returns one bundle")
        return output

    def ask(self, name: str, given: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Runs an RPC that offers choices."""
        parameters = fill(self.code("rpc", name, "params"), given or {}, self._no_rpc)
        output = self._run({"parameters": parameters}).execute(self.code("rpc", name, "communication"))
        return [option for option in output if "value" in option] if isinstance(output, list) else []

    def epoch(self, name: str, given: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """What the panel 'Choose where to start' shows: the trigger's request with the epoch's overrides."""
        communication, own = self.code("module", name, "communication"), self.code("module", name, "epoch")
        response = {**communication["response"], **own["response"]}
        response.pop("trigger", None)
        merged = {**communication, **own, "response": response}
        shown: list[dict[str, Any]] = self._run({"parameters": self._filled("module", name, given or {})}).execute(
            merged
        )
        return shown

    def poll(self, name: str, watch: Watch, given: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """One run of a polling trigger: what is new since `watch`, oldest first, at most `limit` of it."""
        communication = self.code("module", name, "communication")
        rules = communication["response"]
        parameters = self._filled("module", name, given or {})
        run = self._run({"parameters": parameters})
        limit = render(rules["limit"], run.context())
        # Make looks through everything the list has before it takes the oldest new ones.
        wide = {
            **communication,
            "response": {**rules, "limit": "{{undefined}}", "output": {"it": "{{item}}", "out": rules["output"]}},
        }
        wide["response"].pop("trigger")
        found = [(self._place(rules["trigger"], each["it"]), each["out"]) for each in run.execute(wide)]
        fresh = sorted(
            (p, out) for p, out in found if p[-1] not in watch.ids and (watch.last is None or p > watch.last)
        )
        for place, _ in fresh[: int(limit)]:
            watch.last = place
            watch.ids.add(place[-1])
        return [out for _, out in fresh[: int(limit)]]

    def _place(self, trigger: dict[str, Any], item: Any) -> tuple[Any, ...]:
        identity = render(trigger["id"], {"item": item})
        if identity is UNDEFINED:
            raise MakeError("a trigger's item has no id")
        if trigger["type"] == "id":
            return (identity,)
        date = render(trigger["date"], {"item": item})
        if date is UNDEFINED or date is None:
            raise MakeError("a trigger's item has no date")
        return (date, identity)

    def attach(self, name: str, url: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
        """Registers a webhook; the returned collection is what the webhook keeps."""
        parameters = fill(self.code("webhook", name, "params"), given or {}, self._choices)
        hook: dict[str, Any] = {"url": url}
        attach = self.code("webhook", name, "attach")
        if attach:
            run = self._run({"parameters": parameters, "webhook": hook})
            run.execute(attach)
            hook.update(run.keeps.get("data", {}))
        return hook

    def detach(self, name: str, hook: dict[str, Any]) -> None:
        detach = self.code("webhook", name, "detach")
        if detach:
            self._run({"parameters": {}, "webhook": hook}).execute(detach)

    def receive(self, name: str, body: Any, headers: dict[str, str] | None = None) -> list[Any]:
        """Bundles that come of one call to the webhook's URL."""
        code = self.code("webhook", name, "communication")
        context = {"parameters": {}, "data": {}, "body": body, "headers": headers or {}, "query": {}, "method": "POST"}
        if not truthy(render(code.get("condition", True), context)):
            return []
        return [render(code.get("output", "{{body}}"), context)]

    def _filled(self, kind: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
        files = self.components[kind][name]["codeFiles"]
        asked = [p for code in ("staticParams", "mappableParams") if code in files for p in self.files[files[code]]]
        return fill(asked, given, self._choices)

    def _choices(self, rpc: str, given: dict[str, Any]) -> list[Any]:
        return [option["value"] for option in self.ask(rpc, given)]

    def _no_rpc(self, rpc: str, given: dict[str, Any]) -> list[Any]:
        raise MakeError(f"a connection cannot ask {rpc}")

    def _run(self, variables: dict[str, Any], base: dict[str, Any] | None = None) -> Run:
        own = {"connection": self.connection, "common": {}, "data": {}, **variables}
        self.last = Run(self.base if base is None else base, own, sleep=self.sleep, static_valid=self.static_valid)
        return self.last
