"""The instant of an erasure: one transaction, after which nothing of the person can be read."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from candor.domain.rights.model.downstream import Identity
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.hold import Hold
from candor.domain.rights.model.request import Ground, Request, State
from candor.domain.rights.model.task import Answer, Done, Failed, Later
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.service import deciding, downstream, erasing, holds
from candor.domain.rights.service.erasure import needles
from candor.domain.rights.service.erasure.means import Means
from candor.domain.rights.service.office import Office, Step, Work, happened, write_to
from candor.domain.rights.service.people import WORKER, members_of, person_of
from candor.domain.vault.service import forgotten
from candor.infra.db.pool import Tx
from candor.infra.holder import Needle, Sort
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

UNREADABLE: Final = What.UNREADABLE  # what is said when the keys are gone
HELD: Final = What.HELD
_PART: Final = "rights"


def destroying(means: Means) -> Step:
    """Return the step that makes somebody unreadable, or finds out why it may not."""

    async def destroy(work: Work) -> Answer:
        office = work.office
        async with office.database.tx(_PART) as tx:
            answer = await _destroy(tx, work, means)
        if isinstance(answer, Done):
            # Once more, now that nobody can read it again: before the commit somebody could.
            async with office.database.read(_PART) as tx:
                office.vault.forget(await members_of(tx, work.request))
        return answer

    return destroy


async def _destroy(tx: Tx, work: Work, means: Means) -> Answer:
    """Lock the person, look for holds, and destroy; all or nothing, and once."""
    office = work.office
    request = await deciding.locked(tx, work.request.request_id)
    done = await said(tx, request)
    if done is not None:
        return Done(_evidence(done))
    if request.state is not State.IN_PROGRESS:
        return Failed("rights.wrong_move")  # closed by somebody while we came
    person = person_of(request)
    members = await means.whole_person(tx, person) or [person]
    await holds.lock(tx, person)  # nobody joins them any more: whoever holds one of them counts
    hold = await holds.holding(tx, members)
    if hold is not None:
        return await _restrict(tx, work, members, hold)
    found: list[Needle] = []
    known: Sequence[Identity] = ()  # by what systems outside know them, short numbers too
    if not await forgotten.erased(tx, members):
        for holder in office.holders.values():
            found += await holder.needles(tx, members)
        if await downstream.planned(tx, request):
            known = await downstream.opened_of(tx, members, office)
    gone = await erasing.cut_off(
        tx,
        members,
        holders=office.holders,
        vault=office.vault,
        actor=WORKER,
        clock=office.clock,
    )
    ids = [Needle(Sort.PROFILE, Pii(str(member))) for member in members]
    await needles.keep(tx, request, [*found, *ids], office=office)
    await downstream.remember(tx, request, known, office)
    detail = {"profiles": len(members), **{table: n for table, n in gone.items() if n}}
    await happened(tx, request, UNREADABLE, actor=WORKER, office=office, detail=detail)
    return Done(_evidence(detail))


async def said(tx: Tx, request: Request) -> Mapping[str, Any] | None:
    """Return what was written down when the person became unreadable; None: they are not."""
    for event in await stored.events(tx, request_id=request.request_id):
        if event.what == UNREADABLE:
            return event.detail
    return None


async def _restrict(tx: Tx, work: Work, members: Sequence[ProfileId], hold: Hold) -> Answer:
    """Destroy nothing: restrict the person instead, tell them, and wait until it is lifted."""
    office, ground = work.office, Ground(hold.ground).value
    if work.task.evidence.get(HELD.value) != ground:
        for holder in office.holders.values():
            await holder.restrict_person(tx, members, is_restricted=True)
        await happened(tx, work.request, HELD, actor=WORKER, office=office, code=ground)
        await write_to(tx, work.request, HELD.value)
    # Until the day on which somebody looks at the hold; lifting it wakes the task before.
    return Later(_review(hold, office), {HELD.value: ground})


def _evidence(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was said when it was done as the evidence of the task: rows by table apart."""
    gone = {table: rows for table, rows in detail.items() if "." in table}
    return {"profiles": detail["profiles"], "gone": gone}


def _review(hold: Hold, office: Office) -> datetime:
    tomorrow = office.clock.now() + timedelta(days=1)
    on_day = datetime.combine(hold.review_on, time(6), tzinfo=UTC)
    return max(tomorrow, on_day)
