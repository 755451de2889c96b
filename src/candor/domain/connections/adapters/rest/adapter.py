"""The adapter of REST APIs."""

import asyncio
from collections.abc import Sequence

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.rest import following, hooks, spec
from candor.domain.connections.adapters.rest.calls import Api
from candor.domain.connections.adapters.rest.proof import Tokens
from candor.domain.connections.adapters.rest.setup import setup_of
from candor.domain.connections.adapters.rest.writing import settle
from candor.domain.connections.errors import BadConnection, NotLetIn, Unreached
from candor.domain.connections.model.talk import (
    Heard,
    Later,
    Page,
    Parcel,
    Received,
    Reply,
    Returned,
)


class Rest:
    """Speaks with whatever its settings describe."""

    spec = spec.SPEC

    def __init__(self) -> None:
        """Begin with no token."""
        self._tokens = Tokens()

    async def check(self, line: Line) -> None:
        """Hold the settings against one another, and ask for what changes nothing.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection.
        """
        api = self._api(line)
        request = api.setup.check or api.setup.listing
        if request is None:
            await self._tokens.headers(line, api.setup)
        elif request is api.setup.listing:
            await following.first_page(api, request)
        else:
            said = await api.ask(request, {})
            if not said.is_well:
                message = f"Request that changes nothing: it was answered with {said.status}."
                raise BadConnection(message)

    async def send(self, line: Line, parcels: Sequence[Parcel]) -> Sequence[Reply]:
        """Bring records to what parcels say, a few at the same time.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection.
        """
        api = self._api(line)
        limit = asyncio.Semaphore(spec.STREAMS)

        async def one(parcel: Parcel) -> Reply | Unreached | NotLetIn:
            async with limit:
                try:
                    return await settle(api, parcel)
                except (Unreached, NotLetIn) as failed:
                    return failed

        return _told(await asyncio.gather(*(one(parcel) for parcel in parcels)))

    async def poll(self, line: Line, cursor: str | None) -> Page:
        """Return who changed."""
        return await following.poll(self._api(line), cursor)

    async def compare(self, line: Line, after: str | None) -> Page:
        """Return everybody."""
        return await following.compare(self._api(line), after)

    async def hear(self, line: Line, request: Received) -> tuple[Sequence[Heard], Returned]:
        """Return what its webhook says.

        Raises:
            BadSignature, TooOld, BadMessage.
        """
        return hooks.hear(line, setup_of(line), request), Returned()

    def _api(self, line: Line) -> Api:
        return Api(line, setup_of(line), self._tokens)


def _told(replies: Sequence[Reply | Unreached | NotLetIn]) -> list[Reply]:
    """Return the answers; when nobody was reached, or we are shut out, the call failed."""
    for one in replies:
        if isinstance(one, NotLetIn):
            raise one
    failed = [one for one in replies if isinstance(one, Unreached)]
    if failed and len(failed) == len(replies):
        raise failed[0]
    return [
        Later(one.problem, one.after) if isinstance(one, Unreached) else one
        for one in replies
        if not isinstance(one, NotLetIn)
    ]
