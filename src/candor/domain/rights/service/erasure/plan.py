"""In which order somebody is erased."""

from collections.abc import Sequence
from typing import Final

from candor.domain.rights.model.request import Request
from candor.domain.rights.model.task import Planned
from candor.domain.rights.service.office import Office, Plan
from candor.infra.db.pool import ReadTx

DESTROY: Final = "destroy"
PURGE: Final = "purge"
PURGE_AGAIN: Final = "purge_again"
SCAN: Final = "scan"
CERTIFICATE: Final = "certificate"
LET_GO: Final = "let_go"
# Never by hand.
BY_MACHINE: Final = frozenset({DESTROY, PURGE, PURGE_AGAIN, LET_GO, CERTIFICATE})
OUTSIDE: Final = 3  # the stage in which connections and systems outside are told


async def inside(tx: ReadTx, request: Request, office: Office) -> Sequence[Planned]:
    """Return what is to be done here: one purge for each slice that keeps something."""
    del tx, request
    return (
        Planned(DESTROY),
        *(Planned(PURGE, name, stage=1) for name in office.holders),
        Planned(PURGE_AGAIN, stage=2),
        Planned(LET_GO, stage=4),
        Planned(SCAN, stage=5),
        Planned(CERTIFICATE, stage=6),
    )


def erasure(*outside: Plan) -> Plan:
    """Return the plan of an erasure, with what others add: systems outside that are told.

    Theirs belong into the stage `OUTSIDE`: before `destroy` nothing is certain, a hold may stop it.
    What is purged here never waits for another. What must be known to remove somebody elsewhere is
    let go of when all have answered; the search comes after it and finds nothing of that either,
    and the certificate says what everybody answered.
    """

    async def plan(tx: ReadTx, request: Request, office: Office) -> Sequence[Planned]:
        more = [one for part in outside for one in await part(tx, request, office)]
        return (*await inside(tx, request, office), *more)

    return plan
