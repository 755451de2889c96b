"""`candor rights`: requests at a glance, those that come by mail, and our certificate."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from candor.app.entitling import caller_of, office_of
from candor.cli.place import Place, reached, services
from candor.cli.screen import entry, out, step
from candor.domain.audit.model import Actor
from candor.domain.profiles.service import addresses
from candor.domain.rights.model.request import OPEN, Event, Request
from candor.domain.rights.model.task import Task
from candor.domain.rights.service import capturing, reading
from candor.domain.rights.service.capturing import Captured
from candor.domain.rights.service.reading import Filter
from candor.infra.db.pool import ReadTx
from candor.infra.settings import Settings
from candor.kernel.ids import ProfileId

app: Final = typer.Typer(help="Requests: what people ask for by right.", no_args_is_help=True)
_CLI: Final = Actor.machine("cli")
_MOST: Final = 200


@app.command(name="list")
def list_requests(
    every: Annotated[bool, typer.Option("--all", help="those that are over, too")] = False,
) -> None:
    """Show requests by urgency, without anything about the people."""
    with reached(Settings.load()) as place:
        found = asyncio.run(_list(place, is_all=every))
    if not found:
        step("No request is open.")
    for request in found:
        entry(str(request.request_id), _told(request))


@app.command()
def show(request: Annotated[UUID, typer.Argument(help="id of the request")]) -> None:
    """Show one request: how it stands, what happened, and what is done for it."""
    with reached(Settings.load()) as place:
        one, events, tasks = asyncio.run(_one(place, request))
    entry(str(one.request_id), _told(one))
    for event in events:
        out.print(f"  {event.at:%Y-%m-%d %H:%M}  {event.what}  {event.code or ''}".rstrip())
    for task in tasks:
        problem = f" ({task.problem})" if task.problem else ""
        out.print(f"  task {task.step}: {task.state}{problem}")


@app.command()
def capture() -> None:
    """Take a request that came by mail, read from standard input: one mail (RFC 5322)."""
    raw = sys.stdin.buffer.read(capturing.LARGEST + 1)
    with reached(Settings.load()) as place:
        found = asyncio.run(_capture(place, raw))
    if found.is_over:
        step("Taken: this address sent enough for today; there is no new request.")
    elif found.request is None:
        step("Ignored: a machine sent it.")
    elif not found.is_new:
        step(f"It came before: {found.request.request_id}")
    else:
        step(f"Request {found.request.request_id}: {found.request.kind}")


@app.command()
def certificate(
    file: Annotated[
        Path | None, typer.Argument(help="where to write it; else print it")
    ] = None,
    *,
    asking: Annotated[
        bool, typer.Option("--request", help="a request to an authority (PKCS #10) instead")
    ] = False,
) -> None:
    """Print the certificate that answers by OpenDSR are signed with, or a request for one."""
    with reached(Settings.load()) as place:
        text = asyncio.run(_certificate(place, asking=asking))
    if file is None:
        typer.echo(text, nl=False)
        return
    file.write_text(text, encoding="ascii")
    step(f"Written to {file}.")


def _told(request: Request) -> dict[str, str]:
    return {
        "right": request.kind.value,
        "law": request.regime.value if request.regime else "unknown: the strictest",
        "came by": f"{request.channel}, {request.received_at:%Y-%m-%d}",
        "state": request.state.value + (f", {request.ground}" if request.ground else ""),
        "due": f"{request.due_at:%Y-%m-%d}" if request.due_at else "at once",
        "proof": request.proof.value,
    }


async def _list(place: Place, *, is_all: bool) -> Sequence[Request]:
    wanted = Filter() if is_all else Filter(states=sorted(OPEN))
    async with services(place) as candor, candor.database.read("cli") as tx:
        return await reading.queue(tx, wanted, at_most=_MOST)


async def _one(place: Place, request_id: UUID) -> tuple[Request, list[Event], list[Task]]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        return (
            await reading.find(tx, request_id),
            await reading.events(tx, request_id),
            await reading.tasks(tx, request_id),
        )


async def _capture(place: Place, raw: bytes) -> Captured:
    mail = capturing.read(raw)
    async with services(place) as candor:

        async def whose(tx: ReadTx, text: str) -> ProfileId | None:
            in_force = (await candor.rulebook.rules(tx)).in_force
            marks = addresses.marks_of(text, in_force=in_force, vault=candor.vault)
            return await addresses.holder_of(tx, marks)

        async with candor.database.tx("cli") as tx:
            return await capturing.capture(
                tx,
                mail,
                whose,
                throttles=candor.throttles,
                actor=_CLI,
                office=office_of(candor),
            )


async def _certificate(place: Place, *, asking: bool) -> str:
    async with services(place) as candor:
        signer = caller_of(candor).signer
        return signer.asking() if asking else signer.certificate
