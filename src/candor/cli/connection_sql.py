"""`candor connection sql`: what whoever owns a database runs there once, before it is connected.

Candor itself never makes a table or a trigger in somebody else's database: it prints what it would
need, and its user there may read and write one table of people and read one of changes.
"""

import asyncio

import typer

from candor.app.exchanging import exchange_of
from candor.cli.connection import Code
from candor.cli.place import Place, reached, services
from candor.domain.connections.service import connecting, preparing
from candor.infra.settings import Settings

app = typer.Typer()


@app.command(name="sql")
def sql(code: Code) -> None:
    """Print the SQL with which the owner of a database prepares it: change table and grants."""
    with reached(Settings.load()) as place:
        text = asyncio.run(_script(place, code))
    typer.echo(text, nl=False)


async def _script(place: Place, code: str) -> str:
    async with services(place) as candor:
        async with candor.database.read("cli") as tx:
            one = await connecting.by_code(tx, code)
        return preparing.script(one, exchange_of(candor))
