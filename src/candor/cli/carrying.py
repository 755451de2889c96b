"""`candor connection hear|records|test`: what connections need that carry messages.

A mail server of one's own hands a mail in by `candor connection hear CODE < mail`: whoever may run
this may read the database, so the word that others have to know is taken from there.
"""

import asyncio
import sys
from typing import Annotated, Final

import typer

from candor.app.exchanging import exchange_of
from candor.cli.place import Place, reached, services
from candor.cli.screen import err, out, step
from candor.domain.access.service import members
from candor.domain.connections.errors import BadConnection, BadMessage
from candor.domain.connections.model.talk import Gone, Outcome, Received, Shown, Taken
from candor.domain.connections.service import connecting, listening, testing
from candor.infra.dkim import zone_line
from candor.infra.settings import Settings
from candor.kernel.errors import CandorError

_TRY_LATER: Final = 75  # EX_TEMPFAIL of sysexits.h, as pipe(8) of Postfix reads it
_LARGEST: Final = 1024 * 1024
_WORD: Final = "inbound"  # the secret by which mail is handed in
_Code = Annotated[str, typer.Argument(help="code of the connection")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to `candor connection`."""
    app.command()(hear)
    app.command()(records)
    app.command("test")(send_test)


def hear(code: _Code) -> None:
    """Hear a mail that came back, from standard input: a bounce, a complaint, an unsubscribe.

    Ends with 75 where it cannot be heard now: the mail server keeps it, and no no is lost.
    """
    raw = sys.stdin.buffer.read(_LARGEST + 1)
    try:
        with reached(Settings.load()) as place:
            asyncio.run(_hear(place, code, raw))
    except BadMessage:
        return  # it says nothing to us, now or later
    except CandorError as error:
        err.print(error.message, markup=False)
        raise typer.Exit(_TRY_LATER) from None


def records(code: _Code) -> None:
    """Show what must be put elsewhere: DNS records of DKIM, public keys. No secret."""
    with reached(Settings.load()) as place:
        for one in asyncio.run(_shown(place, code)):
            out.print(f"; {one.title}", markup=False)
            out.print(zone_line(one.name, one.text), markup=False, soft_wrap=True)


def send_test(
    code: _Code,
    handle: Annotated[str, typer.Argument(help="who of staff gets it, at their address")],
    number: Annotated[str, typer.Option(help="of their telephone, for text messages")] = "",
) -> None:
    """Send a test message to a member of staff; it is written down."""
    with reached(Settings.load()) as place:
        said = asyncio.run(_test(place, code, handle, number))
    if not isinstance(said, Taken):
        what = "never takes" if isinstance(said, Gone) else "did not take"
        message = f"The other system {what} it: {said.problem}."
        raise BadConnection(message)
    step(f"{code}: the next system has taken it.")


async def _hear(place: Place, code: str, raw: bytes) -> None:
    async with services(place) as candor:
        exchange = exchange_of(candor)
        async with candor.database.read() as tx:
            connection = await connecting.by_code(tx, code)
        line = exchange.line(connection)
        headers = {"authorization": f"Bearer {line.secrets.get(_WORD, '')}"}
        await listening.take(exchange, code, Received("POST", line.callback_url, headers, raw))


async def _shown(place: Place, code: str) -> list[Shown]:
    async with services(place) as candor:
        exchange = exchange_of(candor)
        async with candor.database.read() as tx:
            connection = await connecting.by_code(tx, code)
        return list(testing.shown(exchange, connection))


async def _test(place: Place, code: str, handle: str, number: str) -> Outcome:
    async with services(place) as candor:
        async with candor.database.read() as tx:
            connection = await connecting.by_code(tx, code)
            member = await members.named(tx, handle)
        return await testing.send_test(
            exchange_of(candor),
            connection.connection_id,
            member.staff_id,
            number=number or None,
        )
