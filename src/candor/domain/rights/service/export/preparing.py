"""Getting ready to give an archive: it is read through once, so that nobody waits for a failure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from candor.domain.rights.model.request import Ground, Request
from candor.domain.rights.model.task import Answer, Done, Planned
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.service.export.rows import rows
from candor.domain.rights.service.export.subject import subject_of
from candor.domain.rights.service.office import Office, Work
from candor.domain.rights.service.people import members_of
from candor.domain.vault.service import forgotten
from candor.infra.db.pool import ReadTx

PREPARE: Final = "prepare"
RESULTS_LAST: Final = timedelta(days=14)
_PART: Final = "rights"


async def plan(tx: ReadTx, request: Request, office: Office) -> Sequence[Planned]:
    """Plan to get an archive ready."""
    del tx, request, office
    return (Planned(PREPARE),)


async def prepare(work: Work) -> Answer:
    """Read everything through, count it, and say until when it can be downloaded.

    Keeps nothing of it. Whatever cannot be opened fails here, where it is tried again and somebody
    looks, and not in the hands of the person. Of somebody who was erased nothing is there.
    """
    office = work.office
    async with office.database.tx(_PART) as tx:
        if await forgotten.erased(tx, await members_of(tx, work.request)):
            return Done({"refused": Ground.NO_DATA.value})
        subject = await subject_of(tx, work.request, office=office)
    counts: dict[str, int] = {}
    async with office.database.read(_PART) as tx:
        async for opened in rows(tx, subject, office):
            name = opened.table.table
            counts[name] = counts.get(name, 0) + len(opened.rows)
    async with office.database.tx(_PART) as tx:
        request = await stored.locked_request(tx, request_id=work.request.request_id)
        if request is not None:
            until = office.clock.now() + RESULTS_LAST
            await stored.write_request(tx, replace(request, results_until=until))
    return Done(
        {"rows": sum(counts.values()), "tables": {k: n for k, n in counts.items() if n}}
    )
