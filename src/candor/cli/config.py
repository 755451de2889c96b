"""`candor config`: what is set, and where it came from."""

import os
from typing import Final

import typer
from rich.table import Table

from candor.cli.screen import out
from candor.infra.settings import KNOWN, PREFIX, Secret, Settings, read

app: Final = typer.Typer(help="The configuration.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `check` a command of a group, though it is the only one."""


@app.command()
def check() -> None:
    """Read the configuration as a start would; print every value and its origin, secrets masked."""
    Settings.load()
    table = Table("setting", "value", "from", "meaning", box=None, header_style="bold")
    for name, value in read(os.environ).items():
        known = KNOWN[name]
        shown = repr(Secret(value.text)) if known.is_secret else value.text or "–"
        table.add_row(f"{PREFIX}{name.upper()}", shown, value.origin, known.meaning)
    out.print(table)
