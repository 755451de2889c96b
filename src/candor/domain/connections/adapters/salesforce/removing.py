"""Removing records: emptied first, for the Recycle Bin keeps what it gets for 15 days."""

from collections.abc import Sequence
from typing import Final

from candor.domain.connections.adapters.salesforce.calls import Api, Result, reply_to
from candor.domain.connections.adapters.salesforce.finding import by_id, find, is_id
from candor.domain.connections.adapters.salesforce.records import REQUIRED, Names, Record
from candor.domain.connections.adapters.salesforce.spec import EMPTY_AND_DELETE
from candor.domain.connections.model.talk import Acknowledged, Parcel, Reply

_AT_ONCE: Final = 80  # ids stand in the address, which has an end
_GONE: Final = frozenset({
    "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "NOT_FOUND",
    "INVALID_ID_FIELD",
})  # fmt: skip


async def remove(api: Api, names: Names, parcels: Sequence[Parcel]) -> list[Reply]:
    """Remove records; whoever is not there is removed.

    Raises:
        Unreached, NotLetIn.
    """
    ids = [None if one.remote_id is None else one.remote_id.reveal() for one in parcels]
    unknown = [place for place, one in enumerate(parcels) if ids[place] is None and one.keys]
    found, _ = await find(api, names, [parcels[place] for place in unknown])
    for place, rows in zip(unknown, found, strict=True):
        ids[place] = str(rows[0]["Id"]) if rows else None
    wanted = [one for one in dict.fromkeys(ids) if one is not None and is_id(one)]
    others = await _individuals(api, names, wanted)
    if api.line.settings.get("removal", EMPTY_AND_DELETE) == EMPTY_AND_DELETE:
        await api.many("PATCH", "", [_emptied(api, names, one) for one in wanted])
    results = dict(zip(wanted, await _delete(api, wanted), strict=True))
    await _delete(api, others)  # one that another record needs stays; it says nothing of whom
    return [_reply(None if one is None else results.get(one)) for one in ids]


async def _individuals(api: Api, names: Names, ids: Sequence[str]) -> list[str]:
    """Return the Individual records of those who are removed."""
    if not names.has_individuals:
        return []
    rows, _ = await by_id(api, names, ids)
    found = (row.get("IndividualId") for row in rows.values())
    return [str(one) for one in found if one is not None]


def _emptied(api: Api, names: Names, record_id: str) -> Record:
    unknown = api.line.settings.get("unknown") or "–"
    own = dict.fromkeys([*names.keys, *names.facts])
    return {
        "attributes": {"type": api.people},
        "Id": record_id,
        **{name: unknown if name in REQUIRED else None for name in own},
    }


async def _delete(api: Api, ids: Sequence[str]) -> list[Result]:
    found: list[Result] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        path = f"/composite/sobjects?ids={','.join(some)}&allOrNone=false"
        found += api.results(await api.ask("DELETE", path), len(some))
    return found


def _reply(result: Result | None) -> Reply:
    if result is None or result.success:
        return Acknowledged()
    code = result.errors[0].code if result.errors else ""
    return Acknowledged() if code in _GONE else reply_to(result.errors)
