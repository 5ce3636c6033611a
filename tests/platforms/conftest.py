"""The real platforms as fixtures: installed when first needed, started once for the whole test run."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.platforms import n8n_lint, toolchain
from tests.platforms.n8n import N8n
from tests.platforms.zapier import Zapier

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "platforms: needs a real platform (gigabytes of npm packages)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("platforms")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failing test shows what n8n logged."""
    report = yield
    used = getattr(item, "funcargs", {}).get("n8n")
    if report.failed and isinstance(used, Servers) and used.server is not None:
        report.sections.append(("n8n log", used.server.log_text()[-6000:]))
    return report


class Servers:
    """Calling it with package folders gives the one running n8n, in which these packages are loaded.

    n8n reads its packages when it boots, so a package that is new costs a restart (5 s): ask for all at once.
    """

    def __init__(self) -> None:
        self.server: N8n | None = None

    def __call__(self, *packages: Path) -> N8n:
        if self.server is None:
            self.server = N8n()
        missing = [package for package in packages if package not in self.server.packages.values()]
        if missing:
            self.server.stop()
            for package in missing:
                self.server.install_package(package)
        self.server.start()
        return self.server


@contextlib.contextmanager
def _visible(request: pytest.FixtureRequest) -> Iterator[None]:
    """Lets an installation that takes minutes be seen while it runs."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        yield


@pytest.fixture(scope="session")
def n8n_dir(request: pytest.FixtureRequest) -> Path:
    """Where n8n is installed."""
    with _visible(request):
        return toolchain.install(toolchain.PROJECTS / "n8n")


@pytest.fixture(scope="session")
def n8n(n8n_dir: Path) -> Iterator[Servers]:
    """`n8n(package, …)`: the running n8n with these packages."""
    servers = Servers()
    yield servers
    if servers.server is not None:
        with servers.server:
            pass  # leaving stops it and removes its folder


@pytest.fixture(scope="session")
def n8n_tools(request: pytest.FixtureRequest) -> Path:
    """Where n8n's lint, build and scan are installed."""
    with _visible(request):
        return toolchain.install(toolchain.PROJECTS / "n8n-lint")


@pytest.fixture(scope="session")
def zapier(request: pytest.FixtureRequest) -> Iterator[Zapier]:
    with _visible(request):
        driver = Zapier()
    with driver:
        yield driver


@pytest.fixture(scope="session")
def example_package(n8n_tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hand-made n8n package, built by n8n's own tool."""
    folder = tmp_path_factory.mktemp("n8n-nodes-example")
    outcome = n8n_lint.build(FIXTURES / "n8n-nodes-example", folder)
    assert outcome.errors == []
    return folder
