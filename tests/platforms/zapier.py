"""Drives the real Zapier: the command line's validate, build and invoke, and zapier-platform-core itself."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from tests.platforms import toolchain
from tests.platforms.zapier_worker import Worker

BUNDLE_ALL = {"includeInBuild": [r"node_modules/.*require\.mjs$"]}
IGNORED = shutil.ignore_patterns("node_modules", ".git", "build")
HYDRATE = re.compile(r"hydrate\|\|\|(.*)\|\|\|hydrate", re.DOTALL)


class ZapierError(Exception):
    """A command line call failed; the message carries what it printed."""


class AppError(Exception):
    """What an app threw; `name` is Zapier's class: HaltedError, ThrottledError, CheckError …"""

    def __init__(self, name: str, message: str, logs: list[dict[str, Any]]) -> None:
        super().__init__(f"{name}: {message}")
        self.name, self.message, self.logs = name, message, logs

    @property
    def details(self) -> dict[str, Any]:
        """The JSON that ResponseError, ThrottledError and AppError carry in their message."""
        return dict(json.loads(self.message))


@dataclass(frozen=True)
class Result:
    """What a method gave. `waiting` is true once it has asked for a callback URL: the Zap then waits."""

    results: Any
    waiting: bool
    logs: list[dict[str, Any]] = field(repr=False)


class Zapier:
    """Works on scratch copies of app folders, so that nothing is written beside the sources."""

    def __init__(self) -> None:
        self._cli_folder = toolchain.install(toolchain.PROJECTS / "zapier-cli")
        # An app sees what its package.json asks for, zapier-platform-core, and not what the CLI needs.
        self._modules = toolchain.install(toolchain.PROJECTS / "zapier-app") / "node_modules"
        self.folder = toolchain.scratch("zapier")
        self._copies: dict[Path, tuple[str, Path]] = {}
        home = self.folder / "home"
        home.mkdir()
        self.env = toolchain.environment(
            {
                "HOME": str(home),
                "DISABLE_ZAPIER_ANALYTICS": "1",
                "ZAPIER_DEPLOY_KEY": "tests-only",  # lets core call our stand-in for Zapier's servers
                "CI": "true",
            }
        )
        self._worker = Worker(self._modules, self.folder, self.env)

    def __enter__(self) -> Zapier:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._worker.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # In process

    def run(
        self,
        app: Path,
        method: str,
        bundle: Mapping[str, Any] | None = None,
        callback_url: str | None = None,
        timeout: float = 60,
    ) -> Result:
        """Runs e.g. `creates.thing.operation.perform` with {inputData, authData, …} as Zapier would (ms)."""
        request = {
            "app": str(self.copy(app)),
            "method": method,
            "bundle": {"inputData": {}, "authData": {}, "meta": {}, **(bundle or {})},
            "callback_url": callback_url,
        }
        answer = self._ask(request, timeout)
        return Result(answer.get("results"), answer.get("status") == "CALLBACK", answer["logs"])

    def hydrate(self, app: Path, pointer: str, auth: Mapping[str, Any] | None = None) -> Result:
        """Does what Zapier does when a later step needs a dehydrated value or file."""
        if not (match := HYDRATE.fullmatch(pointer)):
            raise ValueError(f"not a dehydrated value: {pointer}")
        payload = json.loads(match[1])
        return self.run(app, payload["method"], {"inputData": payload["bundle"], "authData": auth or {}})

    def schema_errors(self, app: Path) -> list[str]:
        """What zapier-platform-schema objects to, as `property: message`."""
        answer = self._ask({"app": str(self.copy(app)), "command": "validate"}, 120)
        return [f"{error['property']}: {error['message']}" for error in answer["results"]]

    def definition(self, app: Path) -> dict[str, Any]:
        """The app as Zapier's build would upload it."""
        return dict(self._ask({"app": str(self.copy(app)), "command": "definition"}, 120)["results"])

    def _ask(self, request: dict[str, Any], timeout: float) -> dict[str, Any]:
        answer = self._worker.ask(request, timeout)
        if error := answer.get("error"):
            raise AppError(error["name"], error["message"], answer["logs"])
        return answer

    # The command line

    def validate(self, app: Path) -> list[str]:
        """Both validations; an empty list is a sound app."""
        errors = self.schema_errors(app)
        code, output = self._cli(self.copy(app), "validate", "--without-style")
        if (code or "structurally sound" not in output) and not errors:
            errors.append(output)
        return errors

    def invoke(
        self,
        app: Path,
        *arguments: str,
        auth: Mapping[str, str] | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> Any:
        """`zapier-platform invoke auth test|create KEY|search KEY …` (1 s); returns the JSON it prints."""
        folder = self.copy(app)
        lines = [f"authData_{key}={json.dumps(value)}\n" for key, value in (auth or {}).items()]
        (folder / ".env").write_text("".join(lines))
        if inputs is not None:
            arguments += ("--inputData", json.dumps(inputs))
        code, output = self._cli(folder, "invoke", *arguments, "--non-interactive")
        if code:
            _fail("invoke " + " ".join(arguments), output)
        return _last_json(output)

    def build(self, app: Path) -> Path:
        """`zapier-platform build` (6 s): the zip that would be uploaded, kept until `close`."""
        folder = self.folder / f"build{len(list(self.folder.iterdir()))}" / app.name
        shutil.copytree(app, folder, ignore=IGNORED)
        # Symlinked modules would make the zip start at the root of the disk.
        shutil.copytree(self._modules, folder / "node_modules", symlinks=True)
        settings = folder / ".zapierapprc"
        if not settings.exists():
            settings.write_text(json.dumps(BUNDLE_ALL))
        code, output = self._cli(folder, "build", "--skip-dep-install", "--skip-validation")
        archive = folder / "build" / "build.zip"
        if code or not archive.exists():
            _fail("build", output)
        return archive

    def _cli(self, folder: Path, *arguments: str) -> tuple[int, str]:
        program = self._cli_folder / "node_modules" / "zapier-platform-cli" / "src" / "bin" / "run"
        done = subprocess.run(
            [str(toolchain.node()), str(program), *arguments],
            cwd=folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return done.returncode, done.stdout

    # Scratch copies

    def copy(self, app: Path) -> Path:
        """A copy of the app with our node_modules; a new one whenever a file of it has changed."""
        app = app.resolve()
        files = sorted(p for p in app.rglob("*") if p.is_file() and "node_modules" not in p.parts)
        state = repr([(str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in files])
        known = self._copies.get(app)
        if known is None or known[0] != state:
            folder = self.folder / f"app{len(list(self.folder.iterdir()))}" / app.name
            shutil.copytree(app, folder, ignore=IGNORED)
            (folder / "node_modules").symlink_to(self._modules)
            known = self._copies[app] = (state, folder)
        return known[1]


def _last_json(output: str) -> Any:
    """The JSON document with which an output ends, whatever is printed before it."""
    lines = output.rstrip().splitlines()
    for start in range(len(lines)):
        try:
            return json.loads("\n".join(lines[start:]))
        except ValueError:
            continue
    _fail("invoke", output)


def _fail(command: str, output: str) -> NoReturn:
    raise ZapierError(f"zapier-platform {command} failed:\n{output[-4000:]}")
