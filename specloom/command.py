"""The front door: the `specloom` command. Its rooms are imported only when a command is entered."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module

import click

from specloom import __version__

COMMANDS = {
    "build": ("specloom.generator.cli.build", "Write the connectors of one or more OpenAPI documents."),
    "draft": ("specloom.generator.cli.draft", "Draft a document from pages, curl lines and collections."),
    "check": ("specloom.generator.cli.build", "Tell what is wrong with a document, with file and line."),
    "infer": ("specloom.generator.cli.infer", "Propose what a document does not say, as an OpenAPI Overlay."),
    "overlay": ("specloom.generator.cli.overlay", "Write overlays into their document, its comments kept."),
    "schema": ("specloom.generator.cli.schema", "The JSON Schema of documents with x-specloom, for editors."),
    "workflows": ("specloom.generator.cli.workflows", "List, build and check the workflow templates."),
    "diff": ("specloom.generator.cli.diff", "Tell what a new document changes for people who use the connectors."),
    "deploy": ("specloom.generator.cli.deploy", "Put a built app into its platform."),
    "serve": ("specloom.connector.cli.serve", "The gateway: one base URL that normalizes, waits and fans out."),
    "worker": ("specloom.connector.cli.worker", "Deliver to webhooks apart from the gateway."),
    "keys": ("specloom.connector.cli.keys", "Keys of tenants and operators, quotas, the audit trail."),
    "hooks": ("specloom.connector.cli.hooks", "Subscriptions: list, test, enable, disable, delete."),
    "deliveries": ("specloom.connector.cli.deliveries", "What hooks were sent: list, retry, replay."),
    "jobs": ("specloom.connector.cli.jobs", "Work that outlasts a call: list, show, cancel."),
    "backup": ("specloom.connector.cli.backup", "Copy the ledger and its files while the gateway runs."),
    "restore": ("specloom.connector.cli.backup", "Put a backup back."),
    "migrate": ("specloom.connector.cli.migrate", "Bring the ledger's tables to this version."),
    "demo": ("specloom.connector.demo", "Emulator, gateway and fan-out at work: no key, no network."),
    "emulate": ("specloom.connector.cli.emulate", "Stand in for the services: try the connectors without a key."),
}
"""Command to its room and its line in the list. The function has the command's name."""


class _Rooms(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=_Rooms, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="specloom")
def main() -> None:
    """Turn one OpenAPI document into everything a workflow tool needs: an n8n package, a Zapier app, a Make app.

    \b
    Examples:
      specloom build                           the bundled services, into ./dist
      specloom build my-api.yaml --out apps    your own document
      specloom check my-api.yaml               what is wrong with it
      specloom emulate tuen --port 9000        a stand-in to try them on
    """


def run() -> None:
    """Entry point: whatever goes wrong ends in one line."""
    try:
        try:
            with _without_collector() if sys.argv[1:2] == ["build"] else nullcontext():
                main()
        finally:
            sys.stdout.flush()  # a pipe that is closed is met here, not after the end
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        sys.exit(_told(error))
    except Exception as error:
        from specloom.schemas.problems import SpecloomError

        if not isinstance(error, SpecloomError):
            raise
        sys.exit(_told(error))


@contextmanager
def _without_collector() -> Iterator[None]:
    """For a process with one piece of work: no look for garbage, and none at its end, which frees all at once. That is
    12 to 16 % of the processor time of one platform's build of Stripe's document. Garbage of many documents is the
    pipeline's care."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()


def _told(error: Exception) -> int:
    click.echo(f"error: {error}" if isinstance(error, OSError) else str(error), err=True)
    return 1
