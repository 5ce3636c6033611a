"""The JavaScript of the runtimes: `python -m tests.platforms.compile_js` makes each `dist/` of its `src/`.

The compiler comes from the lock file of the project n8n-lint. Each part is compiled as it is emitted, beside the core.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests import ROOT
from tests.platforms import toolchain

CORE = ROOT / "generator" / "runtime"


@dataclass(frozen=True, slots=True)
class Part:
    """TypeScript in `folder`/src, and its JavaScript in `folder`/dist. `place`: where both stand in what is emitted."""

    folder: Path
    place: str
    options: tuple[str, ...] = ()

    @property
    def dist(self) -> Path:
        return self.folder / "dist"


PARTS = {
    "core": Part(CORE, "core"),
    # n8n's own build decides how strictly its package is checked, and leaves comments to the sources beside dist/.
    "n8n": Part(ROOT / "generator" / "n8n" / "runtime", "runtime", ("--removeComments", "--noUncheckedIndexedAccess", "false")),
    "zapier": Part(ROOT / "generator" / "zapier" / "runtime", "."),
}  # fmt: skip


def compiled(part: Part, tools: Path) -> Mapping[str, str]:
    """JavaScript by its path in dist/. `tools` holds the compiler, and n8n's types, in node_modules."""
    scratch = toolchain.scratch("compile")
    try:
        for one in (PARTS["core"], part):
            shutil.copytree(one.folder / "src", scratch / one.place, dirs_exist_ok=True)
        shutil.copy(CORE / "tsconfig.json", scratch)
        os.symlink(tools / "node_modules", scratch / "node_modules")
        compiler = tools / "node_modules" / "typescript" / "bin" / "tsc"
        folders = ["-p", str(scratch), "--rootDir", str(scratch), "--outDir", str(scratch / "out")]
        command = [str(toolchain.node()), str(compiler), *folders, *part.options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise toolchain.ToolchainError(f"{part.folder.relative_to(ROOT)} does not compile:\n{done.stdout}")
        made = scratch / "out" / part.place
        wanted = sorted(path.relative_to(part.folder / "src") for path in (part.folder / "src").rglob("*.ts"))
        return {
            path.with_suffix(".js").as_posix(): (made / path.with_suffix(".js")).read_text("utf-8")
            for path in wanted
            if not path.name.endswith(".d.ts")
        }
    finally:
        shutil.rmtree(scratch)


def committed(part: Part) -> Mapping[str, str]:
    return {path.relative_to(part.dist).as_posix(): path.read_text("utf-8") for path in part.dist.rglob("*.js")}


def write(part: Part, tools: Path) -> None:
    """Replaces the part's dist/."""
    files = compiled(part, tools)
    shutil.rmtree(part.dist, ignore_errors=True)
    for name, text in files.items():
        target = part.dist / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")


def main() -> None:
    tools = toolchain.install(toolchain.PROJECTS / "n8n-lint")
    for part in PARTS.values():
        write(part, tools)
        print(f"{part.dist.relative_to(ROOT)}: {len(committed(part))} files")


if __name__ == "__main__":
    try:
        main()
    except toolchain.ToolchainError as error:
        sys.exit(f"compile_js: {error}")
