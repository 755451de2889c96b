"""People who ask to be forgotten, and what is done about it, step by step or all at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from candor.app import Candor, office_of
from candor.domain.audit.model import Actor
from candor.domain.rights.model.request import Channel, Proof, Request, Right, State
from candor.domain.rights.model.task import Task
from candor.domain.rights.service import asking, carrying, reading
from candor.domain.rights.service.asking import Asked
from candor.domain.rights.service.office import Office
from candor.infra import jws
from candor.infra.db.pool import Database
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories import house

ROUNDS = 60


async def make_somebody(candor: Candor, **traits: object) -> tuple[ProfileId, dict[str, str]]:
    """Make a person with identifiers, facts, events, choices and a merge; return who and what."""
    number, email = house.fresh("customer-"), house.fresh_email()
    device = house.fresh("device-")
    known = {"name": house.fresh("Ada Love Lace "), "email": email, "city": "Berlin", **traits}
    choice = {"consent": {"categoryPreferences": {"marketing": True}}}
    await house.send(
        candor,
        "shop",
        {**house.order(candor, properties={"note": f"call {email}"}), "anonymousId": device},
        {"type": "identify", "userId": number, "traits": known, "context": choice},
        {**house.order(candor), "userId": number, "anonymousId": device},
    )
    who = await house.find(candor, "customer_number", number)
    return who, {"number": number, "email": email, "device": device, "name": str(known["name"])}


async def ask(candor: Candor, who: ProfileId, kind: Right = Right.ERASURE) -> Request:
    """Ask for it as somebody who signed in and proved themselves anew."""
    async with candor.database.tx() as tx:
        opened = await asking.ask(
            tx,
            Asked(kind, Channel.PORTAL, profile_id=who, proof=Proof.ACCOUNT),
            actor=Actor.customer(str(who)),
            office=office_of(candor),
        )
    return opened.request


async def carried(candor: Candor, request: Request, office: Office | None = None) -> Request:
    """Have it carried out; time goes on where something waits."""
    office = office or office_of(candor)
    for _ in range(ROUNDS):
        await carrying.carry(office, request.request_id)
        found = await find(candor, request.request_id)
        if found.state is not State.IN_PROGRESS:
            return found
        if isinstance(candor.clock, FixedClock):
            candor.clock.advance(timedelta(minutes=3))
    return await find(candor, request.request_id)


async def find(candor: Candor, request_id: UUID) -> Request:
    """Return a request as it stands."""
    async with candor.database.read() as tx:
        return await reading.find(tx, request_id)


async def tasks(candor: Candor, request: Request) -> dict[str, Task]:
    """Return the tasks of a request by their step and party."""
    async with candor.database.read() as tx:
        found = await reading.tasks(tx, request.request_id)
    return {f"{task.step} {task.party}".strip(): task for task in found}


async def said(candor: Candor, request: Request) -> list[str]:
    """Return what happened to a request."""
    async with candor.database.read() as tx:
        return [event.what for event in await reading.events(tx, request.request_id)]


def payload_of(body: str) -> Mapping[str, Any]:
    """Return what a signed statement says, without looking at the signature."""
    part = body.split(".")[1]
    return msgspec.json.decode(jws.decoded(part))


def over(office: Office, database: Database) -> Office:
    """Return an office that works over another database: one that fails, say."""
    return replace(office, database=database)
