"""Bringing records to what parcels say, and removing them: find, read, compare, write."""

from collections.abc import Mapping
from typing import Final

from candor.domain.connections.adapters.guarding import overrules
from candor.domain.connections.adapters.rest.calls import IN_HEADER, Api, Said
from candor.domain.connections.adapters.rest.dotted import MISSING, Json, text_at
from candor.domain.connections.adapters.rest.records import (
    Record,
    choices_of,
    heard_of,
    is_of,
    record_of,
    records_in,
    times_of,
    wanted_of,
)
from candor.domain.connections.adapters.rest.templates import DoesNotFit, Request
from candor.domain.connections.adapters.trying import parts
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.talk import (
    Acknowledged,
    Changed,
    Later,
    Never,
    Parcel,
    Reply,
)
from candor.kernel.pii import Pii

_GONE: Final = frozenset({404, 410})
_CHANGED: Final = frozenset({409, 412})
_A_SECOND: Final = 1.0
_KEY: Final = "key"
_WEAK: Final = "W/"  # such an ETag proves nothing to If-Match (RFC 9110 section 13.1.1)


async def settle(api: Api, parcel: Parcel) -> Reply:
    """Bring one record to what a parcel says; return what became of it.

    Raises:
        Unreached, NotLetIn, OutboundRefused.
    """
    try:
        if parcel.act is Act.REMOVE:
            return await _removed(api, parcel)
        return await _brought(api, parcel)
    except DoesNotFit:
        return Never("bad_id")


async def _brought(api: Api, parcel: Parcel) -> Reply:
    found = await _found(api, parcel)
    if isinstance(found, Never):
        return found
    if found is None:
        return await _made(api, parcel)
    if _is_news(api, parcel, found):
        return _changed_there(api, found)
    held = choices_of(api.line, api.setup, found.content)
    content = wanted_of(api.setup, parcel, held, found.content)
    if not content:
        return Acknowledged(Pii(found.remote_id), found.version)
    return await _changed(api, parcel, found, content)


async def _found(api: Api, parcel: Parcel) -> Record | Never | None:
    """Return the record of somebody; None: there is none, or nobody is looked for there."""
    setup = api.setup
    if parcel.remote_id is not None:
        remote_id = parcel.remote_id.reveal()
        if setup.read is None:
            return Record(remote_id, MISSING, parcel.version)
        known = await _read(api, remote_id)
        if known is not None:
            return known
    found = await _searched(api, parcel)
    if isinstance(found, Never):
        return found
    if not found:
        return None
    # Of several the first one is the person; a no that nobody heard yet counts in any of them.
    best = next((one for one in found if _is_news(api, parcel, one)), found[0])
    if setup.read is not None and setup.version_at.startswith(IN_HEADER):
        return await _read(api, best.remote_id)  # its version stands there alone
    return best


async def _read(api: Api, remote_id: str) -> Record | None:
    """Return a record as it stands there now; None: it is gone."""
    assert api.setup.read is not None  # noqa: S101 - each caller looked
    values = {"id": remote_id}
    said = await api.ask(api.setup.read, values, body=_body(api.setup.read, values))
    return None if said.status in _GONE else record_of(api.setup, _well(said))


def _is_news(api: Api, parcel: Parcel, record: Record) -> bool:
    """Tell whether a no stands there that was not heard yet and would be lost."""
    held = choices_of(api.line, api.setup, record.content)
    return overrules(parcel, held, times_of(api.line, api.setup, record.content))


def _changed_there(api: Api, record: Record) -> Changed:
    return Changed(heard_of(api.line, api.setup, record.content, record.version))


async def _searched(api: Api, parcel: Parcel) -> list[Record] | Never:
    """Return whom an identifier finds; nobody where nobody is looked for.

    Who lacks the identifier that they are found by is for a person to see to: to make them
    unseen, or to believe that they are not there, could lose a no.
    """
    find = api.setup.find
    if find is None:
        return []
    values = {name: key.reveal() for name, key in parcel.keys.items()}
    names = [one.there for one in api.line.mapping if one.there in values]
    if names:
        values[_KEY] = values[names[0]]
    if not (find.holes | find.body_holes) <= set(values):
        return Never("no_key")
    said = await api.ask(find, values, body=_body(find, values))
    if said.status in _GONE:
        return []
    found = records_in(api.setup, _well(said).content, api.setup.found_at)
    if any(all(text_at(one.content, name) is None for name in names) for one in found):
        return Never("cannot_be_compared")  # a search that looks at nothing returns anybody
    return [one for one in found if is_of(one.content, parcel)]


async def _made(api: Api, parcel: Parcel) -> Reply:
    setup = api.setup
    if setup.create is None:
        return Never("no_request")
    if not parcel.keys:
        return Never("no_key")
    said = await _write(api, setup.create, parcel, wanted_of(setup, parcel, {}))
    if said.status == 409:
        return Later("taken_and_not_found")
    if not said.is_well:
        return Never(said.problem)
    try:
        record = record_of(setup, said)
    except Unreached:  # it does not say as whom
        found = await _searched(api, parcel)
        if isinstance(found, Never) or not found:
            raise
        record = found[0]
    return Acknowledged(Pii(record.remote_id), record.version)


async def _changed(
    api: Api, parcel: Parcel, found: Record, content: Mapping[str, Json]
) -> Reply:
    setup = api.setup
    if setup.update is None:
        return Never("no_request")
    said = await _write(api, setup.update, parcel, content, found)
    if said.status in _CHANGED:
        return await _raced(api, parcel, found, said)
    if said.status in _GONE:
        is_new = setup.read is None  # nobody looked before
        return await _made(api, parcel) if is_new else Later("gone", _A_SECOND)
    if not said.is_well:
        return Never(said.problem)
    return _acknowledged(api, said, found)


async def _raced(api: Api, parcel: Parcel, found: Record, said: Said) -> Reply:
    """Return what became of a write that was refused for the version that it was over."""
    if said.status == 409 and (not api.setup.version_at or found.version is None):
        return Never(said.problem)  # no version of ours was refused: something is another's
    if api.setup.read is not None:
        now = await _read(api, found.remote_id)
        if now is not None and _is_news(api, parcel, now):
            return _changed_there(api, now)
    return Later("conflict", _A_SECOND)


async def _removed(api: Api, parcel: Parcel) -> Reply:
    """Remove somebody by their id, or all whom their identifiers find."""
    if parcel.remote_id is None and not parcel.keys:
        return Acknowledged()
    ids = await _ids(api, parcel)
    if isinstance(ids, Never):
        return ids
    if ids and api.setup.delete is None:
        return Never("no_request")
    for one in ids:
        said = await _write(api, api.setup.delete, parcel, {}, Record(one, MISSING, None))
        if not said.is_well and said.status not in _GONE:
            return Never(said.problem)
    return Acknowledged(parcel.remote_id)


async def _ids(api: Api, parcel: Parcel) -> list[str] | Never:
    """Return how those are called who are to be removed."""
    if parcel.remote_id is not None:
        return [parcel.remote_id.reveal()]
    if api.setup.find is None:
        return Never("cannot_be_found")
    ids: list[str] = []
    for part in parts(parcel):
        found = await _searched(api, part)
        if isinstance(found, Never):
            return found
        ids += [one.remote_id for one in found]
    return ids


async def _write(
    api: Api,
    request: Request | None,
    parcel: Parcel,
    content: Mapping[str, Json],
    over: Record | None = None,
) -> Said:
    """Ask for a change, under the version that a record had when it was read."""
    assert request is not None  # noqa: S101 - each caller looked
    setup, values = api.setup, dict[str, Json]()
    headers = {setup.idempotency_header: parcel.ticket.key}
    record = dict(content)
    if over is not None:
        values["id"] = over.remote_id
        if over.version is not None and not over.version.startswith(_WEAK):
            if setup.version_to.startswith(IN_HEADER):
                headers[setup.version_to.removeprefix(IN_HEADER)] = over.version
            elif content:
                record[setup.version_to] = over.version
    values["record"] = record
    body = _body(request, values)
    if body is MISSING and content:
        body = record
    address = {"id": over.remote_id} if over is not None else {}
    return await api.ask(request, address, body=body, headers=headers)


def _acknowledged(api: Api, said: Said, found: Record) -> Reply:
    """Return that it was done; where an answer holds no record, by what is known of it."""
    try:
        record = record_of(api.setup, said)
    except Unreached:
        return Acknowledged(Pii(found.remote_id), said.text(api.setup.version_at, MISSING))
    return Acknowledged(Pii(record.remote_id), record.version)


def _well(said: Said) -> Said:
    """Return an answer of success.

    Raises:
        Unreached: it is another.
    """
    if not said.is_well:
        raise Unreached(said.problem)
    return said


def _body(request: Request, values: Mapping[str, Json]) -> Json:
    return request.content(values) if request.has_body else MISSING
