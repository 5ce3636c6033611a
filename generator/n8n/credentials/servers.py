"""Where the service is: the credential's address fields, and the one base URL they make."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from msgspec import Struct

from specloom.generator.n8n.fields.scalars import Property
from specloom.generator.n8n.names import parameter_name
from specloom.generator.n8n.text import help_text, label, plain
from specloom.schemas.model import Server, ServerVariable, Service

BASE_URL = "baseUrl"
_SAFE_TEXT = re.compile(r"[A-Za-z0-9\-._~:/@%+]*")
_WHOLE_HOST = re.compile(r"(?:^|://)\{(?P<name>[^{}]+)\}(?::\d+)?(?:/|$)")


class Address(Struct, frozen=True):
    """`properties` of the credential; `template`: the URL in parts, each a text or {field, default}; `required`:
    the user must say the whole base URL. `expression` is the same for n8n's declarative requests."""

    properties: tuple[Property, ...]
    template: tuple[str | dict[str, str], ...]
    required: bool
    expression: str


def address(service: Service) -> Address:
    """The address fields of a service's credential."""
    server = service.servers[0] if service.servers else Server(url="")
    template, properties = _template(server)
    required = not template
    properties = [] if required else [*_choice(service.servers), *properties]
    properties.append(_base_url(service, server, required=required))
    return Address(tuple(properties), tuple(template), required, _expression(template, len(service.servers)))


def _template(server: Server) -> tuple[list[str | dict[str, str]], list[Property]]:
    """Parts of the URL and a property per variable; nothing where only the user can know the address."""
    if "://" not in server.url or len(server.url) > 1000 or _unknown_host(server):
        return [], []
    parts: list[str | dict[str, str]] = []
    properties: list[Property] = []
    variables = {v.name: v for v in server.variables}
    for piece in re.split(r"(\{[^{}]*\})", server.url.rstrip("/")):
        if piece.startswith("{") and piece[1:-1] in variables:
            variable = variables[piece[1:-1]]
            name = parameter_name(f"server_{variable.name}")
            parts.append({"field": name, "default": plain(variable.default, 200)})
            if all(p["name"] != name for p in properties):
                properties.append(_variable(variable, name))
        elif _SAFE_TEXT.fullmatch(piece):
            parts.append(piece) if piece else None
        else:
            return [], []
    return parts, properties


def _unknown_host(server: Server) -> bool:
    """A variable without a default that is the whole host: then the scheme and the path are better asked with it."""
    defaults = {variable.name: variable.default for variable in server.variables}
    return any(not defaults.get(found.group("name")) for found in _WHOLE_HOST.finditer(server.url))


def _variable(variable: ServerVariable, name: str) -> Property:
    display = label(variable.name)
    text = help_text(variable.description, variable.inferred, name=display)
    found: Property = {"displayName": display, "name": name}
    safe = [choice for choice in variable.choices if _SAFE_TEXT.fullmatch(choice) and len(choice) < 200]
    if safe:
        found |= {"type": "options", "options": [{"name": plain(c, 60) or "[Empty]", "value": c} for c in safe]}
        found["default"] = variable.default if variable.default in safe else safe[0]
    else:
        default = variable.default if _SAFE_TEXT.fullmatch(variable.default) and len(variable.default) < 200 else ""
        found |= {"type": "string", "default": default}
        found |= {} if default else {"required": True}
    return {**found, "description": text} if text else found


def _choice(servers: Sequence[Server]) -> list[Property]:
    """Several fixed addresses, such as production and sandbox."""
    fixed = [s for s in servers if s.base_url and not s.variables]
    if len(fixed) < 2 or fixed[0] is not servers[0]:
        return []
    options = [
        {"name": label(s.description, s.base_url) if s.description else s.base_url, "value": s.base_url} for s in fixed
    ]
    return [{"displayName": "Server", "name": "server", "type": "options", "options": options,
             "default": fixed[0].base_url}]  # fmt: skip


def _base_url(service: Service, server: Server, *, required: bool) -> Property:
    pattern = re.sub(r"\{([^{}]*)\}", lambda m: f"your-{re.sub(r'[^a-z0-9]+', '-', m.group(1).lower())}", server.url)
    pattern = pattern if "://" in pattern else "https://api.example.com"
    known = [f"{v.description}" for v in server.variables if required and v.description]
    notes = [f"Not documented by {plain(service.title, 60)}: {v.inferred}" for v in server.variables
             if required and v.inferred]  # fmt: skip
    if required:
        text = help_text(f"Address of the API, such as {pattern}", *known, *notes)
    else:
        usual = service.base_url or pattern
        text = help_text(f"Leave empty for {usual}", "Fill in another address to use a proxy or a test server")
    return {
        "displayName": "Base URL",
        "name": BASE_URL,
        "type": "string",
        **({"required": True} if required else {}),
        "default": "",
        "placeholder": f"e.g. {plain(pattern, 120)}",
        **({"description": text} if text else {}),
    }


def _expression(template: Sequence[str | dict[str, str]], servers: int) -> str:
    """The base URL as an n8n expression. Its texts are our own or of harmless characters only (`_SAFE_TEXT`)."""
    usual = " + ".join(_operand(part) for part in template) or '""'
    chosen = "$credentials.server || " if servers > 1 else ""
    return f'={{{{ ($credentials.baseUrl || {chosen}{usual}).trim().replace(/[/]+$/, "") }}}}'


def _operand(part: str | dict[str, str]) -> str:
    if isinstance(part, str):
        return json.dumps(part)
    default = part["default"] if _SAFE_TEXT.fullmatch(part["default"]) else ""
    return f"($credentials.{part['field']} || {json.dumps(default)})"
