"""Keeping what a machine decided: only as declared, and never about who wants people to decide.

Whoever lets a machine decide asks first (`may_decide`) and tells afterwards (`record`). Both ask
under one lock per person, so that a no which is said meanwhile is not missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import InForce, MachineDecision
from candor.domain.consent.model.decision import decide
from candor.domain.consent.service import gate
from candor.domain.rights.errors import (
    ByPeopleOnly,
    DecidedDifferently,
    MayNotDecide,
    UndeclaredInput,
    UnknownDecision,
    UnknownOutcome,
)
from candor.domain.rights.model.automated import ALL, Decided, Decision, MayDecide
from candor.domain.rights.queries import automated as stored
from candor.domain.rights.queries import requests as stored_requests
from candor.domain.rights.service.office import Office
from candor.domain.vault.errors import NoKey
from candor.domain.vault.model import Place
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId

DECISION: Final = Place("rights.automated_decision", "sealed")
BY_PEOPLE_ONLY: Final = "by_people_only"
ALLOWED: Final = "allowed"


@dataclass(frozen=True, slots=True)
class Kept:
    """A decision that is kept, and whether it was there before."""

    decision: Decision
    is_new: bool


def declared(code: str, in_force: InForce) -> MachineDecision:
    """Return the declaration of a decision.

    Raises:
        UnknownDecision: there is none.
    """
    found = in_force.decisions.get(code)
    if found is None:
        raise UnknownDecision
    return found


async def may_decide(
    tx: ReadTx, profile_id: ProfileId, code: str, *, office: Office
) -> MayDecide:
    """Tell whether a machine may decide something about somebody alone, now.

    No, when they want people to decide, or when what it is for is not allowed with them.

    Raises:
        UnknownDecision: no such decision is declared.
    """
    members = await gate.members(tx, profile_id) or [profile_id]
    return await _may(tx, profile_id, members, code, office)


async def _may(
    tx: ReadTx, profile_id: ProfileId, members: Sequence[ProfileId], code: str, office: Office
) -> MayDecide:
    rules = await office.rulebook.rules(tx)
    decision = declared(code, rules.in_force)
    if {code, ALL} & set(await stored.by_people_only(tx, profile_ids=members)):
        return MayDecide(allowed=False, reason=BY_PEOPLE_ONLY)
    state = (await gate.states(tx, [profile_id])).get(profile_id)
    answer = decide(state, rules.policy, decision.purpose, office.clock.now())
    return MayDecide(answer.allowed, ALLOWED if answer.allowed else answer.reason.value)


async def record(
    tx: Tx, profile_id: ProfileId, decided: Decided, *, actor: Actor, office: Office
) -> Kept:
    """Keep a decision, its inputs sealed; audited. The same one again changes nothing.

    Waits for whoever says at this moment that people should decide about the same person.

    Raises:
        UnknownDecision, UnknownOutcome, UndeclaredInput: it is not as declared.
        ByPeopleOnly: the person wants people to decide; nothing is kept.
        MayNotDecide: what it is for is not allowed with them; nothing is kept.
        DecidedDifferently: its id is taken by another decision.
        NoKey: the person was erased.
    """
    in_force = (await office.rulebook.rules(tx)).in_force
    as_declared = declared(decided.code, in_force)
    if decided.outcome not in as_declared.outcomes:
        raise UnknownOutcome
    if not decided.inputs.keys() <= set(as_declared.inputs):
        raise UndeclaredInput
    members = await gate.members(tx, profile_id) or [profile_id]
    await stored_requests.lock_asking(tx, person=min(members))
    before = await stored.decision(tx, decision_id=decided.decision_id)
    if before is not None:
        return _again(before, members, decided)
    answer = await _may(tx, profile_id, members, decided.code, office)
    if answer.reason == BY_PEOPLE_ONLY:
        raise ByPeopleOnly
    if not answer.allowed:
        raise MayNotDecide
    return await _kept(tx, profile_id, decided, as_declared.edition, actor, office)


async def _kept(
    tx: Tx,
    profile_id: ProfileId,
    decided: Decided,
    edition: int,
    actor: Actor,
    office: Office,
) -> Kept:
    key = (await office.vault.keys(tx, [profile_id])).get(profile_id)
    if key is None:
        raise NoKey
    now = office.clock.now()
    plain: dict[str, Any] = {name: value.reveal() for name, value in decided.inputs.items()}
    decision = Decision(
        profile_id=profile_id,
        decision_id=decided.decision_id,
        code=decided.code,
        edition=edition,
        outcome=decided.outcome,
        sealed=key.seal(
            DECISION.prefix(), msgspec.json.encode(plain), decided.decision_id.bytes
        ),
        source=actor.label,
        decided_at=min(decided.decided_at, now),
        recorded_at=now,
        contested_by=None,
        verdict=None,
        new_outcome=None,
        reviewed_at=None,
        reviewed_by=None,
    )
    if not await stored.insert_decision(tx, decision):
        raise DecidedDifferently  # somebody else's, made at the same moment
    await audit.record(
        tx,
        actor=actor,
        action="rights.decided_by_machine",
        clock=office.clock,
        subjects=[key.pseudonym],
        fields=sorted(decided.inputs),
        detail={"decision": decided.code, "edition": edition},
    )
    return Kept(decision, is_new=True)


def _again(before: Decision, members: Sequence[UUID], decided: Decided) -> Kept:
    if (
        before.profile_id not in members
        or before.code != decided.code
        or before.outcome != decided.outcome
    ):
        raise DecidedDifferently
    return Kept(before, is_new=False)
