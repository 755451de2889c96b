"""Offices whose plans and steps a test chooses, and requests at any point of their life."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from candor.app import Candor, office_of
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Regime
from candor.domain.consent.service.regimes import set_regime
from candor.domain.rights.model.request import Channel, Proof, Request, Right
from candor.domain.rights.model.task import Answer, Done, Planned
from candor.domain.rights.service import asking, reading
from candor.domain.rights.service.asking import Asked, Opened
from candor.domain.rights.service.office import Office, Plan, Step, Work
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId
from tests.factories.house import TEST, make_person, policy_of


def planned(*tasks: Planned) -> Plan:
    """Return a plan that is always these tasks."""

    async def plan(_tx: ReadTx, _request: Request, _office: Office) -> Sequence[Planned]:
        return tasks

    return plan


class Answers:
    """A step that gives these answers, one after the other, the last one again and again."""

    def __init__(self, *answers: Answer | Exception) -> None:
        """Take the answers."""
        self.answers = list(answers)
        self.works: list[Work] = []

    async def __call__(self, work: Work) -> Answer:
        """Give the next one."""
        self.works.append(work)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def done(**evidence: Any) -> Answers:  # noqa: ANN401 - as evidence is
    """Return a step that is done at once."""
    return Answers(Done(evidence))


def office_with(
    candor: Candor, tasks: Sequence[Planned] = (), steps: Mapping[str, Step] | None = None
) -> Office:
    """Return an office where every right asks for these tasks."""
    return replace(
        office_of(candor),
        plans=dict.fromkeys(Right, planned(*tasks)),
        steps=dict(steps or {}),
    )


async def ask(
    office: Office,
    profile_id: ProfileId | None,
    kind: Right = Right.ACCESS,
    *,
    channel: Channel = Channel.PORTAL,
    proof: Proof = Proof.ACCOUNT,
    actor: Actor = TEST,
    **rest: Any,  # noqa: ANN401 - fields of `Asked`
) -> Opened:
    """Ask for something, signed in unless told otherwise."""
    asked = Asked(kind, channel, profile_id, proof=proof, **rest)
    async with office.database.tx() as tx:
        return await asking.ask(tx, asked, actor=actor, office=office)


async def request_of(office: Office, request_id: UUID) -> Request:
    """Return a request as it stands now."""
    async with office.database.read() as tx:
        return await reading.find(tx, request_id)


async def story_of(office: Office, request_id: UUID) -> list[str]:
    """Return what happened to a request, in order."""
    async with office.database.read() as tx:
        return [event.what for event in await reading.events(tx, request_id)]


async def protected(candor: Candor, *regimes: Regime) -> list[ProfileId]:
    """Make a person under each of these laws."""
    policy = await policy_of(candor)
    people = [await make_person(candor) for _ in regimes]
    async with candor.database.tx() as tx:
        for person, regime in zip(people, regimes, strict=True):
            await set_regime(
                tx,
                person,
                regime,
                actor=TEST,
                vault=candor.vault,
                policy=policy,
                clock=candor.clock,
            )
    return people
