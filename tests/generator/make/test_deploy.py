"""`specloom deploy make` against a local stand-in of Make's API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specloom.generator.cli.deploy import deploy
from specloom.generator.make.deploy import api_client
from specloom.generator.make.deploy.deployment import Deployment
from specloom.generator.make.emit import emit
from specloom.generator.platforms import EmitOptions
from specloom.schemas.model import Service
from specloom.schemas.problems import SpecloomError
from tests import SHOWCASE
from tests.platforms.make_api import TOKEN, MakeApi
from tests.support.make_services import featured, service


@pytest.fixture
def api() -> Iterator[MakeApi]:
    with MakeApi() as api:
        yield api


def command(api: MakeApi | None, *arguments: str, token: str = TOKEN) -> Result:
    environment = {"MAKE_API_TOKEN": token, "MAKE_ZONE": api.zone if api else "eu1.make.com"}
    return CliRunner().invoke(deploy, ["make", *arguments], env=environment)


def put(api: MakeApi, made: Service, *, app: str = "") -> Deployment:
    there = api_client.Zone(api.zone, TOKEN, tell=lambda text: None, sleep=lambda seconds: None)
    deployment = Deployment(there, made, emit(made, EmitOptions()).files, app=app)
    deployment.run(lambda text: None)
    return deployment


def test_a_new_app_is_all_there(api: MakeApi) -> None:
    result = command(api, "tengrai")
    assert result.exit_code == 0, result.output
    assert "Tengr.ai as tengrai-ab12cd" in result.output
    files = emit(service("tengrai"), EmitOptions()).files
    manifest = json.loads(files["makecomapp.json"])
    (app,) = api.apps.values()
    assert app.meta["private"] is True and app.meta["label"] == "Tengr.ai"
    assert json.loads(app.sections["base"]) == json.loads(files["general/base.iml.json"])
    assert json.loads(app.sections["groups"]) == json.loads(files["modules/groups.json"])
    assert app.sections["readme"] == files["README.md"].decode()
    assert set(api.of("modules")) == set(manifest["components"]["module"])
    for name, module in api.of("modules").items():
        assert module.meta["connection"] == "tengrai-ab12cd"
        path = manifest["components"]["module"][name]["codeFiles"]["communication"]
        assert json.loads(module.sections["api"]) == json.loads(files[path])


def test_a_second_run_changes_nothing(api: MakeApi) -> None:
    for made in (service("tengrai"), service("showcase"), featured()):
        assert put(api, made).created > 5
        api.calls.clear()
        again = put(api, made)
        assert api.writes == [] and (again.created, again.changed) == (0, 0) and again.same > 5


def test_a_second_run_changes_only_what_differs(api: MakeApi, tmp_path: Path) -> None:
    command(api, str(SHOWCASE))
    changed = tmp_path / "changed.yaml"
    changed.write_text(SHOWCASE.read_text().replace("name: Make a Picture", "name: Draw a Picture"))
    api.calls.clear()
    result = command(api, str(changed))
    assert "0 created, 2 changed" in result.output
    place = "/sdk/apps/showcase-ab12cd/1"
    assert api.writes == [("PUT", f"{place}/readme"), ("PATCH", f"{place}/modules/makePicture")]
    assert api.of("modules")["makePicture"].meta["label"] == "Draw a Picture"


def test_what_was_edited_or_broken_in_make_is_put_right(api: MakeApi) -> None:
    put(api, service("tuen"))
    api.of("modules")["generateImage"].sections["api"] = "{ // edited\n}"
    api.calls.clear()
    assert put(api, service("tuen")).changed == 1
    assert api.writes == [("PUT", "/sdk/apps/tuen-ab12cd/1/modules/generateImage/api")]


def test_webhooks_and_what_uses_them_go_by_makes_names(api: MakeApi) -> None:
    put(api, featured())
    hooks = {thing.meta["label"]: name for name, thing in api.of("webhooks").items()}
    modules = api.of("modules")
    assert modules["watchThingMade"].meta["webhook"] == hooks["Watch New Things"]
    assert api.of("webhooks")[hooks["Watch New Things"]].meta["connection"] == "featured-ab12cd"
    assert api.of("rpcs")["optionsListBare"].meta["connection"] == "featured-ab12cd"
    attach = api.of("webhooks")[hooks["Watch New Things"]].sections["attach"]
    assert json.loads(attach)["body"]["url"] == "{{webhook.url}}"


def test_what_the_document_lost_stays(api: MakeApi) -> None:
    put(api, service("showcase"))
    from msgspec.structs import replace

    smaller = replace(service("showcase"), operations=service("showcase").operations[1:])
    assert put(api, smaller).kept == ["module getAccount"]
    assert "getAccount" in api.of("modules")


def test_client_secrets_put_in_by_hand_stay(api: MakeApi) -> None:
    put(api, service("tuen"))
    (connection,) = api.of("connections").values()
    connection.sections["common"] = '{"clientSecret": "s"}'
    put(api, service("tuen"))
    assert connection.sections["common"] == '{"clientSecret": "s"}'


def test_a_dry_run_prints_the_calls_and_makes_none(api: MakeApi) -> None:
    result = command(None, "tuneforge", "--dry-run", token="")
    lines = [line for line in result.output.splitlines() if line.startswith(("POST", "PUT", "PATCH"))]
    assert lines[0].startswith("POST https://eu1.make.com/api/v2/sdk/apps {")
    assert any(
        line.startswith("PUT https://eu1.make.com/api/v2/sdk/apps/tuneforge/1/modules/generateMusic/api")
        for line in lines
    )
    assert "Would be: TuneForge" in result.output and TOKEN not in result.output

    put(api, service("tuneforge"))
    api.calls.clear()
    again = command(api, "tuneforge", "--dry-run")
    assert api.writes == [] and "0 created, 0 changed" in again.output and TOKEN not in again.output


def test_a_real_run_makes_the_calls_the_dry_run_printed(api: MakeApi) -> None:
    with MakeApi(suffix="") as plain:
        printed = command(plain, "tuen", "--dry-run").output.splitlines()
        told = [tuple(line.split(" ")[:2]) for line in printed if line.startswith(("POST", "PUT", "PATCH"))]
        put(plain, service("tuen"))
        assert [(m, p.removeprefix(f"http://{plain.zone}/api/v2")) for m, p in told] == plain.writes


def test_makes_rate_limit_is_waited_out(api: MakeApi) -> None:
    waited: list[float] = []
    told: list[str] = []
    api.failures = [(429, {"Retry-After": "7"}), (429, {})]
    there = api_client.Zone(api.zone, TOKEN, tell=told.append, sleep=waited.append)
    Deployment(there, service("tuen"), emit(service("tuen"), EmitOptions()).files).run(lambda text: None)
    assert waited == [7.0, 30.0] and told[0] == "Make's rate limit is reached: waiting 7 s"
    assert len(api.of("modules")) == 4


@pytest.mark.parametrize(
    ("arguments", "token", "words"),
    [
        (["tuen"], "", "MAKE_API_TOKEN is not set"),
        (["tuen"], "11111111-2222-4333-8444-555555555555", "MAKE_API_TOKEN is refused"),
        (["no-such-thing"], TOKEN, "no such file"),
        (["tuen", "--app", "other"], TOKEN, "there is no app 'other'"),
    ],
)
def test_errors_are_one_line(api: MakeApi, arguments: list[str], token: str, words: str) -> None:
    result = command(api, *arguments, token=token)
    assert isinstance(result.exception, SpecloomError)
    assert words in str(result.exception) and "\n" not in str(result.exception)


def test_makes_own_words_are_told(api: MakeApi) -> None:
    there = api_client.Zone(api.zone, TOKEN, tell=lambda text: None)
    with pytest.raises(
        SpecloomError, match=r"Make answers 400: Missing value of required parameter 'label'\.; look again"
    ):
        there.write("POST", "/sdk/apps", {"name": "abc"})


def test_several_apps_that_could_be_meant(api: MakeApi) -> None:
    put(api, service("tuen"))
    api.suffix = "-zz99zz"
    there = api_client.Zone(api.zone, TOKEN, tell=lambda text: None)
    there.write("POST", "/sdk/apps", {"name": "tuen", "label": "t", "theme": "t", "language": "en", "audience": "x"})
    with pytest.raises(SpecloomError, match="several apps could be meant: tuen-ab12cd, tuen-zz99zz"):
        put(api, service("tuen"))
    assert put(api, service("tuen"), app="tuen-ab12cd").changed == 0


@pytest.mark.parametrize("host", ["https://eu1.make.com", "eu1.make.com/x", "a b", "user@evil.example.com"])
def test_a_zone_is_a_host_and_nothing_else(host: str) -> None:
    with pytest.raises(SpecloomError, match="no host name"):
        api_client.Zone(host, TOKEN, tell=lambda text: None)


def test_the_token_goes_over_tls() -> None:
    assert api_client.Zone("eu1.make.com", TOKEN, tell=lambda text: None).base == "https://eu1.make.com/api/v2"
    assert api_client.Zone("127.0.0.1.example.com", TOKEN, tell=lambda text: None).base.startswith("https://")
