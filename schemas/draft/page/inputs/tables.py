"""Tables of inputs, of properties, of values, of statuses, of plans: told apart by their headers."""

from __future__ import annotations

import re
from typing import Literal

from msgspec.structs import replace

from specloom.schemas.draft.blocks import Row, Table
from specloom.schemas.draft.columns import Column, columns
from specloom.schemas.draft.facts import Cite, Field
from specloom.schemas.draft.page.inputs.facets import TYPE, TYPES, typed, with_facets
from specloom.schemas.draft.page.inputs.lines import name_of

Sort = Literal["fields", "statuses", "values", "plans", "headers", ""]

_YES = re.compile(r"(?i)(?:yes|true|required|y|✓|✔|✅|x|mandatory|always|●|\*)\b|[✓✔✅●*]|!\Z")
_NO = re.compile(r"(?i)(?:no|false|optional|n|-|–|—|✗|✘|❌|none)?\Z|no\b|optional\b|false\b")
WHOLE = "*"
"""The name of an input that is the whole body, of a type that the page describes elsewhere."""
PLACES = {
    "path": "path",
    "url": "path",
    "uri": "path",
    "query": "query",
    "querystring": "query",
    "header": "header",
    "headers": "header",
    "cookie": "cookie",
    "body": "body",
    "formdata": "body",
    "form": "body",
    "json": "body",
}
_NESTED = re.compile(r"^(?:(?:»|›|→|↳|└|├|─|-{1,2}>|&nbsp;|\u00a0|>|•)\s*)+")
_FUSED_DEFAULT = re.compile(r"([A-Za-z_][\w.\-\[\]]*?)\s*[Dd]efault:\s*(.+)\Z")


def sort_of(table: Table) -> Sort:
    kinds = columns(table.header)
    if not any(kinds):
        return _sort_without_header(table)
    if kinds[0] == "status" or ("status" in kinds and "name" not in kinds):
        return "statuses"
    if "plan" in kinds and len(kinds) > 1:
        return "plans"
    if kinds[0] == "name" and "value" in kinds and len(kinds) == 2:
        return "values" if "type" not in kinds else "fields"
    if (
        kinds[0] == "name"
        and re.match(r"(?i)header", table.header[0])
        and set(kinds) <= {"name", "description", "value", "example"}
    ):
        return "headers"
    if "name" in kinds and (kinds[0] == "name" or {"type", "required"} & set(kinds)):
        return "fields" if len(kinds) > 1 else ""
    return ""


def _sort_without_header(table: Table) -> Sort:
    rows = table.rows
    typed_rows = sum(1 for row in rows if len(row.cells) > 1 and name_of(row.cells[0]) and _has_type(row.cells[1:]))
    if rows and typed_rows * 2 >= len(rows):
        return "fields"
    return "statuses" if rows and all(re.match(r"[1-5]\d\d\b", row.cells[0]) for row in rows) else ""


def _has_type(cells: tuple[str, ...]) -> bool:
    return any((found := TYPE.match(cell.strip())) and found.end() >= min(len(cell.strip()), 4) for cell in cells[:2])


def fields_of(table: Table, file: str, place: str) -> list[Field]:
    """The rows as inputs of `place` ('' where only the rows tell), nested ones under their parents."""
    kinds = columns(table.header)
    found: list[Field] = []
    parents: list[tuple[int, str]] = []
    for row in table.rows:
        field = _field(row, kinds, file, place)
        if field is None:
            continue
        depth = _depth(row.cells[kinds.index("name") if "name" in kinds else 0])
        while parents and parents[-1][0] >= depth:
            parents.pop()
        if depth and parents:
            field = replace(field, name=f"{parents[-1][1]}.{field.name}")
        parents.append((depth, f"{field.name}[]" if field.type == "array" else field.name))
        found.append(field)
    return _without_body(found)


def _without_body(fields: list[Field]) -> list[Field]:
    """A row that stands for the whole body is no property of it: those below it are."""
    body = [field for field in fields if field.place == "body"]
    tops = [field for field in body if "." not in field.name]
    if len(tops) != 1 or (
        len(body) == 1
        and (tops[0].name != "body" or tops[0].type in ("string", "integer", "number", "boolean", "file"))
    ):
        return fields
    prefix = re.compile(rf"{re.escape(tops[0].name)}(?:\[\])?\.")
    kept = [
        replace(field, name=prefix.sub("", field.name, count=1)) if field.place == "body" else field
        for field in fields
        if field is not tops[0]
    ]
    return [field for field in kept if field.name]


def _depth(cell: str) -> int:
    mark = _NESTED.match(cell.strip())
    return len(re.findall(r"»|›|→|↳|└|├|-{1,2}>|&nbsp;|\u00a0|>|•", mark[0])) if mark else 0


def _field(row: Row, kinds: list[Column | None], file: str, place: str) -> Field | None:
    cells = dict[Column, str]()
    for index, cell in enumerate(row.cells):
        kind = kinds[index] if index < len(kinds) else None
        if kind and kind not in cells:
            cells[kind] = cell.strip()
    if not any(kinds):
        return _bare_row(row, file, place)
    shown = _NESTED.sub("", cells.get("name", "").strip())
    fused = _FUSED_DEFAULT.match(shown)
    name, marks = name_of(fused[1] if fused else shown), shown
    if not name:
        return None
    field = Field(name=name, cite=Cite(file, row.line), place=PLACES.get(_key(cells.get("place", "")), "") or place)
    if _key(cells.get("place", "")) and not field.place:
        field = replace(field, place=place)
    field = typed(field, cells.get("type", "")) if cells.get("type") else field
    if not field.type and (named := re.fullmatch(r"\[?([A-Za-z][\w.\-]*)\]?(?:\([^)]*\))?", cells.get("type", ""))):
        field = replace(field, schema=named[1])
    if not field.type and (inner := re.search(rf"\(\s*({'|'.join(TYPES)})\b", marks, re.I)):
        field = typed(field, inner[1])
    field = replace(
        field,
        required=_required(cells, marks),
        description=_prose(cells.get("description", "")),
        deprecated="deprecated" in (marks + cells.get("type", "")).lower(),
    )
    words = [cells.get("description", ""), cells.get("limits", ""), *re.findall(r"\([^()]*\)", cells.get("type", ""))]
    if fused:
        field = with_facets(field, f"Default: `{fused[2].strip('`')}`")
    default = cells.get("default", "").strip('`" ')
    if default and not re.fullmatch(r"(?i)-+|—|–|none|n/?a|null|required|no default", default):
        field = with_facets(field, f"Default: `{default}`")
    if cells.get("value"):
        words.append(
            f"one of: {cells['value']}" if not re.match(r"(?i)\d|one of|any", cells["value"]) else cells["value"]
        )
    for text in words:
        field = with_facets(field, text) if text else field
    return field


def _key(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def _bare_row(row: Row, file: str, place: str) -> Field | None:
    """A row of a table without a header: name (with marks), type, description in whatever order."""
    name = name_of(row.cells[0])
    if not name:
        return None
    rest = " ".join(row.cells[1:])
    field = typed(Field(name=name, cite=Cite(file, row.line), place=place), rest)
    told = re.search(r"(?i)\brequired\b|\*\s*$", " ".join(row.cells[:2])) or re.match(
        r"(?i)\W*required\b(?! (?:if|when|for))", row.cells[-1]
    )
    optional = re.search(r"(?i)\boptional\b", " ".join(row.cells[:2])) or re.match(r"(?i)\W*optional\b", row.cells[-1])
    required = True if told else False if optional else None
    described = re.sub(rf"^\s*(?:{TYPE.pattern})", "", rest, count=1, flags=re.I) if field.type else rest
    words = _prose(described)
    return with_facets(with_facets(replace(field, required=required, description=words), words), rest)


def _required(cells: dict[Column, str], marks: str) -> bool | None:
    told = cells.get("required")
    if told is not None and told.strip("` "):
        told = told.strip("` ")
        return not _NO.match(told) and bool(_YES.match(told)) if not re.match(r"(?i)conditional", told) else None
    for text in (marks, cells.get("type", ""), cells.get("description", "")[:60]):
        if re.search(r"(?i)\boptional\b", text):
            return False
        if re.search(
            r"(?i)\brequired\b(?! (?:if|when|for|unless|only))(?!.*\bnot required)|\*\s*$|\*\*\s*$", text
        ) and not re.search(r"(?i)not required", text):
            return True
    return False if "required" in cells else None


def _prose(text: str) -> str:
    return re.sub(
        r"\s+", " ", re.sub(r"(?i)^\s*(?:\(?\s*(?:required|optional)\s*\)?[.:,\-–—]*\s*)+(?=\w)", "", text)
    ).strip(" -–—")
