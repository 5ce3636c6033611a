"""What a call does and to what, by method and path."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from specloom.generator.n8n.node.steps import groups
from specloom.schemas.model import Service
from specloom.schemas.naming.nouns import plural, singular, with_article
from specloom.schemas.naming.rest import rest_names
from tests.schemas.naming.agreement import agreements

NAMES = {
    "GET /api/v2/tasks": ("Task", "Get Many", "Get Many Tasks"),
    "POST /tasks": ("Task", "Create", "Create a Task"),
    "GET /tasks/{task_id}": ("Task", "Get", "Get a Task"),
    "PATCH /issues/{number}.json": ("Issue", "Update", "Update an Issue"),
    "DELETE /V1/products/{sku}": ("Product", "Delete", "Delete a Product"),
    "POST /orders/{id}/cancel": ("Order", "Cancel", "Cancel an Order"),
    "POST /order/{orderId}/ship": ("Order", "Ship", "Ship an Order"),
    "PUT /me/player/volume": ("Player", "Set Volume", "Set Volume of a Player"),
    "GET /artists/{id}/top-tracks": ("Artist", "Get Top Tracks", "Get Top Tracks of an Artist"),
    "GET /tasks/{id}/subtasks": ("Subtask", "Get Many", "Get Many Subtasks"),
    "POST /tasks/{id}/addTag": ("Task Tag", "Add", "Add a Task Tag"),
    "GET /conversations.list": ("Conversation", "Get Many", "Get Many Conversations"),
    "POST /usergroups.setTopic": ("Usergroup", "Set Topic", "Set Topic of a Usergroup"),
    "GET /users/by-email/{email}": ("User", "Get by Email", "Get by Email of a User"),
    "GET /api/v1/namespaces/{ns}/services/{name}": ("Service", "Get", "Get a Service"),
    "GET /v1/balance": ("Balance", "Get", "Get a Balance"),
    "POST /checklists/{id}/checkItems": ("Check Item", "Create", "Create a Check Item"),
    "GET /companies/{id}/settings": ("Setting", "Get Many", "Get Many Settings"),
    "DELETE /v3/playlists": ("Playlist", "Delete", "Delete a Playlist"),
}
UNTOLD = [
    "POST /generate", "POST /v1/images/generations/status", "GET /music/status/{request_id}", "GET /music/audio/{file}", "GET /",
    "POST /tts", "POST /freeBusy", "HEAD /tasks",
]  # fmt: skip


@pytest.mark.parametrize("call", NAMES)
def test_by_the_ways_of_rest(call: str) -> None:
    method, _, path = call.partition(" ")
    (name,) = rest_names([("it", method, path)]).values()
    assert (name.collection, name.action) == NAMES[call][:2]
    assert name.phrase == NAMES[call][2]


@pytest.mark.parametrize("call", UNTOLD)
def test_paths_that_do_not_tell(call: str) -> None:
    method, _, path = call.partition(" ")
    assert rest_names([("it", method, path)]) == {}


def names(*calls: str) -> dict[str, tuple[str, str]]:
    found = rest_names([(call, call.partition(" ")[0], call.partition(" ")[2]) for call in calls])
    return {call: (found[call].collection, found[call].action) for call in calls if call in found}


def test_one_collection_below_several_others() -> None:
    assert names("GET /tasks", "POST /tasks", "GET /tasks/{id}", "GET /projects/{id}/tasks", "GET /sections/{id}/tasks") == {
        "GET /tasks": ("Task", "Get Many"), "POST /tasks": ("Task", "Create"), "GET /tasks/{id}": ("Task", "Get"),
        "GET /projects/{id}/tasks": ("Task", "Get Many by Project"),
        "GET /sections/{id}/tasks": ("Task", "Get Many by Section"),
    }  # fmt: skip


def test_what_is_added_to_and_removed_from_another() -> None:
    found = names(
        "GET /labels/{id}", "DELETE /labels/{id}", "POST /cards/{id}/labels", "DELETE /cards/{id}/labels/{label}"
    )
    assert [action for _, action in found.values()] == ["Get", "Delete", "Add to Card", "Remove From Card"]


def test_put_beside_patch_replaces() -> None:
    assert [action for _, action in names("PUT /things/{id}", "PATCH /things/{id}").values()] == ["Replace", "Update"]


WORDS = {"categories": "category", "addresses": "address", "boxes": "box", "statuses": "status", "Pull Requests": "Pull Request", "people": "person", "portfolios": "portfolio", "TTS": "TTS", "news": "news", "APIs": "API"}  # fmt: skip


@pytest.mark.parametrize("many", WORDS)
def test_one_of_many(many: str) -> None:
    assert singular(many) == WORDS[many]


@pytest.mark.parametrize(("one", "many"), [("City", "Cities"), ("Box", "Boxes"), ("Key", "Keys"), ("Status", "Statuses"), ("Media", "Media")])  # fmt: skip
def test_many_of_one(one: str, many: str) -> None:
    assert plural(one) == many


@pytest.mark.parametrize(
    "told", ["an Issue", "a User", "an Hour", "a URL", "an SMS", "a European Union", "an Update", "a Unit"]
)
def test_articles(told: str) -> None:
    assert with_article(told.partition(" ")[2]) == told


OPERATION = "{{operationId: {id}, summary: {summary}, responses: {{'200': {{description: ok}}}}}}"


def described(**calls: tuple[str, str, str]) -> str:
    lines = ["paths:"]
    for name, (method, path, summary) in calls.items():
        lines += [f"  {path}:", f"    {method}: {OPERATION.format(id=name, summary=summary)}"]
    return "\n".join(lines)


def keys(service: Service) -> set[tuple[str, str]]:
    return {(group.key, step.key) for group in groups(service) for step in group.steps}


def test_keys_stay_when_the_document_grows_and_its_words_change(loaded: Callable[[str], Service]) -> None:
    first = {
        "addOne": ("post", "/boards/{id}/members", "Add a member"),
        "cancelIt": ("post", "/orders/{id}/cancel", "x"),
    }
    more = {"one": ("get", "/members/{id}", "Get a member"), "orders": ("get", "/orders", "List orders")}
    again = {name: (method, path, "Quite another title") for name, (method, path, _) in first.items()}
    before = keys(loaded(described(**first)))
    assert before < keys(loaded(described(**first, **more))) and before == keys(loaded(described(**again)))


def test_labels_of_a_group_differ(loaded: Callable[[str], Service]) -> None:
    calls = {
        f"call{number}": ("get", f"/{parent}/{{id}}/notes", "Get notes")
        for number, parent in enumerate(("users", "cards", "boards", "v2/boards"))
    }
    for group in groups(loaded(described(**calls))):
        labels = [step.name for step in group.steps]
        assert len(set(labels)) == len(labels)


def test_our_names_agree_with_those_that_people_gave() -> None:
    """May only get better; the goal is 80 % of the unseen half."""
    found = agreements()
    for unseen, least in ((False, 0.6), (True, 0.62)):
        half = [each for each in found if each.unseen is unseen]
        assert sum(each.agreed for each in half) / sum(each.compared for each in half) >= least
