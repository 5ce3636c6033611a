"""`specloom schema`."""

from __future__ import annotations

import json

import click


@click.command()
def schema() -> None:
    """Print a JSON Schema of OpenAPI 3.1 documents with `x-specloom` in its places, for completion in editors.

    VS Code (YAML extension): "yaml.schemas": {"specloom.schema.json": "*.openapi.yaml"}. JetBrains: Settings >
    Languages & Frameworks > Schemas and DTDs > JSON Schema Mappings.

    \b
    Examples:
      specloom schema > specloom.schema.json
    """
    from specloom.schemas.editor_schema import editor_schema

    click.echo(json.dumps(editor_schema(), indent=2, ensure_ascii=False))
