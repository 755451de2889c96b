"""HubSpot as an adapter: a mirror that can be asked, calls us, and lists whom it holds."""

from collections.abc import Sequence

import msgspec

from candor.domain.connections.adapters.asking import read
from candor.domain.connections.adapters.hubspot import (
    following,
    hooks,
    subscriptions,
    writing,
)
from candor.domain.connections.adapters.hubspot.calls import ask, code_of, problem_of
from candor.domain.connections.adapters.hubspot.records import Names
from candor.domain.connections.adapters.hubspot.spec import SPEC
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.trying import under_each
from candor.domain.connections.errors import BadConnection, Unreached
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.talk import (
    Heard,
    Page,
    Parcel,
    Received,
    Reply,
    Returned,
    Spec,
)


class _Property(msgspec.Struct, frozen=True):
    name: str


class _Properties(msgspec.Struct, frozen=True):
    results: list[_Property]


class Hubspot:
    """Contacts in HubSpot."""

    @property
    def spec(self) -> Spec:
        """Say what it is and what it wants to know."""
        return SPEC

    async def check(self, line: Line) -> None:
        """Find out whether the token is taken, and whether the mapping names what is there.

        Raises:
            Unreached, NotLetIn, OutboundRefused.
            BadConnection: a property or subscription type is not there; the message names it.
        """
        names = Names(line.mapping)
        answer = await ask(line, "GET", "/crm/v3/properties/contacts")
        if not answer.is_well:
            raise Unreached(code_of(problem_of(answer)))
        there = {one.name for one in read(answer, _Properties).results}
        own = [*names.keys, *names.facts, *(one.property_name for one in names.choices)]
        missing = [name for name in own if name not in there]
        if names.subscriptions:
            defined = await subscriptions.defined(line)
            missing += [f"{n}" for s, n in names.subscriptions.items() if s not in defined]
        if missing:
            message = f"HubSpot has no {missing[0]!r} of contacts."
            raise BadConnection(message)

    async def send(self, line: Line, parcels: Sequence[Parcel]) -> Sequence[Reply]:
        """Bring contacts to what parcels say; one answer for each, in their order.

        Raises:
            Unreached, NotLetIn.
        """
        removals = [one for one in parcels if one.act is Act.REMOVE]
        puts = [one for one in parcels if one.act is Act.PUT]
        removed = iter(await under_each(removals, lambda some: writing.remove(line, some)))
        put = iter(await writing.put(line, puts) if puts else [])
        return [next(removed if one.act is Act.REMOVE else put) for one in parcels]

    async def poll(self, line: Line, cursor: str | None) -> Page:
        """Return what changed since a cursor; some of it is seen again.

        Raises:
            Unreached, NotLetIn.
        """
        return await following.poll(line, cursor)

    async def compare(self, line: Line, after: str | None) -> Page:
        """Return some of those whom it holds, with their choices.

        Raises:
            Unreached, NotLetIn.
        """
        return await following.compare(line, after)

    async def hear(self, line: Line, request: Received) -> tuple[Sequence[Heard], Returned]:
        """Return what a webhook says.

        Raises:
            BadSignature, TooOld, BadMessage.
        """
        return hooks.hear(line, request)
