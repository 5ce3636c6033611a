"""Pages, by what parameters and replies are called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.schemas.infer.documents import NUMBER, TEXT, THING, block, listed, obj, operation, proposed
from tests.schemas.infer.documents import path as path_parameter

ROWS = obj(data=listed(THING))
TABLE: dict[str, tuple[Any, Any, dict[str, Any], bool]] = {
    "page and size, a bare list": ({"page": NUMBER, "per_page": NUMBER}, listed(THING), {"style": "page", "parameter": "page", "size_parameter": "per_page", "items": "$response.body#"}, True),
    "page in an envelope": ({"pageNumber": NUMBER, "pageSize": NUMBER}, ROWS, {"style": "page", "parameter": "pageNumber", "size_parameter": "pageSize", "items": "$response.body#/data"}, True),
    "page with a flag": ({"page": NUMBER}, obj(items=listed(THING), has_more={"type": "boolean"}), {"style": "page", "parameter": "page", "more": "$response.body#/has_more", "items": "$response.body#/items"}, True),
    "offset and limit": ({"offset": NUMBER, "limit": NUMBER}, ROWS, {"style": "offset", "parameter": "offset", "size_parameter": "limit", "items": "$response.body#/data"}, True),
    "a start that may count from one": ({"start": NUMBER, "limit": NUMBER}, ROWS, {"style": "offset", "parameter": "start", "size_parameter": "limit", "items": "$response.body#/data"}, False),
    "a page that is a text": ({"page": TEXT, "limit": NUMBER}, ROWS, {"style": "page", "parameter": "page", "size_parameter": "limit", "items": "$response.body#/data"}, False),
    "a page that is a cursor": ({"page": TEXT, "limit": NUMBER}, obj(data=listed(THING), next_page=TEXT), {"style": "cursor", "parameter": "page", "next": "$response.body#/next_page", "size_parameter": "limit", "items": "$response.body#/data"}, True),
    "cursor": ({"cursor": TEXT, "limit": NUMBER}, obj(data=listed(THING), next_cursor=TEXT), {"style": "cursor", "parameter": "cursor", "next": "$response.body#/next_cursor", "size_parameter": "limit", "items": "$response.body#/data"}, True),
    "page token": ({"pageToken": TEXT}, obj(files=listed(THING), nextPageToken=TEXT), {"style": "cursor", "parameter": "pageToken", "next": "$response.body#/nextPageToken", "items": "$response.body#/files"}, True),
    "a cursor in its own object": ({"after": TEXT}, obj(data=listed(THING), paging=obj(cursors=obj(after=TEXT))), {"style": "cursor", "parameter": "after", "next": "$response.body#/paging/cursors/after", "items": "$response.body#/data"}, True),
    "the last element's id": ({"starting_after": TEXT}, obj(data=listed(THING), has_more={"type": "boolean"}), {"style": "cursor", "parameter": "starting_after", "next": "$item#/id", "more": "$response.body#/has_more", "items": "$response.body#/data"}, True),
    "a number that the reply gives": ({"start": NUMBER}, obj(data=listed(THING), isLastPage={"type": "boolean"}, nextPageStart=NUMBER), {"style": "cursor", "parameter": "start", "next": "$response.body#/nextPageStart", "last": "$response.body#/isLastPage", "items": "$response.body#/data"}, True),
    "a cursor under its own name": ({"from": TEXT}, obj(data=listed(THING), page=obj(more={"type": "object", "properties": {"from": TEXT}})), {"style": "cursor", "parameter": "from", "next": "$response.body#/page/more/from", "items": "$response.body#/data"}, True),
    "a total": ({"page": NUMBER, "limit": NUMBER}, obj(data=listed(THING), meta=obj(total_count=NUMBER)), {"style": "page", "parameter": "page", "size_parameter": "limit", "total": "$response.body#/meta/total_count", "items": "$response.body#/data"}, True),
    "a count of pages": ({"page": NUMBER, "limit": NUMBER}, obj(data=listed(THING), page=NUMBER, total_pages=NUMBER), {"style": "page", "parameter": "page", "size_parameter": "limit", "pages": "$response.body#/total_pages", "current": "$response.body#/page", "items": "$response.body#/data"}, True),
    "a link in an object": ({}, obj(data=listed(THING), _links=obj(next=obj(href=TEXT))), {"style": "link", "next": "$response.body#/_links/next/href", "items": "$response.body#/data"}, True),
    "a link in the reply": ({"q": TEXT}, obj(results=listed(THING), next={"type": "string", "format": "uri"}), {"style": "link", "next": "$response.body#/next", "items": "$response.body#/results"}, True),
    "a link with a mark that nothing else gives, beside a number": ({"Page": NUMBER, "PageSize": NUMBER, "PageToken": TEXT}, obj(rows=listed(THING), meta=obj(page=NUMBER, next_page_url={"type": "string", "format": "uri"})), {"style": "link", "next": "$response.body#/meta/next_page_url", "size_parameter": "PageSize", "items": "$response.body#/rows"}, True),
    "a number beside links": ({"page": NUMBER}, obj(results=listed(THING), count=NUMBER, next={"type": "string", "format": "uri"}), {"style": "page", "parameter": "page", "more": "$response.body#/next", "items": "$response.body#/results"}, True),
    "an iterator": ({"iterator": TEXT, "limit": NUMBER}, obj(data=listed(THING), done={"type": "boolean"}, iterator=TEXT, prevIterator=TEXT), {"style": "cursor", "parameter": "iterator", "next": "$response.body#/iterator", "size_parameter": "limit", "items": "$response.body#/data"}, True),
    "an offset that is a mark": ({"offset": TEXT}, obj(records=listed(THING), offset=TEXT), {"style": "cursor", "parameter": "offset", "next": "$response.body#/offset", "items": "$response.body#/records"}, True),
    "a next that may be an address": ({"cursor": TEXT}, obj(results=listed(THING), next=TEXT, previous=TEXT), {"style": "cursor", "parameter": "cursor", "next": "$response.body#/next", "items": "$response.body#/results"}, False),
    "a next that is said to be a mark": ({"cursor": TEXT}, obj(results=listed(THING), next={"type": "string", "description": "Cursor of the next page"}, previous=TEXT), {"style": "cursor", "parameter": "cursor", "next": "$response.body#/next", "items": "$response.body#/results"}, True),
    "a next that is said to be an address": ({"cursor": TEXT}, obj(results=listed(THING), next={"type": "string", "description": "URL of the next page"}, previous=TEXT), {"style": "link", "next": "$response.body#/next", "items": "$response.body#/results"}, True),
    "a record with a list that is named for the path": ({"page": NUMBER}, obj(id=TEXT, name=TEXT, best_things=listed(THING), has_next={"type": "boolean"}), {"style": "page", "parameter": "page", "more": "$response.body#/has_next", "items": "$response.body#/best_things"}, True),
    "a record's own list": ({"page": NUMBER}, obj(id=TEXT, tags=listed(TEXT)), {"style": "page", "parameter": "page", "items": "$response.body#/tags"}, False),
    "a list in a record's object": ({"page": NUMBER}, obj(id=TEXT, scan=obj(findings=listed(THING))), {"style": "page", "parameter": "page", "items": "$response.body#/scan/findings"}, False),
    "odata": ({}, {"type": "object", "properties": {"value": listed(THING), "@odata.nextLink": TEXT}}, {"style": "link", "next": "$response.body#/@odata.nextLink", "items": "$response.body#/value"}, True),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_pages(name: str, tmp_path: Path) -> None:
    inputs, reply, expected, certain = TABLE[name]
    found = proposed(tmp_path, {"/things": {"get": operation(reply, inputs=inputs)}}, "pagination")
    assert block(found, "pagination") == expected and found[0].certain is certain and found[0].reason


def test_a_link_header(tmp_path: Path) -> None:
    get = operation(listed(THING))
    get["responses"]["200"]["headers"] = {"Link": {"schema": TEXT}}
    found = proposed(tmp_path, {"/things": {"get": get}}, "pagination")
    assert block(found, "pagination") == {"style": "link", "items": "$response.body#"} and found[0].certain


NOTHING = {
    "no list": ({"page": NUMBER}, obj(id=TEXT)),
    "which list": ({"page": NUMBER}, obj(cats=listed(THING), dogs=listed(THING))),
    "a cursor that nobody gives": ({"cursor": TEXT}, ROWS),
    "a book's page": ({"page": {"type": "array", "items": NUMBER}}, ROWS),
    "pages of a choice": ({"page": {"type": "string", "enum": ["front", "back"]}}, ROWS),
    "news since an element": ({"since_id": TEXT}, listed(THING)),
    "nothing to turn": ({"q": TEXT}, ROWS),
}


@pytest.mark.parametrize("name", NOTHING)
def test_no_pages(name: str, tmp_path: Path) -> None:
    inputs, reply = NOTHING[name]
    assert proposed(tmp_path, {"/things": {"get": operation(reply, inputs=inputs)}}, "pagination") == []


def test_what_is_declared_is_left_alone(tmp_path: Path) -> None:
    told = {"pagination": {"style": "offset", "parameter": "page", "items": "$response.body#"}}
    get = operation(listed(THING), inputs={"page": NUMBER}) | {"x-specloom": told}
    assert proposed(tmp_path, {"/things": {"get": get}}, "pagination") == []
    assert (
        proposed(tmp_path, {"/things": {"post": operation(listed(THING), inputs={"page": NUMBER})}}, "pagination") == []
    )


def test_a_record_that_links_to_the_next_record_is_no_list(tmp_path: Path) -> None:
    reply = obj(data=obj(id=TEXT, tags=listed(TEXT)), meta=obj(links=obj(next={"type": "string", "format": "uri"})))
    get = operation(reply, parameters=[path_parameter("id")])
    assert not [p for p in proposed(tmp_path, {"/things/{id}": {"get": get}}, "pagination") if p.certain]


DIALECTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "x-ms-pageable": ({"nextLinkName": "nextLink", "itemName": "data"}, {"style": "link", "items": "$response.body#/data", "next": "$response.body#/nextLink"}),
    "x-speakeasy-pagination": ({"type": "cursor", "inputs": [{"name": "page", "in": "parameters", "type": "cursor"}, {"name": "n", "in": "parameters", "type": "limit"}], "outputs": {"results": "$.data", "nextCursor": "$.meta.next"}}, {"style": "cursor", "parameter": "page", "size_parameter": "n", "items": "$response.body#/data", "next": "$response.body#/meta/next"}),
    "x-fern-pagination": ({"offset": "$request.page", "results": "$response.data"}, {"style": "page", "parameter": "page", "items": "$response.body#/data"}),
}  # fmt: skip


@pytest.mark.parametrize("name", DIALECTS)
def test_other_dialects(name: str, tmp_path: Path) -> None:
    told, expected = DIALECTS[name]
    get = operation(ROWS, inputs={"page": NUMBER, "n": NUMBER}) | {name: told}
    found = proposed(tmp_path, {"/things": {"get": get}}, "pagination")
    assert block(found, "pagination") == expected and found[0].confidence == 1


@pytest.mark.parametrize(
    "told",
    [
        5,
        [],
        {"nextLinkName": 3},
        {"inputs": [7], "outputs": {"results": "$..data[?@.x]"}},
        {"outputs": []},
        {"results": {}},
    ],
)
@pytest.mark.parametrize("name", DIALECTS)
def test_broken_dialects_are_no_dialects(name: str, told: Any, tmp_path: Path) -> None:
    found = proposed(tmp_path, {"/things": {"get": operation(ROWS) | {name: told}}}, "pagination")
    assert found == []


def test_a_search_sent_as_post_has_its_cursor_in_the_body(tmp_path: Path) -> None:
    told = {"type": "object", "properties": {"query": TEXT, "cursor": TEXT}}
    post = operation(obj(data=listed(THING), next_cursor=TEXT))
    post |= {"operationId": "searchThings", "requestBody": {"content": {"application/json": {"schema": told}}}}
    found = proposed(tmp_path, {"/search": {"post": post}}, "pagination")
    expected = {"style": "cursor", "parameter": "cursor", "next": "$response.body#/next_cursor"}
    assert block(found, "pagination") == {**expected, "items": "$response.body#/data"} and found[0].certain


LISTS = {
    "in data": ("/things", obj(data=listed(THING), object=TEXT), "$response.body#/data"),
    "named for the path": ("/v1/birds", obj(birds=listed(THING), took=NUMBER), "$response.body#/birds"),
    "a record": ("/things/{id}", obj(id=TEXT, things=listed(THING)), ""),
    "a list among others": ("/stats", obj(cats=listed(THING), dogs=listed(THING)), ""),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_without_pages(name: str, tmp_path: Path) -> None:
    path, reply, items = LISTS[name]
    found = proposed(tmp_path, {path: {"get": operation(reply)}}, "list")
    assert [block([one], "result") for one in found] == ([{"type": "none", "items": items}] if items else [])
    assert all(one.certain for one in found)
