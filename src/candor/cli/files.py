"""`candor connection file`: encrypted files that are handed over: ask, list, withdraw.

Asking is a proposal of a member of staff, named by `--as`; it says that it came from here. Another
member of staff approves it in the console, where they prove who they are; nothing here approves.
"""

import asyncio
from typing import Annotated, Final
from uuid import UUID

import typer
from rich.table import Table

from candor.app.exchanging import exchange_of
from candor.cli.place import Place, reached, services
from candor.cli.screen import out, step
from candor.domain.access.service import members
from candor.domain.audit.model import Actor
from candor.domain.connections.errors import NoSuchFile
from candor.domain.connections.model.file import File
from candor.domain.connections.service import connecting, filing, scheduling
from candor.domain.connections.service.scheduling import Plan
from candor.infra.settings import Settings

app: Final = typer.Typer(
    help="Encrypted files that are handed over: asked for by one, approved by another.",
    no_args_is_help=True,
)
_CLI: Final = Actor.machine("cli")
_FROM_HERE: Final = "(command line)"
_Code = Annotated[str, typer.Argument(help="code of the connection")]


@app.command()
def ask(
    code: _Code,
    handle: Annotated[str, typer.Option("--as", help="who of staff asks")],
    why: Annotated[str, typer.Option(help="what it is for: 10 to 500 signs")],
) -> None:
    """Ask for a file; another member of staff has to approve it in the console."""
    with reached(Settings.load()) as place:
        which = asyncio.run(_ask(place, code, handle, why))
    step(f"{which} is asked for. Another approves it: Security, Four eyes, in the console.")


@app.command(name="list")
def list_files(code: _Code) -> None:
    """Show the last files of a connection, newest first."""
    with reached(Settings.load()) as place:
        found, plan = asyncio.run(_list(place, code))
    if not found:
        step(f"There is no file yet. Ask for one: candor connection file ask {code}")
        return
    table = Table("file", "state", "asked for", "until", box=None, pad_edge=False)
    table.add_column("people", justify="right")
    table.add_column("changed their mind", justify="right")
    table.add_column("problem")
    for one in found:
        until = one.expires_at if one.is_there else None
        table.add_row(
            str(one.file_id),
            one.state,
            f"{one.added_at:%Y-%m-%d %H:%M}",
            f"{until:%Y-%m-%d %H:%M}" if until else "",
            "" if one.people is None else str(one.people),
            str(one.changed),
            (one.problem or "").replace("_", " "),
        )
    out.print(table)
    if plan is not None:
        step(f"The next is asked for by itself on {plan.at:%Y-%m-%d}; a colleague approves it.")


@app.command()
def withdraw(
    file: Annotated[str, typer.Argument(help="which, as `list` names it")],
) -> None:
    """Have a file not made, or taken away early."""
    try:
        file_id = UUID(file)
    except ValueError:
        raise NoSuchFile from None
    with reached(Settings.load()) as place:
        asyncio.run(_withdraw(place, file_id))
    step("It is withdrawn. What lies somewhere is taken away.")


async def _ask(place: Place, code: str, handle: str, why: str) -> UUID:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        connection = await connecting.by_code(tx, code)
        return await filing.ask(
            tx,
            connection.connection_id,
            f"{why} {_FROM_HERE}",
            member=await members.named(tx, handle),
            exchange=exchange_of(candor),
        )


async def _list(place: Place, code: str) -> tuple[list[File], Plan | None]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        connection = await connecting.by_code(tx, code)
        plan = await scheduling.plan(tx, connection, exchange_of(candor))
        return await filing.of_connection(tx, connection.connection_id), plan


async def _withdraw(place: Place, file_id: UUID) -> None:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        await filing.withdraw(
            tx, file_id, actor=_CLI, member=None, exchange=exchange_of(candor)
        )
