"""The credential types as files: a class each, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from specloom.generator.n8n.credentials.emit import Credential
from specloom.generator.n8n.names import class_name
from specloom.generator.n8n.package.manifest import homepage, icon_files
from specloom.generator.n8n.package.render import both_languages, template
from specloom.schemas.model import Service


def credential_files(service: Service, creds: Sequence[Credential]) -> dict[str, bytes]:
    """The files by path."""
    files: dict[str, bytes] = {}
    for credential in creds:
        members = _members(service, credential)
        types = {"ICredentialType", *(type.removesuffix("[]") for _, type, _ in members if type)}
        types |= {"ICredentialDataDecryptedObject", "IDataObject", "IHttpRequestHelper"} if credential.token else set()
        values = {
            "class_name": credential.class_name, "members": members, "imports": sorted(types, key=str.lower),
            "token": credential.token, "folder": class_name(service.key),
        }  # fmt: skip
        path = f"credentials/{credential.class_name}.credentials"
        files |= both_languages(path, template("credential.ts", **values), template("credential.js", **values))
    return files


def _members(service: Service, credential: Credential) -> list[tuple[str, str, Any]]:
    """What a credential's class says: name, TypeScript type ('' where it is clear) and value of each."""
    all_of_them = (
        ("name", "", credential.name),
        ("extends", "", credential.extends or None),
        ("displayName", "", credential.display_name),
        ("icon", "Icon", icon_files(service, "../")),
        ("documentationUrl", "", homepage(service)),
        ("properties", "INodeProperties[]", credential.properties),
        ("authenticate", "IAuthenticateGeneric", credential.authenticate),
        ("test", "ICredentialTestRequest", credential.test),
    )
    return [member for member in all_of_them if member[2] is not None]
