"""Removing somebody of whom a system was told without ever answering.

They may stand there under each of the identifiers with which that was tried: somebody changed their
address between two answers that were lost. Whom a system calls by a name of its own is removed by
that name alone.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.talk import Acknowledged, Parcel, Reply


def parts(parcel: Parcel) -> list[Parcel]:
    """Return a removal once for each of the identifiers that were tried; any other as it is."""
    if parcel.act is not Act.REMOVE or parcel.remote_id is not None or not parcel.tried:
        return [parcel]
    return [replace(parcel, keys=keys, tried=()) for keys in parcel.tried]


async def under_each(
    parcels: Sequence[Parcel], remove: Callable[[Sequence[Parcel]], Awaitable[Sequence[Reply]]]
) -> list[Reply]:
    """Remove people under each of their identifiers; one answer for each, in their order.

    In rounds, none with more parcels than were given. What went wrong first is the answer.

    Raises:
        Unreached, NotLetIn: as `remove` does.
    """
    whole = [parts(one) for one in parcels]
    found: dict[int, Reply] = {}
    for turn in range(max((len(one) for one in whole), default=0)):
        places = [place for place, one in enumerate(whole) if turn < len(one)]
        replies = await remove([whole[place][turn] for place in places])
        for place, reply in zip(places, replies, strict=True):
            if isinstance(found.get(place, reply), Acknowledged) or place not in found:
                found[place] = reply
    return [found[place] for place in range(len(parcels))]
