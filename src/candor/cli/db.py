"""`candor db`: migrations."""

from typing import Final

import typer

from candor.cli.place import reached
from candor.cli.screen import out, step
from candor.infra.db import migrate as migrations
from candor.infra.settings import Settings

app: Final = typer.Typer(help="The database.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `migrate` a command of a group, though it is the only one."""


@app.command()
def migrate() -> None:
    """Apply the migrations that are missing, as the owner of the database."""
    with reached(Settings.load()) as place:
        applied = migrations.migrate(place.urls.owner)
    for migration in applied:
        step(f"applied {migration}")
    if not applied:
        out.print("The database is up to date.")
