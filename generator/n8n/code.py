"""The node's own code, in TypeScript and in the JavaScript of the same thing: shells around data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from generator.n8n.credentials import Credential
from generator.n8n.render import filled, literal

Code = tuple[bytes, bytes]
"""TypeScript and JavaScript."""
_DEPTHS = {"ts": 2, "js": 3}
"""How far a description's entries are indented."""


def node(
    name: str,
    head: Mapping[str, Any],
    credentials: Sequence[Mapping[str, Any]],
    properties: Sequence[Mapping[str, Any]],
    resources: Sequence[Mapping[str, str]],
) -> Code:
    """The node's class. `resources`: identifier and file of each."""
    places = _description(name, head, credentials, properties)
    typescript, javascript = "\t\t\t...{identifier},\n", "\t\t\t\t...{identifier}_1.{identifier},\n"
    imported = "import {{ {identifier} }} from './resources/{file}';\n"
    required = 'const {identifier}_1 = require("./resources/{file}");\n'
    return (
        filled("node.ts", imports=_each(imported, resources), resources=_each(typescript, resources), **places["ts"]),
        filled("node.js", imports=_each(required, resources), resources=_each(javascript, resources), **places["js"]),
    )


def trigger(
    shell: str,
    name: str,
    head: Mapping[str, Any],
    credentials: Sequence[Mapping[str, Any]],
    properties: Sequence[Mapping[str, Any]],
) -> Code:
    """The class of a trigger; `shell` is poll or webhook."""
    places = _description(name, head, credentials, properties)
    return filled(f"{shell}.ts", **places["ts"]), filled(f"{shell}.js", **places["js"])


def resource(identifier: str, properties: Sequence[Mapping[str, Any]]) -> Code:
    """What the operations of one resource ask for."""
    text = literal(properties)  # made once for both
    return (
        filled("resource.ts", identifier=identifier, properties=text),
        filled("resource.js", identifier=identifier, properties=text),
    )


def credential(given: Credential, icon: Mapping[str, str], documentation: str) -> Code:
    """The class of a credential type."""
    values = {
        "name": given.name,
        "extends": given.extends,
        "display_name": given.display_name,
        "icon": icon,
        "documentation_url": documentation,
        "properties": given.properties,
        "authenticate": given.authenticate,
        "test": given.test,
    }
    optional = {
        "extends": "\n\textends = {};\n",
        "authenticate": "\n\tauthenticate: IAuthenticateGeneric = {};\n",
        "test": "\n\ttest: ICredentialTestRequest = {};\n",
    }
    types = [*(["IAuthenticateGeneric"] if given.authenticate else []), "Icon",
             *(["ICredentialTestRequest"] if given.test else []), "ICredentialType", "INodeProperties"]  # fmt: skip
    typescript = {key: literal(value, 1) for key, value in values.items()}
    javascript = {key: literal(value, 2) for key, value in values.items()}
    for key, line in optional.items():
        typescript[key] = line.format(typescript[key]) if values[key] else ""
        javascript[key] = f"\t\tthis.{key} = {javascript[key]};\n" if values[key] else ""
    return (
        filled("credential.ts", class_name=given.class_name, types=", ".join(types), **typescript),
        filled("credential.js", class_name=given.class_name, **javascript),
    )


def _description(
    name: str,
    head: Mapping[str, Any],
    credentials: Sequence[Mapping[str, Any]],
    properties: Sequence[Mapping[str, Any]],
) -> dict[str, dict[str, str]]:
    """What the shells of all nodes have places for, by language."""
    return {
        language: {
            "class_name": name,
            "head": _entries(head, depth),
            "credentials": _entries({"credentials": credentials} if credentials else {}, depth),
            "properties": "".join([f"{_tabs(depth + 1)}{literal(one, depth + 1)},\n" for one in properties]),
        }
        for language, depth in _DEPTHS.items()
    }


def _entries(values: Mapping[str, Any], depth: int) -> str:
    return "".join([f"{_tabs(depth)}{key}: {literal(value, depth)},\n" for key, value in values.items()])


def _each(line: str, values: Iterable[Mapping[str, str]]) -> str:
    return "".join([line.format(**value) for value in values])


def _tabs(depth: int) -> str:
    return "\t" * depth
