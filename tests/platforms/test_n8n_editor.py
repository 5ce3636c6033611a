"""The generated nodes in n8n's own editor: found by what people type, opened at what they come for; and n8n's own
credentials, which twenty generated packages leave alone. The pictures are in build/screenshots/n8n."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from specloom.generator.n8n.credentials.emit import AFFIX
from specloom.generator.n8n.node.steps import groups
from specloom.schemas.load import load
from tests import ROOT
from tests.platforms import corpus, toolchain
from tests.platforms.n8n import N8n
from tests.platforms.n8n_api import OWNER
from tests.platforms.n8n_nodes import SERVICES, START, write_package

SCRIPT = Path(__file__).parent / "js" / "editor.mjs"
PICTURES = ROOT / "build" / "screenshots" / "n8n"
EVERYDAY = {
    "tuen": ("image", "picture", "voice", "text to speech", "transcribe"),
    "aiops": ("photo", "illustration", "speech", "narration", "subtitles"),
    "mayanio": ("video", "movie", "clip", "3d", "picture"),
    "tuneforge": ("music", "song", "audio", "sound", "track"),
    "tengrai": ("art", "portrait", "upscale", "photo", "text"),
}
"""What people type who do not know the service."""
NEIGHBOURS = (
    "asana.com", "trello.com", "zoom.us", "gitlab.com", "box.com", "notion.com", "netlify.com", "circleci.com",
    "openai.com", "slack.com", "jira.local", "vimeo.com", "stripe.com", "spotify.com/sonallux", "github.com",
)  # fmt: skip
"""Documents of services that n8n has nodes and credentials for."""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

Json = dict[str, Any]


def neighbour(name: str) -> Path:
    return corpus.root() / f"{name}.json"


@pytest.fixture(scope="module")
def server(n8n_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[N8n]:
    """With its editor, and twenty packages."""
    folder = tmp_path_factory.mktemp("editor")
    services = [*SERVICES.values(), *(load(neighbour(name)).service for name in NEIGHBOURS)]
    packages = [write_package(service, folder / service.key) for service in services]
    with N8n(editor=True) as n8n:
        with ThreadPoolExecutor(2) as pool:
            assert len(set(pool.map(n8n.install_package, packages))) == 20
        n8n.start()
        yield n8n


@pytest.fixture(scope="module")
def seen(server: N8n) -> Json:
    """What the editor showed."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    request = {
        "url": server.url,
        "owner": OWNER,
        "chromium": CHROMIUM,
        "playwright": str(server.program.parents[2] / "playwright-core"),  # n8n brings it along
        "workflow": server.api.save_workflow({"name": "Empty", "nodes": [{**START, "id": "a", "position": [0, 0]}]}),
        "folder": str(PICTURES),
        "searches": {SERVICES[key].title: words for key, words in EVERYDAY.items()},
    }
    command = [str(toolchain.node()), str(SCRIPT)]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    found: Json = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("key", EVERYDAY)
def test_the_node_is_found_by_its_name_and_by_five_everyday_words(seen: Json, key: str) -> None:
    title = SERVICES[key].title
    missed = {word: seen["found"][word] for word in (title, *EVERYDAY[key]) if title not in seen["found"][word]}
    assert missed == {}
    assert seen["found"][title][0] == title


@pytest.mark.parametrize("key", EVERYDAY)
def test_what_it_opens_with_generates(seen: Json, key: str) -> None:
    shown = seen["opened"][SERVICES[key].title]
    first = groups(SERVICES[key])[0]
    assert first.usual.operation.generates
    assert shown["parameters"] == {"resource": first.name, "operation": first.usual.name}
    assert shown["actions"][0].lower() == first.usual.name.lower()


def test_the_pictures_are_kept(seen: Json) -> None:
    pictures = {path.name for path in PICTURES.glob("*.png")}
    assert {"tuneforge-found.png", "tuneforge-actions.png", "tuneforge-panel.png"} <= pictures
    assert all((PICTURES / name).stat().st_size > 10_000 for name in pictures)


def of_n8n_itself(n8n_dir: Path) -> Mapping[str, Json]:
    places = ("n8n-nodes-base", "@n8n/n8n-nodes-langchain")
    files = [n8n_dir / "node_modules" / place / "dist" / "types" / "credentials.json" for place in places]
    return {one["name"]: one for file in files for one in json.loads(file.read_text())}


def asked(credential: Json) -> set[str]:
    return {f"{one['name']}: {one['displayName']}" for one in credential.get("properties", [])}


def test_n8n_s_own_credentials_are_untouched(server: N8n, n8n_dir: Path) -> None:
    own = of_n8n_itself(n8n_dir)
    reply = requests.get(f"{server.url}/types/credentials.json", cookies=server.api.cookies, timeout=60)
    loaded: dict[str, Json] = {one["name"]: one for one in reply.json()}
    kept = ("displayName", "documentationUrl", "extends")
    changed = [name for name, one in own.items() if any(loaded[name].get(part) != one.get(part) for part in kept)]
    # n8n adds some of its own to what a credential asks for.
    changed += [name for name, one in own.items() if not asked(one) <= asked(loaded[name])]
    assert len(own) > 300 and changed == []
    added = loaded.keys() - own.keys()
    assert len(added) >= 20 and all(AFFIX in name for name in added)


def test_no_credential_of_n8n_bears_the_word_of_ours(n8n_dir: Path) -> None:
    assert [name for name in of_n8n_itself(n8n_dir) if AFFIX.lower() in name.lower()] == []
