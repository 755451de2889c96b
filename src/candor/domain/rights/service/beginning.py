"""Beginning work on a request: what must be done becomes tasks."""

from dataclasses import replace
from typing import Final

from candor.domain.audit.model import Actor
from candor.domain.rights.errors import WrongMove
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import Proof, Request, State, may_move
from candor.domain.rights.model.task import Planned
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.queries import tasks as stored_tasks
from candor.domain.rights.service.office import Office, go_on, happened
from candor.infra.db.pool import Tx
from candor.kernel.ids import new_id

ANSWER: Final = "answer"  # the step of a person: nothing else can be done


async def begun(
    tx: Tx,
    request: Request,
    *,
    actor: Actor,
    office: Office,
    proof: Proof | None = None,
) -> Request:
    """Let work begin: plan it and hand it to a worker; audited. The request is locked or new.

    Raises:
        WrongMove: it is under way or over, or nobody knows whose it is.
    """
    if not may_move(request.state, State.IN_PROGRESS) or request.profile_id is None:
        raise WrongMove
    now = office.clock.now()
    known = {} if proof is None else {"proof": proof, "proved_at": now}
    request = replace(request, state=State.IN_PROGRESS, begun_at=now, **known)
    await stored.write_request(tx, request)
    await happened(
        tx, request, What.BEGUN, actor=actor, office=office, code=request.proof.value
    )
    plan = office.plans.get(request.kind)
    planned = () if plan is None else await plan(tx, request, office)
    for one in planned or (Planned(ANSWER, is_manual=True, due_at=request.due_at),):
        await stored_tasks.insert_task(
            tx, one, request_id=request.request_id, task_id=new_id(), at=now
        )
    await go_on(tx, request)
    return request
