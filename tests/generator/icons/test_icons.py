"""Icons: told apart by what a service makes and by its key; from outside, nothing but shapes gets in."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from specloom.generator.icons import drawn, given
from specloom.generator.pipeline import BuildRequest, Built, build
from specloom.generator.workflows.source.services import services
from specloom.schemas.document.reading.reach import ReferenceScope
from specloom.schemas.load import bundled
from specloom.schemas.problems import SpecloomError

GOOD = b"""<?xml version="1.0"?><!-- drawn by hand -->
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><title>A bell</title>
<defs><linearGradient id="a"><stop offset="0" stop-color="#f00"/></linearGradient></defs>
<g transform="translate(1 2)"><path d="M1 1h3v4z" fill="url(#a)" fill-rule="evenodd"/></g></svg>"""
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"'


def refused(text: str) -> str:
    with pytest.raises(SpecloomError) as error:
        given.shapes(text.encode(), "icon.svg")
    return str(error.value)


# Drawn


def test_the_glyph_tells_what_the_service_makes() -> None:
    kinds = {key: drawn.kind(service) for key, service in services().items()}
    assert kinds["tuneforge"] == "audio" and kinds["tengrai"] == "image" and kinds["specloom"] == "data"


def test_no_two_of_the_bundled_services_look_alike() -> None:
    """Same glyph or not, their hues lie apart, and each has its own light and dark icon."""
    colours = [drawn.colour(key) for key in services()]
    for i, one in enumerate(colours):
        for other in colours[i + 1 :]:
            assert sum(abs(int(one[p : p + 2], 16) - int(other[p : p + 2], 16)) for p in (1, 3, 5)) > 40
    for service in services().values():
        light, dark = drawn.drawn(service), drawn.drawn(service, dark=True)
        assert light != dark and fromstring(light).get("viewBox") == fromstring(dark).get("viewBox") == "0 0 60 60"


@pytest.mark.parametrize("dark", [False, True])
def test_glyphs_stand_out_from_every_colour(dark: bool) -> None:
    """A contrast of three to one, as WCAG asks of graphics."""
    ink = _luminance("#14161a" if dark else "#ffffff")
    for number in range(500):
        tile = _luminance(drawn.colour(f"key-{number}", dark=dark))
        high, low = max(ink, tile), min(ink, tile)
        assert (high + 0.05) / (low + 0.05) >= 3


def _luminance(colour: str) -> float:
    parts = [int(colour[p : p + 2], 16) / 255 for p in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# Given


def test_shapes_are_kept() -> None:
    text = given.shapes(GOOD, "icon.svg").decode()
    assert 'fill="url(#a)"' in text and "<path" in text and "<!--" not in text and "<?xml" not in text
    assert given.shapes(text.encode(), "again") == text.encode()


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        '<image href="https://tracker.example/a.png"/>',
        '<use href="#a"/>',
        "<foreignObject><body/></foreignObject>",
        "<style>path{fill:url(https://tracker.example)}</style>",
        '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
        '<animate attributeName="href" values="javascript:alert(1)"/>',
        '<path d="M0 0" onload="alert(1)"/>',
        '<path d="M0 0" style="fill:url(https://tracker.example)"/>',
        '<path d="M0 0" fill="url(https://tracker.example/a)"/>',
        '<path d="M0 0" fill="url( https://tracker.example/a )"/>',
        '<path d="M0 0" fill="&#117;rl(//tracker.example)"/>',
        '<path xmlns:x="http://www.w3.org/1999/xlink" x:href="https://tracker.example"/>',
        '<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
        "<?xml-stylesheet href='https://tracker.example/a.css'?><g>text</g>",
    ],
)
def test_what_is_no_shape_is_refused(inner: str) -> None:
    assert "icon.svg" in refused(f"{HEAD}>{inner}</svg>")


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE svg [<!ENTITY a "b">]>' + HEAD + "><title>&a;</title></svg>",
        '<!DOCTYPE svg SYSTEM "file:///etc/passwd">' + HEAD + "/>",
        HEAD + "><g>" * 200 + "</g>" * 200 + "</svg>",
        "<svg viewBox='0 0 24 24'/>",
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 12"/>',
        HEAD,
        "",
        "\x00\x01PNG",
        HEAD + "/>" + " " * given.MOST,
    ],
)
def test_what_is_no_icon_is_refused(text: str) -> None:
    assert "icon.svg" in refused(text)


def test_a_document_names_its_icon(tmp_path: Path) -> None:
    document = tmp_path / "api" / "tuen.openapi.yaml"
    document.parent.mkdir()
    text = bundled()["tuen"].read_text("utf-8")
    assert "\nx-specloom:\n" in text
    document.write_text(text.replace("\nx-specloom:\n", "\nx-specloom:\n  icon: bell.svg\n"), "utf-8")
    (document.parent / "bell.svg").write_bytes(GOOD)
    stages = list(build(document, BuildRequest(out=tmp_path / "out", platforms=["n8n"])))
    (built,) = [stage for stage in stages if isinstance(stage, Built)]
    icons = built.folder / "n8n" / "icons"
    assert (icons / "tuen.svg").read_bytes() == (icons / "tuen.dark.svg").read_bytes() == given.shapes(GOOD, "x")


@pytest.mark.parametrize("place", ["../secret.svg", "/etc/passwd", "http://example.com/a.svg", "file:///etc/passwd"])
def test_a_document_names_no_file_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    (tmp_path / "secret.svg").write_bytes(GOOD)
    (tmp_path / "api").mkdir()
    monkeypatch.chdir(tmp_path / "api")
    with pytest.raises(SpecloomError, match="leads elsewhere"):
        given.named({"icon": place}, tmp_path / "api" / "a.yaml", ReferenceScope())


def test_an_address_is_fetched_only_where_it_is_allowed_and_public(tmp_path: Path) -> None:
    block = {"icon": "https://127.0.0.1/icon.svg"}
    with pytest.raises(SpecloomError, match="not fetched"):
        given.named(block, tmp_path / "a.yaml", ReferenceScope())
    with pytest.raises(SpecloomError, match="cannot be reached"):
        given.named(block, tmp_path / "a.yaml", ReferenceScope(fetch=True))
    with pytest.raises(SpecloomError, match="no https URL"):
        given.read("http://example.com/icon.svg")


@pytest.mark.parametrize("block", [None, {}, {"icon": 7}, []])
def test_a_document_without_an_icon_names_none(tmp_path: Path, block: object) -> None:

    assert given.named(block, tmp_path / "a.yaml", ReferenceScope()) is None
