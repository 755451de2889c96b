"""Making a file: who may be in it is decided for each person as the row is written.

In slices: in one transaction what stands is asked, exactly the fields that may go are opened
(audited by purpose), an entry says of each person that they go into this file, and the books say
who is in it; after its commit their rows are sealed. Nothing plain is written to a disk. The whole
is put at its place under a name that was written down before, so that whatever dies, it can be
taken away again; a worker that is gone loses its lease, and another makes the file anew.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.connections.adapters.line import Filer, Line
from candor.domain.connections.errors import BadConnection, WrongState
from candor.domain.connections.model import composing
from candor.domain.connections.model.composing import Desired, Person
from candor.domain.connections.model.connection import Connection, State, Why
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.file import TRIES, File, Trouble, lasts, pause_of
from candor.domain.connections.model.file import State as FileState
from candor.domain.connections.queries import files as stored
from candor.domain.connections.service import admitting, connecting, filing, polling
from candor.domain.connections.service.admitting import ACTOR
from candor.domain.connections.service.exchange import Exchange
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import sharing
from candor.domain.vault.errors import NoKey, NotAllowed
from candor.infra import age
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId, new_id

_SLICE: Final = 500  # people decided on in one transaction
_LEASE: Final = timedelta(minutes=2)  # of a slice
_PUT_LEASE: Final = timedelta(minutes=20)  # of putting it there, which may take ten


class _Lost(Exception):
    """This worker has the file no more: withdrawn, or another makes it."""


class _Failed(Exception):
    """Nothing comes of this file."""

    def __init__(self, why: Trouble) -> None:
        super().__init__()
        self.why = why


@dataclass(slots=True)
class _Work:
    """One try of one worker at one file."""

    exchange: Exchange
    connection: Connection
    filer: Filer
    line: Line
    file: File
    name: str
    by: str
    people: int = 0


async def make_due(exchange: Exchange) -> int:
    """Make one file that is due and put it at its place; return how many were.

    Raises:
        Unavailable: the database is away.
    """
    by = f"{exchange.node}/{new_id()}"
    now = exchange.clock.now()
    async with exchange.database.tx("connections.file") as tx:
        file_id = await stored.claim_making(tx, by=by, at=now, until=now + _LEASE)
    if file_id is None:
        return 0
    return int(await _make(exchange, file_id, by))


async def _make(exchange: Exchange, file_id: UUID, by: str) -> bool:
    """Make a file that was claimed; whatever goes wrong is written down with it."""
    try:
        work = await _begin(exchange, file_id, by)
        with tempfile.TemporaryDirectory(prefix="candor-") as folder:
            await _write_and_put(work, Path(folder) / "sealed")
    except _Lost:
        return False
    except _Failed as failed:
        await _fail(exchange, file_id, failed.why)
        return False
    except Exception as error:  # noqa: BLE001 - a mistake in one file stops no other
        problem = filing.problem_of(error)
        await _give_back(exchange, file_id, by, problem)
        if problem == Why.NOT_LET_IN:
            await _pause(exchange, file_id)
        return False
    return True


async def _pause(exchange: Exchange, file_id: UUID) -> None:
    """Pause a connection whose place does not let us in."""
    async with exchange.database.read() as tx:
        connection_id = (await filing.find(tx, file_id)).connection_id
    await polling.pause(exchange, connection_id)


async def _begin(exchange: Exchange, file_id: UUID, by: str) -> _Work:
    """Look whether this is still what was approved, and give the file its name."""
    async with exchange.database.tx("connections.file") as tx:
        file = await filing.find(tx, file_id)
        connection = await connecting.find(tx, file.connection_id)
        if connection.state is not State.ACTIVE:
            raise _Failed(Trouble.NOT_ACTIVE)
        if filing.terms_of(connection) != file.terms:
            raise _Failed(Trouble.TERMS_CHANGED)
        try:
            filer = filing.filer_of(connection, exchange)
            line = exchange.line(connection)
            name = file.name or _name(connection, file, filer.ending(line), exchange)
        except (WrongState, BadConnection):
            raise _Failed(Trouble.NOT_ACTIVE) from None
        total = await sharing.count_people(tx)
        await stored.begin(tx, file_id, by=by, name=name, total=total)
    return _Work(exchange, connection, filer, line, file, name, by)


def _name(connection: Connection, file: File, ending: str, exchange: Exchange) -> str:
    day = exchange.clock.now().strftime("%Y%m%d")
    return f"{connection.code}-{day}-{file.file_id.hex[-8:]}{ending}"


async def _write_and_put(work: _Work, path: Path) -> None:
    people = _people(work)
    try:
        await work.filer.write(work.line, path, people)
    finally:
        await people.aclose()
    if not work.people:
        raise _Failed(Trouble.NOBODY)
    await _note_made(work, path)
    await work.filer.put(work.line, work.name, path)
    exchange, now = work.exchange, work.exchange.clock.now()
    async with exchange.database.tx("connections.file") as tx:
        is_ours = await stored.note_put(
            tx,
            work.file.file_id,
            by=work.by,
            at=now,
            expires_at=now + lasts(work.connection.settings),
        )
        if not is_ours:
            raise _Lost  # it is taken away by its name, or another puts it there again
        await filing.written(
            tx,
            "connections.file_put",
            work.connection.connection_id,
            work.file.file_id,
            ACTOR,
            exchange.clock,
            people=work.people,
        )


async def _note_made(work: _Work, path: Path) -> None:
    """Write down what was made, before anything of it leaves."""
    exchange, now = work.exchange, work.exchange.clock.now()
    values = {
        "by": work.by,
        "people": work.people,
        "size": (await asyncio.to_thread(path.stat)).st_size,
        "sha256": await asyncio.to_thread(age.digest, path),
        "at": now,
        "until": now + _PUT_LEASE,
    }
    async with exchange.database.tx("connections.file") as tx:
        # It took its time: a connection that was paused, stopped or changed meanwhile gets nothing.
        now_there = await connecting.find(tx, work.connection.connection_id)
        is_same = (
            now_there.state is State.ACTIVE and filing.terms_of(now_there) == work.file.terms
        )
        if is_same and await stored.note_made(tx, work.file.file_id, values):
            return
        # Or somebody in it was erased, or it was withdrawn: not this one, then.
        await stored.give_back(tx, work.file.file_id, by=work.by, due_at=now, problem=None)
    raise _Lost


# ------------------------------------------------------------------------- who is in it
async def _people(work: _Work) -> AsyncGenerator[Sequence[Desired]]:
    """Yield who may be in a file, slice by slice, each decided on as it is written."""
    after: UUID | None = None
    while True:
        heads, desired = await _slice(work, after)
        if desired:
            yield desired
        if len(heads) < _SLICE:
            return
        after = heads[-1]


async def _slice(
    work: _Work, after: UUID | None
) -> tuple[Sequence[ProfileId], Sequence[Desired]]:
    """Decide on some people, open what may go, and write down who goes."""
    exchange = work.exchange
    try:
        async with exchange.database.tx("connections.file") as tx:
            heads = await sharing.people_after(tx, after, at_most=_SLICE)
            people = await admitting.look(tx, work.connection, heads, exchange)
            return heads, await _admit(tx, work, heads, people)
    except (NotAllowed, NoKey):
        pass  # somebody chose otherwise, or was erased, at this moment: each alone
    async with exchange.database.tx("connections.file") as tx:
        heads = await sharing.people_after(tx, after, at_most=_SLICE)
        found: dict[UUID, Person] = {}
        for one in heads:
            try:
                async with tx.savepoint():
                    found |= await admitting.look(tx, work.connection, [one], exchange)
            except (NotAllowed, NoKey):
                continue  # they are not in
        return heads, await _admit(tx, work, heads, found)


async def _admit(
    tx: Tx, work: _Work, heads: Sequence[ProfileId], people: Mapping[UUID, Person]
) -> Sequence[Desired]:
    """Write down who of these goes into the file; return what of each."""
    connection, exchange = work.connection, work.exchange
    mine = frozenset(connection.purposes)
    going = {
        one: person
        for one, person in people.items()
        if person.standing is Standing.ACTIVE and person.is_head and person.allowed & mine
    }
    desired = {one: composing.desired(connection, person) for one, person in going.items()}
    desired = {
        one: wanted for one, wanted in desired.items() if wanted.act is Act.PUT and wanted.keys
    }
    in_force = (await exchange.rulebook.rules(tx)).in_force
    purposes = {
        one: in_force.mask(tuple(sorted(going[one].allowed & mine & in_force.purposes.keys())))
        for one in desired
    }
    is_ours = await stored.note_people(
        tx,
        work.file.file_id,
        purposes,
        by=work.by,
        looked=len(heads),
        until=exchange.clock.now() + _LEASE,
    )
    if not is_ours:
        raise _Lost
    await _write_down(tx, work, desired)
    work.people += len(desired)
    return list(desired.values())


async def _write_down(tx: Tx, work: _Work, desired: Mapping[UUID, Desired]) -> None:
    """Write into the log of each person that they go into this file."""
    keys = await work.exchange.vault.keys(tx, [ProfileId(one) for one in desired])
    about = [
        (
            key.pseudonym if (key := keys.get(ProfileId(one))) is not None else None,
            {
                "connection": str(work.connection.connection_id),
                "file": str(work.file.file_id),
                "fields": len(wanted.facts) + len(wanted.choices) + len(wanted.keys),
            },
        )
        for one, wanted in desired.items()
    ]
    await audit.record_numbered(
        tx, actor=ACTOR, action="connections.filed", clock=work.exchange.clock, about=about
    )


# ------------------------------------------------------------------------- what goes wrong
async def _give_back(exchange: Exchange, file_id: UUID, by: str, problem: str) -> None:
    """Have a file tried again, later and later; after some tries nothing comes of it."""
    async with exchange.database.tx("connections.file") as tx:
        file = await filing.find(tx, file_id)
        due_at = exchange.clock.now() + pause_of(file.attempts)
        if file.attempts < TRIES or problem == Why.NOT_LET_IN:
            await stored.give_back(tx, file_id, by=by, due_at=due_at, problem=problem)
            return
        await _end(tx, file, problem, exchange)


async def _fail(exchange: Exchange, file_id: UUID, why: Trouble) -> None:
    async with exchange.database.tx("connections.file") as tx:
        await _end(tx, await filing.find(tx, file_id), why, exchange)


async def _end(tx: Tx, file: File, problem: str, exchange: Exchange) -> None:
    is_ended = await stored.move(
        tx,
        file.file_id,
        FileState.FAILED,
        from_states=[FileState.MAKING],
        at=exchange.clock.now(),
        problem=problem,
    )
    if is_ended:
        await filing.written(
            tx,
            "connections.file_failed",
            file.connection_id,
            file.file_id,
            ACTOR,
            exchange.clock,
            problem=problem,
        )
