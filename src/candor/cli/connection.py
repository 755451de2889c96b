"""`candor connection`: links with other systems, set up, started, paused and stopped.

A secret is never an argument: other users of the machine could read it in the list of processes,
and the shell would keep it. It is asked for, or taken from the file or the variable that is named.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from candor.app.exchanging import REGISTRY, exchange_of
from candor.cli import carrying, files
from candor.cli.place import Place, reached, services
from candor.cli.screen import entry, err, out, step
from candor.domain.audit.model import Actor
from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model import document as documents
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.document import Document
from candor.domain.connections.model.talk import Spec
from candor.domain.connections.service import applying, connecting, steering
from candor.domain.connections.service.applying import Applied
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.steering import Outlook
from candor.domain.governance import service as vendors
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.settings import Settings

app: Final = typer.Typer(
    help="Connections: other systems that follow people's choices.", no_args_is_help=True
)
carrying.add_to(app)
app.add_typer(files.app, name="file")
_CLI: Final = Actor.machine("cli")
Code = Annotated[str, typer.Argument(help="code of the connection")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask")]
_File = Annotated[Path, typer.Argument(help="description of the connection, TOML")]
_Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="a setting in place of the file's: name=value; repeat"),
]


@app.command()
def adapters(
    kind: Annotated[str, typer.Argument(help="show what this one wants to know")] = "",
) -> None:
    """Show the kinds of systems that Candor speaks with; or what one wants to know."""
    if kind:
        _show_spec(exchange_kind(kind))
        return
    table = Table("kind", "system", "directions", "about", box=None, pad_edge=False)
    for name in sorted(REGISTRY):
        spec = REGISTRY[name].spec
        table.add_row(spec.kind, spec.title, _ways(spec.directions), spec.about)
    out.print(table)


@app.command()
def add(file: _File, setting: _Set = None) -> None:
    """Add a connection from a file; refuses a code that there is already."""
    _bring(file, setting, is_new=True)


@app.command()
def apply(file: _File, setting: _Set = None) -> None:
    """Add a connection from a file, or bring it to what the file says; twice is once."""
    _bring(file, setting, is_new=False)


@app.command(name="list")
def list_connections() -> None:
    """Show all connections and how they stand."""
    with reached(Settings.load()) as place:
        found, people = asyncio.run(_list(place))
    if not found:
        step("There is no connection. Add one: candor connection add FILE.toml")
        return
    table = Table("code", "name", "kind", "directions", "state", box=None, pad_edge=False)
    table.add_column("people", justify="right")
    for one in found:
        held = str(people.get(one.connection_id, 0))
        table.add_row(one.code, one.name, one.adapter, _ways(one.directions), state(one), held)
    out.print(table)


@app.command()
def show(
    code: Code,
    toml: Annotated[bool, typer.Option("--toml", help="as a file that can be applied")] = False,
) -> None:
    """Show one connection; its secrets are named, and shown by nothing."""
    with reached(Settings.load()) as place:
        one, vendor, seen = asyncio.run(_show(place, code))
    spec = exchange_kind(one.adapter)
    names = tuple(setting.name for setting in spec.secrets) if one.secrets else ()
    if toml:
        typer.echo(documents.write(one, vendor=vendor, secrets=names), nl=False)
        return
    entry(one.code, _told(one, spec, vendor, seen))
    _show_mapping(one)


@app.command()
def check(code: Code) -> None:
    """Find out whether the other system answers and lets us in; changes nothing anywhere."""
    with reached(Settings.load()) as place:
        asyncio.run(_check(place, code))
    step(f"{code} answers, lets us in, and has what the mapping names.")


@app.command()
def start(code: Code) -> None:
    """Let data move; everybody is compared with what the other system holds."""
    with reached(Settings.load()) as place:
        asyncio.run(_move(place, code, steering.start))
    step(f"{code} is active.")


@app.command()
def resume(code: Code) -> None:
    """Go on after a pause: what changed meanwhile goes out."""
    start(code)


@app.command()
def pause(code: Code) -> None:
    """Hold a connection: changes are kept for it, nothing moves."""
    with reached(Settings.load()) as place:
        asyncio.run(_move(place, code, steering.pause))
    step(f"{code} is paused. What changes is kept for it.")


@app.command()
def stop(code: Code, yes: Yes = False) -> None:
    """Have everybody removed there, then end; says first how many that are."""
    with reached(Settings.load()) as place:
        seen = asyncio.run(_outlook(place, code))
        out.print(
            f"{seen.people} people are removed there; {seen.waiting} deliveries that wait and "
            f"{seen.parked} parked ones become removals or are dropped."
        )
        if not yes:
            typer.confirm("Stop it?", abort=True)
        after = asyncio.run(_move(place, code, steering.stop))
    step(f"{code}: {state(after)}.")


@app.command()
def secret(
    code: Code,
    name: Annotated[str, typer.Argument(help="which, as `adapters KIND` names it")],
    file: Annotated[
        Path | None, typer.Option(help="file that holds it; else it is asked")
    ] = None,
) -> None:
    """Set a secret; it is asked for, or read from a file; nobody is shown it again."""
    text = typer.prompt(name, hide_input=True) if file is None else _content(file, name)
    with reached(Settings.load()) as place:
        asyncio.run(_secret(place, code, {name: text}))
    step(f"{code}: {name} is set.")


def state(one: Connection) -> str:
    """Return how a connection stands, with the reason where it is not active."""
    return f"{one.state}, {one.why.replace('_', ' ')}" if one.why else one.state.value


def exchange_kind(kind: str) -> Spec:
    """Return what there is to say about a kind of system.

    Raises:
        BadConnection: nothing here speaks with it.
    """
    found = REGISTRY.get(kind)
    if found is None:
        message = f"There is no adapter {kind!r}."
        raise BadConnection(message, hint=f"There are: {', '.join(sorted(REGISTRY))}")
    return found.spec


# ------------------------------------------------------------------ from a file
def _bring(file: Path, setting: Sequence[str] | None, *, is_new: bool) -> None:
    document = documents.read(_text(file))
    document = documents.with_settings(document, _pairs(setting or ()))
    secrets = {name: _found(name, where) for name, where in document.secrets.items()}
    with reached(Settings.load()) as place:
        done = asyncio.run(_apply(place, document, secrets, is_new=is_new))
    code = done.connection.code
    if done.is_new:
        step(f"{code} is added, a draft. Check it, then: candor connection start {code}")
    else:
        step(f"{code} is changed." if done.is_changed else f"{code} is so already.")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        message = f"{file} cannot be read."
        raise BadConnection(message) from None


def _pairs(given: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign:
            message = f"{one!r} is no name=value."
            raise BadConnection(message)
        pairs[name] = value
    return pairs


def _found(name: str, where: str) -> str:
    """Return a secret from where the file says that it is."""
    place, _, at = where.partition(":")
    if place == "file":
        return _content(Path(at), name)
    text = os.environ.get(at, "")
    if not text:
        message = f"Secret {name!r}: the variable {at} is not set."
        raise BadConnection(message)
    return text


def _content(file: Path, name: str) -> str:
    text = _text(file).removesuffix("\n")
    if not text:
        message = f"Secret {name!r}: {file} is empty."
        raise BadConnection(message)
    return text


async def _apply(
    place: Place, document: Document, secrets: Mapping[str, str], *, is_new: bool
) -> Applied:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        vendor_id = None
        if document.vendor is not None:
            vendor_id = (await vendors.by_code(tx, document.vendor)).vendor_id
        exchange = exchange_of(candor)
        if is_new:
            wanted = applying.wanted_by(document, secrets=secrets, vendor_id=vendor_id)
            which = await connecting.add(
                tx, document.code, wanted, actor=_CLI, exchange=exchange
            )
            return Applied(await connecting.find(tx, which), is_new=True)
        return await applying.apply(
            tx, document, secrets=secrets, vendor_id=vendor_id, actor=_CLI, exchange=exchange
        )


# ------------------------------------------------------------------ what is shown
def _ways(directions: frozenset[str]) -> str:
    return " and ".join(sorted(directions, reverse=True)) or "messages"


def _told(one: Connection, spec: Spec, vendor: str | None, seen: Outlook) -> dict[str, str]:
    secrets = [setting.name for setting in spec.secrets]
    return {
        "name": one.name,
        "kind": spec.title,
        "vendor": vendor or "our own system",
        "state": state(one),
        "directions": _ways(one.directions),
        "purposes": ", ".join(one.purposes) or "none",
        "heard as": one.source or "no source",
        "when no purpose is left": one.removal.value,
        "at once": f"{one.at_once} people; calls per minute: {one.per_minute or 'no limit'}",
        "holds": f"{seen.people} people",
        "on their way": f"{seen.waiting} wait, {seen.parked} parked",
        **dict(one.settings),
        "secrets": ("set" if one.secrets else "not set") if secrets else "none wanted",
    }


def _show_mapping(one: Connection) -> None:
    if not one.mapping:
        return
    table = Table("there", "what", "ours", "for", "direction", box=None, pad_edge=False)
    for line in one.mapping:
        key = " (key)" if line.is_key else ""
        purposes = ", ".join(line.purposes) or "all"
        table.add_row(line.there + key, line.what, line.name, purposes, line.direction)
    out.print(table)


def _show_spec(spec: Spec) -> None:
    entry(spec.title, {"about": spec.about, "directions": _ways(spec.directions)})
    table = Table("setting", "what", "must", "kind", "else", box=None, pad_edge=False)
    for one in spec.settings:
        kind = "secret" if one.is_secret else " | ".join(one.choices) or one.kind.value
        title = f"{one.title}. {one.hint}" if one.hint else one.title
        table.add_row(one.name, title, "yes" if one.is_required else "", kind, one.default)
    if spec.settings:
        out.print(table)
    else:
        err.print("It wants to know nothing.")


# ------------------------------------------------------------------ in the database
async def _list(place: Place) -> tuple[list[Connection], Mapping[object, int]]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        return await connecting.every(tx), {**await steering.people(tx)}


async def _show(place: Place, code: str) -> tuple[Connection, str | None, Outlook]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        one = await connecting.by_code(tx, code)
        seen = await steering.outlook(tx, one.connection_id)
        return one, await _vendor(tx, one), seen


async def _vendor(tx: ReadTx, one: Connection) -> str | None:
    """Return the code of the vendor of a connection."""
    known = {vendor.vendor_id: vendor.code for vendor in await vendors.every(tx)}
    return known.get(one.vendor_id) if one.vendor_id else None


async def _check(place: Place, code: str) -> None:
    async with services(place) as candor:
        async with candor.database.read("cli") as tx:
            one = await connecting.by_code(tx, code)
        await connecting.check(one, exchange=exchange_of(candor))


async def _outlook(place: Place, code: str) -> Outlook:
    async with services(place) as candor, candor.database.read("cli") as tx:
        one = await connecting.by_code(tx, code)
        return await steering.outlook(tx, one.connection_id)


async def _move(
    place: Place, code: str, verb: Callable[..., Awaitable[Connection]]
) -> Connection:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        one = await connecting.by_code(tx, code)
        return await verb(tx, one.connection_id, actor=_CLI, clock=candor.clock)


async def _secret(place: Place, code: str, secrets: Mapping[str, str]) -> None:
    async with services(place) as candor:
        exchange: Exchange = exchange_of(candor)
        async with candor.database.tx("cli") as tx:
            one = await _by_code(tx, code)
            await applying.set_secrets(
                tx, one.connection_id, secrets, actor=_CLI, exchange=exchange
            )


async def _by_code(tx: Tx, code: str) -> Connection:
    return await connecting.by_code(tx, code)
