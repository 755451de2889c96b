"""Rectification: what somebody says of themselves counts instead (GDPR Art. 16; CCPA 1798.106).

Scope: `attribute`. The value stands in the words of the request, sealed. A declared fact is put
right at once, for the person knows best; an identifier finds people and is verified elsewhere, so
somebody looks at it (`review`), and so at anything that the machine cannot read.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import InForce
from candor.domain.rights.errors import UnknownGround
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import REFUSALS, Ground, Request
from candor.domain.rights.model.task import Answer, ByHand, Done, Planned
from candor.domain.rights.queries import tasks as stored_tasks
from candor.domain.rights.service import following, words
from candor.domain.rights.service.deciding import settle_task
from candor.domain.rights.service.office import Office, Work, happened
from candor.domain.rights.service.people import WORKER, ask_all, members_of
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.errors import Refused
from candor.kernel.ids import new_id
from candor.kernel.pii import Pii

RECTIFY: Final = "rectify"
REVIEW: Final = "review_correction"


async def plan(tx: ReadTx, request: Request, office: Office) -> Sequence[Planned]:
    """Plan to keep the value at once, or to have somebody look at it."""
    in_force = (await office.rulebook.rules(tx)).in_force
    if is_at_once(request.scope.get("attribute"), in_force):
        return (Planned(RECTIFY), *await following.outside(tx, request, office))
    return (Planned(REVIEW, is_manual=True, due_at=request.due_at),)


def is_at_once(code: object, in_force: InForce) -> bool:
    """Tell whether a fact can be put right without anybody looking at it."""
    attribute = in_force.attributes.get(str(code))
    return attribute is not None and not attribute.identifier


async def rectify(work: Work) -> Answer:
    """Keep the value in every slice that knows the fact; by hand when it cannot be read."""
    office, request = work.office, work.request
    code = str(request.scope["attribute"])
    async with office.database.tx("rights") as tx:
        said = await words.read(tx, request, uses=(words.WORDS,), actor=WORKER, office=office)
        if not said:
            return ByHand("no_value")
        members = await members_of(tx, request)
        try:
            async with tx.savepoint():
                evidence = await ask_all(
                    office,
                    lambda one: one.rectify_person(tx, members, code=code, value=said[-1].text),
                )
        except Refused as error:  # not of the declared type, or no such person any more
            return ByHand(error.code)
        await happened(
            tx, request, What.RECTIFIED, actor=WORKER, office=office, code=code, detail=evidence
        )
    return Done(evidence)


async def review(
    tx: Tx,
    request_id: UUID,
    task_id: UUID,
    refused: Ground | None,
    *,
    words_to_person: Pii[str] | None = None,
    actor: Actor,
    office: Office,
) -> Request:
    """Say what became of a correction that somebody looked at; the request then closes itself.

    `refused` None: it was put right where it comes from, and systems outside hear of it; else why
    it stays as it is.

    Raises:
        UnknownGround: no law knows it for a refusal.
        NoSuchTask: there is none that waits for a person.
        WrongMove: the request is over.
    """
    if refused is not None and refused not in REFUSALS:
        raise UnknownGround
    evidence = {"accepted": "yes"} if refused is None else {"refused": refused.value}
    request = await settle_task(tx, request_id, task_id, evidence, actor=actor, office=office)
    if refused is None:
        for one in await following.outside(tx, request, office):
            await stored_tasks.insert_task(
                tx, one, request_id=request_id, task_id=new_id(), at=office.clock.now()
            )
    if words_to_person is not None:
        await words.write(
            tx, request, words.ANSWER, words_to_person, author=actor.id, office=office
        )
    return request
