"""Takes the gallery's pictures: n8n's own canvas, in headless Chromium. A tool for those who change templates.

    python workflows/pictures.py [name …]

Needs what the platform tests need (see tests/platforms/toolchain.py; the first run installs n8n) and a `chromium` on
the PATH (Debian: `apt-get install chromium`). n8n runs with its editor in a folder of its own; every template is saved
in it, opened, fitted to the window and photographed into workflows/pictures/<name>.png. Afterwards build again, so that
the gallery shows new ones: `specloom workflows build --out workflows`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from specloom.generator.workflows.build import bundled, sources  # noqa: E402
from specloom.generator.workflows.source.services import services  # noqa: E402
from tests.platforms import n8n as driver  # noqa: E402
from tests.platforms import toolchain  # noqa: E402
from tests.platforms.n8n_api import OWNER  # noqa: E402
from tests.platforms.n8n_nodes import write_package  # noqa: E402

FOLDER = Path(__file__).parent
SCRIPT = FOLDER.parent / "tests" / "platforms" / "js" / "screenshots.mjs"
LARGEST = 150_000
"""Bytes of a picture."""
AREA, WIDEST = 1_000_000, 2000
"""Pixels of a picture, and of its width."""
NODE, MARGIN, SIDEBAR, HEADER = 200, 160, 42, 65


def main(names: list[str]) -> int:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("there is no chromium: apt-get install chromium", file=sys.stderr)
        return 1
    wanted = [p.name.partition(".")[0] for p in sources(bundled())]
    wanted = [name for name in wanted if not names or name in names]
    with driver.N8n(editor=True) as n8n, tempfile.TemporaryDirectory() as packages:
        for key, service in services().items():
            n8n.install_package(write_package(service, Path(packages, key)))
        n8n.start()
        pages = [_page(n8n, name) for name in wanted]
        (FOLDER / "pictures").mkdir(exist_ok=True)
        playwright = str(n8n.program.parents[2] / "playwright-core")  # n8n brings it along
        request = {"url": n8n.url, "owner": OWNER, "chromium": chromium, "playwright": playwright, "pages": pages}
        subprocess.run([toolchain.node(), SCRIPT], input=json.dumps(request), text=True, check=True, timeout=600)
    for page in pages:
        size = Path(page["file"]).stat().st_size
        print(f"{page['file']}: {size // 1000} kB")
        if size > LARGEST:
            print("larger than 150 kB", file=sys.stderr)
            return 1
    return 0


def _page(n8n: driver.N8n, name: str) -> dict[str, Any]:
    """Where the template is saved in n8n, and a window of the shape it has."""
    document = json.loads((FOLDER / "n8n" / f"{name}.json").read_text())
    right = max(node["position"][0] + node["parameters"].get("width", NODE) for node in document["nodes"])
    rows = [node["position"][1] for node in document["nodes"]]
    width, height = right + MARGIN, max(rows) - min(rows) + NODE + MARGIN
    scale = min(1.0, (AREA / (width * height)) ** 0.5, WIDEST / width)
    size = {"width": round(width * scale) + SIDEBAR, "height": round(height * scale) + HEADER}
    file = str(FOLDER / "pictures" / f"{name}.png")
    return {"id": n8n.api.save_workflow(document), "file": file, **size}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
