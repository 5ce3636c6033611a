"""The files around the code: package.json, icons, codex."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from specloom.generator.n8n.credentials.emit import Credential
from specloom.generator.n8n.names import class_name
from specloom.generator.n8n.node.steps import ResourceGroup
from specloom.generator.n8n.package.codex import aliases, categories, subcategories
from specloom.generator.n8n.text import quiet
from specloom.schemas.model import Service

_EMAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_HTTPS = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9\-._~/%?&=+,;:@!$'()*#]*)?")


def package_name(service: Service) -> str:
    return f"n8n-nodes-{service.key}"


def homepage(service: Service) -> str:
    """The service's documentation, or the package's page on npm."""
    url = service.docs_url
    return url if _HTTPS.fullmatch(url) and len(url) < 300 else f"https://www.npmjs.com/package/{package_name(service)}"


def summary(service: Service) -> str:
    """What the node is for, in one line."""
    first = re.split(r"(?<=[.!?])\s", quiet(service.description, 240))[0].rstrip(".")
    return first or f"Consume the {quiet(service.title, 60) or service.key} API"


def manifest(service: Service, version: str, credentials: Sequence[Credential], nodes: Sequence[str]) -> dict[str, Any]:
    """package.json of the package, with n8n's block."""
    title = quiet(service.title, 60) or service.key
    folder = class_name(service.key)
    return {
        "name": package_name(service),
        "version": version,
        "description": f"n8n node for {title}: {summary(service)}",
        "license": "MIT",
        "homepage": homepage(service),
        "keywords": ["n8n-community-node-package", service.key],
        **_published(service, title),
        "scripts": {
            "build": "n8n-node build",
            "build:watch": "tsc --watch",
            "dev": "n8n-node dev",
            "lint": "n8n-node lint",
            "lint:fix": "n8n-node lint --fix",
            "release": "n8n-node release",
            "prepublishOnly": "n8n-node prerelease",
        },
        "files": ["dist"],
        "n8n": {
            "n8nNodesApiVersion": 1,
            "strict": True,
            "credentials": [f"dist/credentials/{c.class_name}.credentials.js" for c in credentials],
            "nodes": [f"dist/nodes/{folder}/{name}.node.js" for name in nodes],
        },
        "devDependencies": {
            "@n8n/node-cli": "*",
            "eslint": "9.29.0",
            "prettier": "3.6.2",
            "release-it": "^19.0.4",
            "typescript": "5.9.2",
        },
        "peerDependencies": {"n8n-workflow": "*"},
    }


def _published(service: Service, title: str) -> dict[str, Any]:
    """Who publishes the package, and from where. npm and n8n compare it with the account and the repository."""
    given = service.owner
    address = given.email if _EMAIL.fullmatch(given.email) else service.contact
    email = address if _EMAIL.fullmatch(address) else "maintainers@example.com"
    found: dict[str, Any] = {
        "author": {"name": quiet(given.author, 100) or f"The maintainers of the {title} node", "email": email}
    }
    if given.repository and _HTTPS.fullmatch(given.repository):
        bugs = given.bugs if _HTTPS.fullmatch(given.bugs) else f"{given.repository.removesuffix('.git')}/issues"
        found["repository"] = {"type": "git", "url": f"git+{given.repository.removesuffix('.git')}.git"}
        found["bugs"] = {"url": bugs}
    return found


TSCONFIG: dict[str, Any] = {
    "compilerOptions": {
        "strict": True,
        "module": "commonjs",
        "moduleResolution": "node",
        "target": "es2019",
        "lib": ["es2019", "es2020", "es2022.error"],
        "removeComments": True,
        "useUnknownInCatchVariables": False,
        "forceConsistentCasingInFileNames": True,
        "noImplicitAny": True,
        "noImplicitReturns": True,
        "noUnusedLocals": True,
        "strictNullChecks": True,
        "preserveConstEnums": True,
        "esModuleInterop": True,
        "resolveJsonModule": True,
        "declaration": True,
        "sourceMap": True,
        "skipLibCheck": True,
        "outDir": "./dist/",
    },
    "include": ["credentials/**/*", "nodes/**/*", "nodes/**/*.json", "package.json"],
}


def codex(service: Service, name: str, groups: Sequence[ResourceGroup]) -> dict[str, Any]:
    """Where n8n's node list shows the node, and the links of its help."""
    link = [{"url": homepage(service)}]
    listed = categories(service, groups)
    return {
        "node": f"{package_name(service)}.{name}",
        "nodeVersion": "1.0",
        "codexVersion": "1.0",
        "categories": listed,
        **subcategories(listed),
        "resources": {"credentialDocumentation": link, "primaryDocumentation": link},
        "alias": aliases(service, groups),
    }


def icon_files(service: Service, up: str) -> dict[str, str]:
    """The icon as a node or a credential names it; `up` leads from its file to the package."""
    return {"light": f"file:{up}icons/{service.key}.svg", "dark": f"file:{up}icons/{service.key}.dark.svg"}
