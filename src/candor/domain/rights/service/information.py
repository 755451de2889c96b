"""Information: what is done with data, who does it, and whether anything is kept of somebody.

GDPR Art. 13-15(1); LGPD Art. 18 I (confirmation), VII, VIII. It is answered at once: the answer is
the person's own page, and the trust page for anybody; the letter of the end links to both.
"""

from collections.abc import Sequence
from typing import Final

from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import gate
from candor.domain.rights.model.request import Request
from candor.domain.rights.model.task import Answer, Done, Planned
from candor.domain.rights.service.office import Office, Work
from candor.domain.rights.service.people import members_of
from candor.infra.db.pool import ReadTx

INFORM: Final = "inform"


async def plan(tx: ReadTx, request: Request, office: Office) -> Sequence[Planned]:
    """Plan to answer."""
    del tx, request, office
    return (Planned(INFORM),)


async def inform(work: Work) -> Answer:
    """Find out whether anything is kept of the person: the confirmation of LGPD Art. 18 I."""
    async with work.office.database.read("rights") as tx:
        members = await members_of(tx, work.request)
        known = await gate.states(tx, members)
    is_kept = any(state.standing != Standing.ERASED for state in known.values())
    return Done({"kept_data": "yes" if is_kept else "no", "profiles": len(members)})
