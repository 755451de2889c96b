"""Salesforce as an adapter: a mirror that can be asked, and lists whom it holds."""

from collections.abc import Sequence

import msgspec

from candor.domain.connections.adapters.asking import read
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.salesforce import following
from candor.domain.connections.adapters.salesforce.calls import Api, fault_of
from candor.domain.connections.adapters.salesforce.records import INDIVIDUAL, Names
from candor.domain.connections.adapters.salesforce.removing import remove
from candor.domain.connections.adapters.salesforce.session import Sessions
from candor.domain.connections.adapters.salesforce.spec import SPEC
from candor.domain.connections.adapters.salesforce.writing import Writing
from candor.domain.connections.adapters.trying import under_each
from candor.domain.connections.errors import BadConnection, Unreached
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.talk import Page, Parcel, Reply, Spec


class _Field(msgspec.Struct, rename="camel", frozen=True):
    name: str
    external_id: bool = False


class _Described(msgspec.Struct, frozen=True):
    fields: list[_Field]


class Salesforce:
    """Contacts or leads in Salesforce."""

    def __init__(self) -> None:
        """Begin without sessions."""
        self._sessions = Sessions()

    @property
    def spec(self) -> Spec:
        """Say what it is and what it wants to know."""
        return SPEC

    def _api(self, line: Line) -> Api:
        return Api(line, self._sessions)

    async def check(self, line: Line) -> None:
        """Find out whether we are let in, and whether the mapping names what is there.

        Raises:
            Unreached, NotLetIn, OutboundRefused.
            BadConnection: a field is not there or is no external id; the message names it.
        """
        api, names = self._api(line), Names(line.mapping)
        there = await _fields(api, api.people)
        own = [one.field for one in names.choices if not one.is_individual]
        missing = [name for name in (*names.keys, *names.facts, *own) if name not in there]
        if names.has_individuals:
            others = await _fields(api, INDIVIDUAL)
            missing += [
                one.there
                for one in names.choices
                if one.is_individual and one.field not in others
            ]
        if missing:
            message = f"Salesforce has no field {missing[0]!r} that its user may see."
            raise BadConnection(message)
        external = line.settings.get("external_id", "")
        if external and (external not in names.keys or not there.get(external, False)):
            message = f"{external!r} must be a key of the mapping and an external id there."
            raise BadConnection(message)

    async def send(self, line: Line, parcels: Sequence[Parcel]) -> Sequence[Reply]:
        """Bring records to what parcels say; one answer for each, in their order.

        Raises:
            Unreached, NotLetIn.
        """
        api, names = self._api(line), Names(line.mapping)
        removals = [one for one in parcels if one.act is Act.REMOVE]
        puts = [one for one in parcels if one.act is Act.PUT]
        removed = iter(await under_each(removals, lambda some: remove(api, names, some)))
        put = iter(await Writing(api, names).put(puts) if puts else [])
        return [next(removed if one.act is Act.REMOVE else put) for one in parcels]

    async def poll(self, line: Line, cursor: str | None) -> Page:
        """Return what changed since a cursor; some of it is seen again.

        Raises:
            Unreached, NotLetIn.
        """
        unknown = line.settings.get("unknown") or ""
        return await following.poll(
            self._api(line), Names(line.mapping), cursor, unknown=unknown
        )

    async def compare(self, line: Line, after: str | None) -> Page:
        """Return some of those whom it holds, with their choices.

        Raises:
            Unreached, NotLetIn.
        """
        names = Names([one for one in line.mapping if one.is_choice or one.is_key])
        return await following.compare(self._api(line), names, after)


async def _fields(api: Api, kind: str) -> dict[str, bool]:
    """Return the fields of an object, and whether each is an external id."""
    answer = await api.ask("GET", f"/sobjects/{kind}/describe")
    if not answer.is_well:
        raise Unreached(fault_of(answer).code.lower())
    return {one.name: one.external_id for one in read(answer, _Described).fields}
