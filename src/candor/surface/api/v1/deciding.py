"""Asking the gate: one question, many, and how many people."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec import UNSET

from candor.domain.access.model.keys import Scope
from candor.domain.audit import service as audit
from candor.domain.consent.model.choice import Choice, Record
from candor.domain.consent.model.decision import Ask, Decision, Reason
from candor.domain.consent.service import gate
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId
from candor.surface.api.v1.call import Call
from candor.surface.api.v1.operation import LARGE, Operation
from candor.surface.api.v1.shapes import (
    AskIn,
    Audience,
    AudienceIn,
    BulkIn,
    Evidence,
    Explained,
    PlainAsk,
    SpreadIn,
    Verdict,
    Verdicts,
)
from candor.surface.api.v1.words import words_for

_ID: Final = "0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e00"


async def decide(call: Call, given: AskIn) -> Explained:
    """Decide one question, at the moment of asking."""
    if given.explain:
        return await _explain(call, given)
    if given.profile.named is None:
        (profile_id,) = [ProfileId(given.profile.id)]  # pyright: ignore[reportArgumentType] - held by Who
    else:
        async with call.services.database.read(call.request_id) as tx:
            (profile_id,) = await call.people(tx, [given.profile])
    ask = Ask(profile_id, given.purpose, given.channel, given.topic)
    decision = await call.desk.decide(ask)
    call.tallies.decided(call.key, _declared(given.purpose, decision), allowed=decision.allowed)
    return Explained(
        allowed=decision.allowed, reason=decision.reason, words=words_for(decision.reason)
    )


async def _explain(call: Call, given: AskIn) -> Explained:
    """Decide and tell what it rests on; written down as a read about the person."""
    now = call.services.clock.now()
    async with call.services.database.tx(call.request_id) as tx:
        rules = await call.rules(tx)
        (profile_id,) = await call.people(tx, [given.profile])
        ask = Ask(profile_id, given.purpose, given.channel, given.topic)
        found = await gate.explained_ask(tx, ask, policy=rules.policy, now=now)
        again = await gate.ask_again_at(tx, profile_id, policy=rules.policy, now=now)
        decision = found.decision
        await call.write_down(
            tx,
            "consent.explained",
            [profile_id],
            purpose=_declared(given.purpose, decision) or None,
            detail={"reason": decision.reason},
        )
    after = again.get(given.purpose)
    there = decision.reason not in {Reason.UNKNOWN_PROFILE, Reason.ERASED}
    return Explained(
        allowed=decision.allowed,
        reason=decision.reason,
        words=words_for(decision.reason),
        profile=profile_id if there else UNSET,
        evidence=[_evidence(record) for record in decision.evidence],
        wishes=sorted({wish.wish_id for wish in found.wishes}),
        may_ask=there and after is None and given.purpose in rules.in_force.purposes,
        ask_after=UNSET if after is None else after,
    )


async def decide_many(call: Call, given: BulkIn) -> Verdicts:
    """Decide many questions on one snapshot."""
    return await _many(call, given.asks)


async def decide_for_many(call: Call, given: SpreadIn) -> Verdicts:
    """Decide one question about many people on one snapshot."""
    return await _many(
        call,
        [
            PlainAsk(
                profile=one, purpose=given.purpose, channel=given.channel, topic=given.topic
            )
            for one in given.profiles
        ],
    )


async def _many(call: Call, asks: Sequence[PlainAsk]) -> Verdicts:
    async with call.services.database.tx(call.request_id) as tx:
        rules = await call.rules(tx)
        people = await call.people(tx, [one.profile for one in asks])
        decisions = await gate.decisions(
            tx,
            [
                Ask(profile_id, one.purpose, one.channel, one.topic)
                for profile_id, one in zip(people, asks, strict=True)
            ],
            policy=rules.policy,
            now=call.services.clock.now(),
        )
        await _count(call, tx, asks, decisions)
    return Verdicts(
        decisions=[
            Verdict(allowed=d.allowed, reason=d.reason, words=words_for(d.reason))
            for d in decisions
        ],
        allowed=sum(d.allowed for d in decisions),
    )


async def _count(
    call: Call, tx: Tx, asks: Sequence[PlainAsk], decisions: Sequence[Decision]
) -> None:
    """Write one entry per purpose: how many were asked about, and how many it is allowed for."""
    asked: Counter[str] = Counter()
    allowed: Counter[str] = Counter()
    for one, decision in zip(asks, decisions, strict=True):
        purpose = _declared(one.purpose, decision)
        asked[purpose] += 1
        allowed[purpose] += decision.allowed
    for purpose, times in sorted(asked.items()):
        await audit.record(
            tx,
            actor=call.actor,
            action="consent.decided",
            clock=call.services.clock,
            purpose=purpose or None,
            detail={"times": times, "allowed": allowed[purpose]},
        )


async def count(call: Call, given: AudienceIn) -> Audience:
    """Count the people whom something may reach now."""
    now = call.services.clock.now()
    async with call.services.database.tx(call.request_id) as tx:
        rules = await call.rules(tx)
        people = await gate.audience(
            tx,
            given.purpose,
            policy=rules.policy,
            now=now,
            channel=given.channel,
            topic=given.topic,
        )
        await audit.record(
            tx,
            actor=call.actor,
            action="consent.audience_counted",
            clock=call.services.clock,
            purpose=given.purpose if given.purpose in rules.in_force.purposes else None,
        )
    return Audience(people=people, at=now)


def _declared(purpose: str, decision: Decision) -> str:
    """Return the code of a purpose for the log; what a caller made up stays out of it."""
    return "" if decision.reason is Reason.UNDECLARED_PURPOSE else purpose


def _evidence(record: Record) -> Evidence:
    return Evidence(
        record_id=record.record_id,
        choice=Choice(record.choice),
        decided_at=record.decided_at,
        surface=record.surface,
        notice=record.notice,
        edition=record.edition,
    )


_WHOM: Final = {"id": _ID}
_ASK: Final = {
    "profile": _WHOM,
    "purpose": "newsletter",
    "channel": "email",
    "topic": "recipes",
}
_NO: Final = {"allowed": False, "reason": "no_consent", "words": words_for(Reason.NO_CONSENT)}
_FAILS_CLOSED: Final = (
    "Unknown means no: an unknown person, purpose, channel or topic is answered with "
    "`allowed: false` and a reason, never with an error. A message names its channel; one "
    "without a topic is transactional and needs a contract or a law behind it."
)

OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/decisions",
        name="decide",
        tag="decisions",
        summary="May this be done with this person, now?",
        about=_FAILS_CLOSED
        + " The answer rests on every choice that was committed before the question came. With "
        "`explain` it tells the records, and the person finds the question in their history.",
        scope=Scope.DECISIONS_READ,
        takes=AskIn,
        gives=Explained,
        run=decide,
        example=_ASK,
        answer=_NO,
        errors=(429,),
        remembers_key=True,
    ),
    Operation(
        method="POST",
        path="/decisions/bulk",
        name="decide_many",
        tag="decisions",
        summary="Many questions at once",
        about=_FAILS_CLOSED + " All answers rest on one snapshot, in the order of the asks.",
        scope=Scope.DECISIONS_READ,
        takes=BulkIn,
        gives=Verdicts,
        run=decide_many,
        largest=LARGE,
        example={"asks": [_ASK]},
        answer={"decisions": [_NO], "allowed": 0},
    ),
    Operation(
        method="POST",
        path="/decisions/spread",
        name="decide_for_many",
        tag="decisions",
        summary="One question about many people",
        about=_FAILS_CLOSED + " All answers rest on one snapshot, in the order of the people.",
        scope=Scope.DECISIONS_READ,
        takes=SpreadIn,
        gives=Verdicts,
        run=decide_for_many,
        largest=LARGE,
        example={"purpose": "newsletter", "profiles": [_WHOM]},
        answer={"decisions": [_NO], "allowed": 0},
    ),
    Operation(
        method="POST",
        path="/audiences",
        name="count_audience",
        tag="decisions",
        summary="How many people may this reach, now?",
        about="A number and nothing else: there is no way to list people.",
        scope=Scope.DECISIONS_READ,
        takes=AudienceIn,
        gives=Audience,
        run=count,
        example={"purpose": "newsletter", "channel": "email", "topic": "recipes"},
        answer={"people": 1312, "at": "2026-11-21T12:00:00Z"},
    ),
)
