"""Sources to the files people import: pure but for reading the sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from specloom.generator.make.iml import Inexpressible
from specloom.generator.output.json_text import readable
from specloom.generator.workflows.gallery import gallery
from specloom.generator.workflows.make.references import ScenarioFlavour
from specloom.generator.workflows.make.write import write as write_make
from specloom.generator.workflows.n8n.write import write as write_n8n
from specloom.generator.workflows.source.check import Checked, check
from specloom.generator.workflows.source.flow import Services
from specloom.generator.workflows.source.load import SUFFIX, LoadedWorkflow, load
from specloom.generator.workflows.zapier import write
from specloom.generator.workflows.zapier.recipe import recipe
from specloom.schemas.problems import Problem, SpecloomError

FLAVOURS = {"node": ".json", "http": ".http.json"}
"""Flavour of the n8n workflow to the ending of its file."""
BLUEPRINTS: Mapping[ScenarioFlavour, str] = {"http": ".http.blueprint.json", "app": ".blueprint.json"}
"""The same of Make's."""


class BuiltWorkflow(Struct, frozen=True):
    """One source: what it was checked to be (None where it is broken), its files, and all that is wrong with it."""

    loaded: LoadedWorkflow
    checked: Checked | None
    files: Mapping[str, bytes]
    problems: tuple[Problem, ...]


def bundled() -> list[Path]:
    """The sources that come with Specloom."""
    return sorted((Path(__file__).parents[2] / "workflows").glob(f"*{SUFFIX}"))


def sources(given: Iterable[Path]) -> list[Path]:
    """The given files; of folders, the sources in them; with none given, the bundled ones. Raises SpecloomError."""
    found: list[Path] = []
    for path in given:
        inner = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not inner:
            raise SpecloomError(f"no source in {path}", hint=f"sources are called <name>{SUFFIX}")
        found += inner
    return found or bundled()


def build(path: Path, services: Services, make_apps: Mapping[str, str] | None = None) -> BuiltWorkflow:
    """All files of one source, paths relative to the folder of built templates."""
    loaded = load(path)
    checked, problems = check(loaded, services)
    if checked is None:
        return BuiltWorkflow(loaded, None, {}, problems)
    name = checked.workflow.name
    files: dict[str, bytes] = {}
    found: list[Problem] = []
    for flavour, ending in FLAVOURS.items():
        n8n = write_n8n(checked, flavour)  # type: ignore[arg-type]
        files[f"n8n/{name}{ending}"] = readable(n8n.document)
        found += n8n.problems
    for kind, ending in BLUEPRINTS.items():
        try:
            make = write_make(checked, make_apps, kind)
            files[f"make/{name}{ending}"] = readable(make.document)
            found += make.problems
        except Inexpressible as error:
            found.append(Problem("error", "make", str(error), "split the workflow", checked.workflow.at))
    files[f"zapier/{name}.md"] = write.write(checked).encode()
    zapier = recipe(checked)
    if zapier.document is not None:
        files[f"zapier/{name}.webhooks.json"] = readable(zapier.document)
        files[f"zapier/{name}.webhooks.md"] = zapier.text.encode()
    found += zapier.problems
    return BuiltWorkflow(loaded, checked, files, (*problems, *loaded.located(found)))


def all_files(built: Sequence[BuiltWorkflow], pictures: Iterable[str] = ()) -> dict[str, bytes]:
    """The files of several sources, with their gallery. `pictures`: names of templates that have one."""
    files = {path: content for one in built for path, content in one.files.items()}
    checked = [one.checked for one in built if one.checked is not None]
    files["README.md"] = gallery(checked, set(pictures)).encode()
    return dict(sorted(files.items()))
