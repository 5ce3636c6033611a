"""Markdown and HTML, as documentation tools take or make them."""

from __future__ import annotations

import html
import json

from specloom.schemas.draft import Text
from specloom.schemas.model import Service
from tests.draft.styles.base import HOST, PLACES, choices, curl, inputs, kind, name, reply, title, url, words


def mintlify_mdx(service: Service) -> list[Text]:
    made = []
    for operation in service.operations:
        lines = [
            "---",
            f'title: "{title(operation)}"',
            f'api: "{operation.method} {url(operation)}"',
            "---",
            "",
            operation.description or "",
            "",
        ]
        for place, heading in PLACES:
            if inputs(operation, place):
                lines += [f"### {heading}", ""]
            for field in inputs(operation, place):
                default = f' default="{field.default}"' if isinstance(field.default, str) else ""
                lines += [
                    f'<ParamField {place}="{name(field)}" type="{kind(field)}"{default}{" required" if field.required else ""}>',
                    f"  {words(field)}",
                    "</ParamField>",
                    "",
                ]
        lines += [
            "<RequestExample>",
            "",
            "```bash cURL",
            curl(operation),
            "```",
            "",
            "</RequestExample>",
            "",
            "<ResponseExample>",
            "",
            "```json 200",
            json.dumps(reply(operation), indent=2),
            "```",
            "",
            "</ResponseExample>",
            "",
        ]
        made.append(Text(f"{operation.operation_id}.mdx", "\n".join(lines)))
    return made


def docusaurus_html(service: Service) -> list[Text]:
    lines = [
        "<!doctype html><html><head><title>API</title><script>var x = 1;</script></head><body><nav>Docs Blog</nav><main>"
    ]
    for operation in service.operations:
        lines += [
            f'<h1 class="openapi__heading">{html.escape(title(operation))}</h1>',
            f'<pre class="openapi__method-endpoint"><span class="badge badge--primary">{operation.method}&nbsp;</span><h2 class="openapi__method-endpoint-path">{html.escape(operation.path)}</h2></pre>',
            f"<p>{html.escape(operation.description or '')}</p>",
            '<h2 id="request">Request</h2>',
        ]
        for place, heading in (
            ("path", "Path Parameters"),
            ("query", "Query Parameters"),
            ("header", "Header Parameters"),
            ("body", "Body"),
        ):
            fields = inputs(operation, place)
            lines += [f"<details><summary><h3>{heading}</h3></summary><ul>"] if fields else []
            for field in fields:
                mark = '<span class="openapi-schema__required">required</span>' if field.required else ""
                lines += [
                    f'<li class="openapi-params__list-item"><div><span class="openapi-schema__container"><strong class="openapi-schema__property">{html.escape(name(field))}</strong> <span class="openapi-schema__name">{kind(field)}</span> {mark}</span>'
                ]
                lines += (
                    [
                        f"<p><strong>Possible values:</strong> [{', '.join(f'<code>{html.escape(c)}</code>' for c in choices(field))}]</p>"
                    ]
                    if field.choices
                    else []
                )
                lines += (
                    [f"<p><strong>Default value:</strong> <code>{html.escape(str(field.default))}</code></p>"]
                    if field.default is not None and not isinstance(field.default, dict | list)
                    else []
                )
                lines += [f"<p>{html.escape(words(field))}</p></div></li>"]
            lines += ["</ul></details>"] if fields else []
        lines += [
            "<h2>Responses</h2><div class='tabs'><ul><li>200</li><li>401</li></ul></div><p>OK</p>",
            f"<pre><code>{html.escape(json.dumps(reply(operation), indent=2))}</code></pre>",
        ]
    return [Text("docusaurus.html", "\n".join([*lines, "</main></body></html>"]))]


def gitbook_swagger(service: Service) -> list[Text]:
    lines = ["# API reference", ""]
    for operation in service.operations:
        lines += [
            f'{{% swagger method="{operation.method.lower()}" path="{operation.path}" baseUrl="{HOST}" summary="{title(operation)}" %}}',
            "{% swagger-description %}",
            operation.description or "",
            "{% endswagger-description %}",
            "",
        ]
        for place, _ in PLACES:
            for field in inputs(operation, place):
                lines += [
                    f'{{% swagger-parameter in="{place}" name="{name(field)}" type="{kind(field).title()}" required="{str(field.required).lower()}" %}}',
                    words(field),
                    "{% endswagger-parameter %}",
                    "",
                ]
        lines += [
            '{% swagger-response status="200: OK" description="" %}',
            "```json",
            json.dumps(reply(operation), indent=2),
            "```",
            "{% endswagger-response %}",
            "{% endswagger %}",
            "",
        ]
    return [Text("gitbook-swagger.md", "\n".join(lines))]


def gitbook(service: Service) -> list[Text]:
    lines = ["# API reference", ""]
    for operation in service.operations:
        lines += [
            f"## {title(operation)}",
            "",
            f'<mark style="color:green;">`{operation.method}`</mark> `{operation.path}`',
            "",
            operation.description or "",
            "",
            "**Headers**",
            "",
            "| Name | Value |",
            "| --- | --- |",
            "| Content-Type | `application/json` |",
            "| Authorization | `Bearer <token>` |",
            "",
        ]
        for place, heading in (("path", "Path Parameters"), ("query", "Query Parameters"), ("body", "Body")):
            fields = inputs(operation, place)
            lines += [f"**{heading}**", "", "| Name | Type | Description |", "| --- | --- | --- |"] if fields else []
            lines += [f"| `{name(f)}`{'*' if f.required else ''} | {kind(f)} | {words(f)} |" for f in fields]
            lines += [""]
        lines += [
            "**Response**",
            "",
            "{% tabs %}",
            '{% tab title="200" %}',
            "```json",
            json.dumps(reply(operation), indent=2),
            "```",
            "{% endtab %}",
            "",
            '{% tab title="400" %}',
            "```json",
            '{"error": "Invalid request"}',
            "```",
            "{% endtab %}",
            "{% endtabs %}",
            "",
        ]
    return [Text("gitbook.md", "\n".join(lines))]


def slate(service: Service) -> list[Text]:
    lines = [
        "---",
        "title: API Reference",
        "language_tabs:",
        "  - shell",
        "---",
        "",
        "# Introduction",
        "",
        "Welcome to the Lumenwave API!",
        "",
        "# Authentication",
        "",
        "> To authorize, use this code:",
        "",
        "```shell",
        'curl "api_endpoint_here" \\',
        '  -H "Authorization: Bearer YOUR_API_KEY"',
        "```",
        "",
    ]
    for operation in service.operations:
        lines += [
            f"## {title(operation)}",
            "",
            "```shell",
            curl(operation),
            "```",
            "",
            "> The above command returns JSON structured like this:",
            "",
            "```json",
            json.dumps(reply(operation), indent=2),
            "```",
            "",
            operation.description or "",
            "",
            "### HTTP Request",
            "",
            f"`{operation.method} {url(operation)}`",
            "",
        ]
        for place, heading in (("path", "URL Parameters"), ("query", "Query Parameters"), ("body", "Body Parameters")):
            fields = inputs(operation, place)
            lines += (
                [
                    f"### {heading}",
                    "",
                    "Parameter | Type | Required | Default | Description",
                    "--------- | ---- | -------- | ------- | -----------",
                ]
                if fields
                else []
            )
            lines += [
                f"{name(f)} | {kind(f)} | {'yes' if f.required else 'no'} | {f.default if isinstance(f.default, str | int | float) else ''} | {words(f)}"
                for f in fields
            ]
            lines += [""]
    return [Text("slate.md", "\n".join(lines))]


def readme_md(service: Service) -> list[Text]:
    lines = ["# lumenwave-client", "", "A small client.", "", "## Endpoints", ""]
    for operation in service.operations:
        lines += [f"### {operation.method} {operation.path}", "", operation.description or title(operation), ""]
        for place, heading in PLACES:
            fields = inputs(operation, place)
            lines += [f"{heading} parameters:", ""] if fields else []
            lines += [
                f"- `{name(f)}` ({kind(f)}, {'required' if f.required else 'optional'}): {words(f)}" for f in fields
            ]
            lines += [""]
        lines += ["Response:", "", "```json", json.dumps(reply(operation), indent=2), "```", ""]
    return [Text("README.md", "\n".join(lines))]


def reference_html(service: Service) -> list[Text]:
    """Definition lists, as hand-made references have them."""
    lines = ["<html><body><h1>Lumenwave API</h1>"]
    for operation in service.operations:
        lines += [
            f"<section><h2>{html.escape(title(operation))}</h2><p><code>{operation.method} {html.escape(operation.path)}</code></p><p>{html.escape(operation.description or '')}</p>"
        ]
        for place, heading in (("path", "Path parameters"), ("query", "Query parameters"), ("body", "Request body")):
            fields = inputs(operation, place)
            lines += [f"<h3>{heading}</h3><dl>"] if fields else []
            lines += [
                f"<dt><code>{html.escape(name(f))}</code> <em>{kind(f)}</em>{', required' if f.required else ''}</dt><dd>{html.escape(words(f))}</dd>"
                for f in fields
            ]
            lines += ["</dl>"] if fields else []
        lines += [
            f"<h3>Response</h3><pre><code class='language-json'>{html.escape(json.dumps(reply(operation), indent=2))}</code></pre></section>"
        ]
    return [Text("reference.html", "\n".join([*lines, "</body></html>"]))]
