"""One task for each system outside that must hear of a request (GDPR Art. 17(2), 19)."""

from collections.abc import Sequence
from typing import Final

from candor.domain.rights.model.downstream import Downstream, Protocol
from candor.domain.rights.model.opendsr import TYPES
from candor.domain.rights.model.request import Request, Right
from candor.domain.rights.model.task import Planned
from candor.domain.rights.queries import downstreams as stored
from candor.infra.db.pool import ReadTx

TELL: Final = "tell"
# Late: what is ours to do never waits for another. Only what closes the request does.
STAGE: Final = 3
# Who got the data hears that it was erased, corrected, restricted or objected to, and is asked
# for what they hold when somebody wants to see it. Who bought or uses data hears that the sale
# has stopped, and that what is sensitive is limited (11 CCR 7026(f), 7027(g)).
_HEARS: Final = frozenset(
    {
        Right.ERASURE,
        Right.RECTIFICATION,
        Right.RESTRICTION,
        Right.OBJECTION,
        Right.ACCESS,
        Right.SALE_OPT_OUT,
        Right.LIMIT_SENSITIVE,
    }
)


async def planned(tx: ReadTx, request: Request, *, stage: int = STAGE) -> Sequence[Planned]:
    """Return a task for each system that must hear of a request.

    What its protocol has no word for, a person sees to.
    """
    if request.kind not in _HEARS:
        return ()
    return [
        Planned(
            step=TELL,
            party=str(one.downstream_id),
            stage=stage,
            is_manual=not _is_by_machine(one, request.kind),
            due_at=request.due_at,
        )
        for one in await stored.downstreams(tx)
        if one.ended_at is None
    ]


def _is_by_machine(one: Downstream, kind: Right) -> bool:
    return one.protocol == Protocol.OPENDSR and kind in TYPES.values()
