"""The command line: one file per group of commands, sitting on top of everything.

What stands in `COMMANDS` is read when it is asked for: `candor --help` and `candor version`
answer at once, and no command waits for what another one needs. The file of a command has its
name; it holds a `typer.Typer` called `app`, or one function of its name.

Exit codes: 0 done; 1 something is wrong, said on standard error with what to do; 2 usage.
"""

import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Final

import typer
from typer._click.core import Command, Context  # typer has its own copy of click
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group
from typing_extensions import override

from candor import VERSION
from candor.cli.screen import complain
from candor.kernel.errors import CandorError

COMMANDS: Final[Mapping[str, str]] = {
    "run": "Run Candor on this machine, with the demo company, until Ctrl-C.",
    "serve": "Serve all surfaces over HTTP until told to stop.",
    "work": "Fold events into tallies, run jobs and schedules, until told to stop.",
    "doctor": "Check versions, database, durability, privileges, keys, clock, mail and disk.",
    "agent": "Agents: who may ask for other people.",
    "alerts": "Alerts, and what is in force by itself.",
    "audit": "The audit log and its proof.",
    "backup": "Backups: encrypted, verified by restoring them, and never bringing back the erased.",
    "canary": "Canaries: whoever touches one is noticed at once.",
    "catalogue": "The declared data as code: what may be known, why, and for how long.",
    "config": "The configuration.",
    "connection": "Connections: other systems that follow people's choices.",
    "consent": "Choices that were made before Candor.",
    "db": "The database.",
    "demo": "The demo company.",
    "key": "Write keys of sources, and keys of the API.",
    "keys": "Keys that seal and sign: how they are, changing them, recovery copies.",
    "receipt": "Receipts: the signed copies of choices that customers keep.",
    "retention": "What is kept too long: foreseen, swept away, proved.",
    "rights": "Requests: what people ask for by right.",
    "staff": "Members of staff and their way in.",
    "vendor": "Vendors: contracts, certificates, and their end.",
}
_CONTINUED: Final[Mapping[str, tuple[str, ...]]] = {  # groups that fill more than one file
    "connection": ("delivering", "connection_sql"),
    "rights": ("erased",),
}


@cache
def command(name: str) -> Command:
    """Read the file of a command, or of a group of them, and return it."""
    whole = typer.Typer(add_completion=False)
    module = import_module(f"candor.cli.{name}")
    group: typer.Typer | None = getattr(module, "app", None)
    if group is None:
        whole.command(name)(getattr(module, name))
    else:
        for other in _CONTINUED.get(name, ()):
            group.registered_commands += import_module(
                f"candor.cli.{other}"
            ).app.registered_commands
        whole.add_typer(group, name=name)
    return get_group(whole).commands[name]


class _Named(TyperCommand):
    """A command whose file was not read yet: its name and its line in the help."""

    @override
    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: Context | None = None,
        **extra: object,
    ) -> Context:
        """Read the command, and begin it instead."""
        return command(self.name or "").make_context(info_name, args, parent, **extra)


class _Commands(TyperGroup):
    """All commands, most of them by name alone."""

    @override
    def list_commands(self, ctx: Context) -> list[str]:
        """Return the names in the order of the help."""
        return [*COMMANDS, *super().list_commands(ctx)]

    @override
    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return what stands for a command until it begins."""
        if cmd_name in COMMANDS:
            return _Named(cmd_name, help=COMMANDS[cmd_name])
        return super().get_command(ctx, cmd_name)


app: Final = typer.Typer(
    name="candor",
    cls=_Commands,
    help="Candor: the customer data platform that customers can see into and steer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _group() -> None:
    """Keep `version` a command of a group, though no other is read."""


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(VERSION)


def main() -> None:
    """Run a command; say in a sentence what went wrong, and what to do."""
    try:
        app()
    except CandorError as error:
        complain(error)
        sys.exit(1)
