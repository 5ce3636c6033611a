"""The files of the project around the app: package, tests, README."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from specloom.generator.output.json_text import Json
from specloom.generator.platforms import EmitOptions
from specloom.generator.runtime.wire import runtime_files
from specloom.generator.zapier.project.app_file import stored
from specloom.generator.zapier.project.generated_tests import cases
from specloom.generator.zapier.project.json_lines import JsonTexts, spread, written
from specloom.generator.zapier.project.readme import readme
from specloom.generator.zapier.text import plain
from specloom.schemas.model import Service

PLATFORM = "19.1.0"
"""Version of zapier-platform-core that the runtime was proven with."""
NODE = ">=22"
# Zapier's dependency detection does not see what core requires only at run time.
_RC: Json = {"includeInBuild": [r"node_modules/.*require\.mjs$"]}
_IGNORE = "node_modules/\nbuild/\n.env\n.zapierapprc.local\n"


def project_files(service: Service, options: EmitOptions, data: Json, texts: JsonTexts) -> Mapping[str, bytes]:
    """Everything of the folder, by path. `definition.json` is what Zapier's build makes of `app.json`; that build
    replaces and removes it, so the app is loaded from the other."""
    definition = texts.outlined(data["definition"], 5)
    files = {
        "app.json": spread(stored(data, definition, texts)),
        "definition.json": spread(definition),
        "package.json": written(_package(service, options), 9),
        ".zapierapprc": written(_RC, 9),
        ".gitignore": _IGNORE.encode(),
        "README.md": readme(service, data),
        "test/cases.json": written(cases(service, data), 2),
    }
    runtime = Path(__file__).parent.parent / "runtime"
    compiled = runtime / "dist"
    for path in sorted(compiled.rglob("*.js")):
        files[path.relative_to(compiled).as_posix()] = path.read_bytes()
    files["test/app.test.js"] = (runtime / "test" / "app.test.js").read_bytes()
    for name, content in runtime_files("js").items():
        files[f"core/{name}"] = content
    return dict(sorted(files.items()))


def app_version(version: str) -> str:
    """As Zapier takes it: three numbers below 1000."""
    return version if re.fullmatch(r"(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){2}", version) else "0.1.0"


def _package(service: Service, options: EmitOptions) -> Json:
    return {
        "name": f"{service.key}-zapier",
        "version": app_version(options.version),
        "description": f"{plain(service.title)} on Zapier",
        "private": True,
        "license": "UNLICENSED",
        "main": "index.js",
        "scripts": {
            "test": "node --test test/app.test.js",
            "validate": "zapier-platform validate --without-style",
            "push": "zapier-platform push",
        },
        "engines": {"node": NODE},
        "dependencies": {"zapier-platform-core": PLATFORM},
        "devDependencies": {"zapier-platform-cli": PLATFORM},
    }
