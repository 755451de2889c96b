"""`candor key`: write keys of sources."""

import asyncio
from typing import Annotated, Final

import typer

from candor.cli.place import Place, reached, services
from candor.cli.screen import out
from candor.domain.access import service as access
from candor.domain.audit.model import Actor
from candor.infra.settings import Settings
from candor.kernel.errors import Kind, Refused

app: Final = typer.Typer(
    help="Write keys: what a source opens the door with.", no_args_is_help=True
)


class NoSuchSource(Refused):
    """The catalogue declares no such source."""

    code = "cli.no_such_source"
    kind = Kind.NOT_FOUND


@app.callback()
def _group() -> None:
    """Keep `issue` a command of a group, though it is the only one."""


@app.command()
def issue(
    source: Annotated[str, typer.Argument(help="code of the source in the catalogue")],
) -> None:
    """Make a write key for a source and print it, once: only its hash is kept."""
    with reached(Settings.load()) as place:
        out.print(asyncio.run(_issue(place, source)), soft_wrap=True)


async def _issue(place: Place, source: str) -> str:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        rules = await candor.rulebook.rules(tx)
        if source not in rules.in_force.sources:
            raise NoSuchSource(hint="Declared: " + ", ".join(rules.in_force.sources))
        return await access.issue_write_key(
            tx, source_code=source, actor=Actor.machine("cli"), clock=candor.clock
        )
