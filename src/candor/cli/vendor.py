"""`candor vendor`: who receives or provides data, under which contract, proved by what."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import Annotated, Final

import typer
from rich.table import Table

from candor.app.process import Candor
from candor.cli.place import Place, reached, services
from candor.cli.screen import entry, out, step
from candor.domain.audit.model import Actor
from candor.domain.connections.service import connecting, steering, vendoring
from candor.domain.governance import service as vendors
from candor.domain.governance.errors import BadVendor
from candor.domain.governance.model import Certificate, Transfer, Vendor, Wanted
from candor.infra.db.pool import Tx
from candor.infra.settings import Settings

app: Final = typer.Typer(
    help="Vendors: contracts, certificates, and their end.", no_args_is_help=True
)
_CLI: Final = Actor.machine("cli")
_Code = Annotated[str, typer.Argument(help="code of the vendor")]
_Until = Annotated[str, typer.Option(help="its last day, YYYY-MM-DD; empty: no end is set")]
_Contract = Annotated[str, typer.Option(help="where the contract is filed")]
_DAY_LONG: Final = 10


@app.command()
def add(
    code: Annotated[str, typer.Argument(help="short name; it stays for ever")],
    name: Annotated[str, typer.Option(help="as customers read it")],
    country: Annotated[str, typer.Option(help="where it keeps data: DE, US")],
    transfer: Annotated[Transfer, typer.Option(help="what lets data go there")] = Transfer.NONE,
    contact: Annotated[str, typer.Option(help="whom to reach there about data")] = "",
    contract: _Contract = "",
    until: _Until = "",
) -> None:
    """Add a vendor. Nothing goes to one that has no contract."""
    wanted = Wanted(name, country, transfer, contact, contract, _day(until))

    async def work(candor: Candor, tx: Tx) -> None:
        await vendors.add(tx, code, wanted, actor=_CLI, clock=candor.clock)

    _do(work)
    step(f"{code} is added.")


@app.command(name="list")
def list_vendors() -> None:
    """Show all vendors, and what keeps data from going there."""
    with reached(Settings.load()) as place:
        found, today = asyncio.run(_list(place))
    if not found:
        step("There is no vendor. Add one: candor vendor add CODE --name … --country …")
        return
    table = Table("code", "name", "country", "transfer", "until", box=None, pad_edge=False)
    table.add_column("state")
    for one in found:
        until = one.lapses()
        table.add_row(
            one.code,
            one.name,
            one.country,
            one.transfer.replace("_", " "),
            until.isoformat() if until else "no end",
            _state(one, today),
        )
    out.print(table)


@app.command()
def show(code: _Code) -> None:
    """Show one vendor: contract, certificates, connections."""
    with reached(Settings.load()) as place:
        one, codes, today = asyncio.run(_show(place, code))
    entry(
        one.code,
        {
            "name": one.name,
            "country": one.country,
            "transfer": one.transfer.replace("_", " "),
            "contact": one.contact or "none",
            "contract": one.contract or "none",
            "until": one.contract_until.isoformat() if one.contract_until else "no end is set",
            "connections": ", ".join(codes) or "none",
            "state": _state(one, today),
        },
    )
    for proof in one.certificates:
        must = "; the flow stops when it lapses" if proof.is_required else ""
        out.print(f"  {proof.name}: until {proof.valid_until.isoformat()}{must}")


@app.command()
def renew(code: _Code, until: _Until = "", contract: _Contract = "") -> None:
    """Write down that the contract goes on; its connections go on, too."""
    day = _day(until)

    async def work(candor: Candor, tx: Tx) -> None:
        one = await vendors.by_code(tx, code)
        await vendors.renew(tx, one.vendor_id, contract, day, actor=_CLI, clock=candor.clock)

    _do(work)
    step(f"{code}: the contract goes on {f'until {day}' if day else 'without an end'}.")


@app.command()
def certify(
    code: _Code,
    name: Annotated[str, typer.Argument(help="as it is called: ISO 27001")],
    until: Annotated[str, typer.Option(help="its last day, YYYY-MM-DD")],
    required: Annotated[bool, typer.Option(help="the flow stops when it lapses")] = True,
) -> None:
    """Put a certificate into the record, or its new last day."""
    day = _day(until)
    if day is None:
        message = "A certificate has a last day."
        raise BadVendor(message)
    proof = Certificate(name, day, required)

    async def work(candor: Candor, tx: Tx) -> None:
        one = await vendors.by_code(tx, code)
        await vendors.certify(tx, one.vendor_id, proof, actor=_CLI, clock=candor.clock)

    _do(work)
    step(f"{code}: {name} until {day}.")


@app.command()
def change(
    code: _Code,
    name: Annotated[str, typer.Option(help="as customers read it")] = "",
    country: Annotated[str, typer.Option(help="where it keeps data: DE, US")] = "",
    transfer: Annotated[Transfer | None, typer.Option(help="what lets data go there")] = None,
    contact: Annotated[str, typer.Option(help="whom to reach there about data")] = "",
) -> None:
    """Change a vendor's record; what is left out stays."""

    async def work(candor: Candor, tx: Tx) -> None:
        one = await vendors.by_code(tx, code)
        before = vendors.wanted_of(one)
        wanted = replace(
            before,
            name=name or before.name,
            country=country or before.country,
            transfer=transfer or before.transfer,
            contact=contact or before.contact,
        )
        await vendors.change(tx, one.vendor_id, wanted, actor=_CLI, clock=candor.clock)

    _do(work)
    step(f"{code} is changed.")


@app.command()
def end(
    code: _Code, yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False
) -> None:
    """Off-board a vendor: its connections stop, and everybody is removed there."""
    with reached(Settings.load()) as place:
        connections, people = asyncio.run(_meaning(place, code))
        out.print(f"{connections} connections stop; {people} people are removed there.")
        if not yes:
            typer.confirm("Off-board it? It does not come back under this record.", abort=True)

        async def work(candor: Candor, tx: Tx) -> None:
            one = await vendors.by_code(tx, code)
            await vendors.end(tx, one.vendor_id, actor=_CLI, clock=candor.clock)

        asyncio.run(_in(place, work))
    step(f"{code} is off-boarded.")


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        if len(text) == _DAY_LONG:
            return date.fromisoformat(text)
    except ValueError:
        pass
    message = f"{text!r} is no day: write YYYY-MM-DD."
    raise BadVendor(message)


def _state(one: Vendor, today: date) -> str:
    trouble = one.trouble(today)
    return trouble.replace("_", " ") if trouble else "in force"


_Work = Callable[[Candor, Tx], Awaitable[None]]


def _do(work: _Work) -> None:
    with reached(Settings.load()) as place:
        asyncio.run(_in(place, work))


async def _in(place: Place, work: _Work) -> None:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        await work(candor, tx)
        await vendoring.follow(tx, actor=_CLI, clock=candor.clock)


async def _list(place: Place) -> tuple[list[Vendor], date]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        return await vendors.every(tx), candor.clock.now().date()


async def _show(place: Place, code: str) -> tuple[Vendor, list[str], date]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        one = await vendors.by_code(tx, code)
        found = [c.code for c in await connecting.every(tx) if c.vendor_id == one.vendor_id]
        return one, found, candor.clock.now().date()


async def _meaning(place: Place, code: str) -> tuple[int, int]:
    """Count the connections of a vendor, and the people whom they hold."""
    async with services(place) as candor, candor.database.read("cli") as tx:
        one = await vendors.by_code(tx, code)
        which = await steering.of_vendor(tx, one.vendor_id)
        held = await steering.people(tx)
        return len(which), sum(held.get(each, 0) for each in which)
