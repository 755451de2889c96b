"""People who are erased in measurements: begun at the door, their events put where it puts them."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from bench.stage import SOURCE, Stage
from candor.app import Candor, office_of
from candor.domain.audit.model import Actor
from candor.domain.profiles.service import read
from candor.domain.rights.model.request import Channel, Proof, Request, Right, State
from candor.domain.rights.service import asking, carrying, reading
from candor.domain.rights.service.asking import Asked
from candor.domain.rights.service.office import Office
from candor.kernel.ids import ProfileId

_ROUNDS: Final = 60
# Rows as the door leaves them, in one statement: how they came in is measured elsewhere.
_EVENTS: Final = """
INSERT INTO collect.event (
    profile_id, occurred_at, event_id, event_type_id, source_id, flush_id, received_at, purposes,
    properties
)
SELECT
    {owner}, now() - (n %% 36000) * interval '1 second', gen_random_uuid(), 1, 1, 1, now(), 1,
    jsonb_build_object('order_id', n, 'total', n %% 100, 'label', md5(n::text))
FROM generate_series(1, %(events)s) AS n
"""
_MONTHS: Final = b"""
SELECT collect.ensure_month(current_date), collect.ensure_month(current_date - 1)
"""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person, and by what a search would find them."""

    profile_id: ProfileId
    number: str
    email: str
    device: str

    @property
    def words(self) -> tuple[str, ...]:
        """Return their identifiers."""
        return self.number, self.email, self.device


def call_of(one: Somebody | int, dice: random.Random) -> dict[str, object]:
    """Return a call that names somebody, of which no two are alike."""
    tag = one if isinstance(one, int) else one.number
    number = f"leaver-{tag}" if isinstance(one, int) else one.number
    email = f"leaver-{tag}@example.org" if isinstance(one, int) else one.email
    device = f"device-of-leaver-{tag}" if isinstance(one, int) else one.device
    return {
        "type": "identify",
        "messageId": f"{tag}-{dice.getrandbits(64):x}",
        "userId": number,
        "anonymousId": device,
        "traits": {"email": email, "name": f"Leaver Number {tag}"},
    }


async def sent(candor: Candor, calls: Sequence[dict[str, object]]) -> None:
    """Send calls through the door; return when they are committed."""
    reader = await candor.door.reader(SOURCE)
    load = reader.batch(msgspec.json.encode({"batch": calls}), candor.clock.now())
    await candor.door.take(load)


async def begun(candor: Candor, numbers: Sequence[int], dice: random.Random) -> list[Somebody]:
    """Begin people at the door."""
    for start in range(0, len(numbers), 200):
        await sent(candor, [call_of(n, dice) for n in numbers[start : start + 200]])
    async with candor.database.read() as tx:
        in_force = (await candor.rulebook.rules(tx)).in_force
        pairs = [("email", f"leaver-{n}@example.org") for n in numbers]
        found = await read.find_all(tx, pairs, in_force=in_force, vault=candor.vault)
    return [
        Somebody(
            found["email", f"leaver-{n}@example.org"],
            f"leaver-{n}",
            f"leaver-{n}@example.org",
            f"device-of-leaver-{n}",
        )
        for n in numbers
    ]


def put_events(here: Stage, events: int, owner: UUID | None = None) -> None:
    """Put events of somebody, or of as many strangers, where the door puts them."""
    of = "gen_random_uuid()" if owner is None else f"'{owner}'::uuid"
    with here.connected() as connection:
        connection.execute(_MONTHS)
        connection.execute(_EVENTS.format(owner=of).encode(), {"events": events})
        connection.execute(b"ANALYZE collect.event")


async def asked(candor: Candor, office: Office, who: ProfileId) -> Request:
    """Ask to be erased, proved."""
    async with candor.database.tx() as tx:
        opened = await asking.ask(
            tx,
            Asked(Right.ERASURE, Channel.PORTAL, profile_id=who, proof=Proof.ACCOUNT),
            actor=Actor.machine("bench"),
            office=office,
        )
    return opened.request


async def carried(office: Office, request: Request) -> Request:
    """Have a request carried out to its end."""
    for _ in range(_ROUNDS):
        await carrying.carry(office, request.request_id)
        async with office.database.read() as tx:
            found = await reading.find(tx, request.request_id)
        if found.state is not State.IN_PROGRESS:
            return found
        await asyncio.sleep(timedelta(milliseconds=50).total_seconds())
    async with office.database.read() as tx:
        tasks = await reading.tasks(tx, request.request_id)
        said = [(e.what, dict(e.detail)) for e in await reading.events(tx, request.request_id)]
    left = {t.step: (t.state.value, t.problem) for t in tasks if t.done_at is None}
    message = f"request {request.request_id} does not come to its end: {left}, {said[-4:]}"
    raise AssertionError(message)


def office(candor: Candor) -> Office:
    """Return what rights are carried out with."""
    return office_of(candor)
