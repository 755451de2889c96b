"""A person's choices: their history, a new one, and the signed copy of each."""

from typing import Final

from candor.domain.access.model.keys import Scope
from candor.domain.catalogue.model import InForce
from candor.domain.consent.errors import NoSuchNotice
from candor.domain.consent.model.choice import Choice, evidence_of
from candor.domain.consent.model.confirmation import needs_confirmation
from candor.domain.consent.model.history import ChoiceLine
from candor.domain.consent.service import confirmations, guardians, history, notices, receipts
from candor.domain.consent.service.choices import Statement
from candor.domain.shield.service import measures
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId
from candor.surface.api.v1.call import Call, cursor, is_same_time, place
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.problems import (
    AddressUnproven,
    IdTaken,
    NotDeclared,
    TooManyMails,
    WordsMissing,
)
from candor.surface.api.v1.proving import told
from candor.surface.api.v1.shapes import (
    ChoiceIn,
    ChoiceMade,
    Choices,
    ChoicesQuery,
    ChoiceTold,
    ProofTold,
)


async def listed(call: Call, query: ChoicesQuery) -> Choices:
    """Return a page of a person's choices; written down as a read about the person."""
    before, before_id = place(query.after)
    async with call.services.database.tx(call.request_id) as tx:
        in_force = (await call.rules(tx)).in_force
        members = await call.members(tx, call.profile_id)
        lines = await history.choices_before(
            tx,
            profile_ids=members,
            purpose_id=_bit(query.purpose, in_force) if query.purpose else None,
            before=before,
            before_id=before_id,
            at_most=query.limit + 1,
        )
        await call.write_down(
            tx, "consent.choices_read", [call.profile_id], purpose=query.purpose
        )
    shown = lines[: query.limit]
    more = len(lines) > len(shown)
    return Choices(
        items=[_told(line, in_force) for line in shown],
        next=cursor(shown[-1].decided_at, shown[-1].record_id) if more else None,
    )


async def record(call: Call, given: ChoiceIn) -> ChoiceMade:
    """Record a choice; the same id again, unchanged, changes nothing."""
    decided_at = call.instant(given.decided_at)
    async with call.services.database.tx(call.request_id) as tx:
        rules = await call.rules(tx)
        members = await call.members(tx, call.profile_id)
        bit = _bit(given.purpose, rules.in_force)
        known = await history.choice_of(tx, profile_ids=members, record_id=given.id)
        if known is None:
            edition = await _edition(tx, given, rules.in_force)
            statement = Statement(
                record_id=given.id,
                via=call.profile_id,
                purpose_id=bit,
                choice=given.choice,
                decided_at=decided_at,
                surface=given.surface,
                source_id=call.source_id(rules.in_force),
                notice=given.notice,
                locale=given.locale,
                evidence=_evidence(call, given),
                edition=edition,
            )
            if given.guardian is not None:
                await _said_by_guardian(call, tx, statement, given, ProfileId(given.guardian))
            elif await _waits(call, tx, statement, given):
                return ChoiceMade(status="awaiting_confirmation", id=given.id)
            known = await history.choice_of(tx, profile_ids=members, record_id=given.id)
        if known is None or not _same(known, given, bit):
            raise IdTaken
    return ChoiceMade(status="recorded", id=given.id)


async def _waits(call: Call, tx: Tx, statement: Statement, given: ChoiceIn) -> bool:
    """Record a choice, or ask for it by mail; tell whether it waits for that.

    Raises:
        TooManyMails: it would have to be asked for, and too much was asked today.
    """
    outcome = await confirmations.choices_or_confirmation(
        tx,
        [statement],
        is_proven=given.address_proven,
        actor=call.actor,
        vault=call.services.vault,
        keyring=call.services.keyring,
        rules=await call.rules(tx),
        clock=call.services.clock,
    )
    if outcome.waiting and outcome.confirmation_id is None:
        raise TooManyMails
    return bool(outcome.waiting)


async def _said_by_guardian(
    call: Call, tx: Tx, statement: Statement, given: ChoiceIn, guardian: ProfileId
) -> None:
    """Record what a guardian said for a minor.

    Raises:
        NotGuardian: they may not say it.
        AddressUnproven: it would have to be confirmed by a mail, which the child would read.
    """
    rules = await call.rules(tx)
    purpose = rules.in_force.purposes[given.purpose]
    is_yes = given.choice is Choice.GRANTED
    if is_yes and needs_confirmation(purpose, is_proven=given.address_proven):
        raise AddressUnproven
    await guardians.record_for_child(
        tx,
        guardian,
        [statement],
        actor=call.actor,
        vault=call.services.vault,
        policy=rules.policy,
        clock=call.services.clock,
    )


async def receipt(call: Call, _: None) -> str:
    """Return the signed copy of a choice."""
    services = call.services
    async with services.database.tx(call.request_id) as tx:
        who = f"key:{call.key.key_id}"
        await measures.require_export(tx, who, services.clock)
        in_force = (await call.rules(tx)).in_force
        await call.members(tx, call.profile_id)
        return await receipts.receipt(
            tx,
            call.profile_id,
            call.record_id,
            actor=call.actor,
            vault=services.vault,
            issuer=await services.issuer(tx),
            in_force=in_force,
            clock=services.clock,
        )


async def receipt_proof(call: Call, _: None) -> ProofTold:
    """Return the proof that the choice behind a receipt stands in the audit log."""
    async with call.services.database.tx(call.request_id) as tx:
        await call.members(tx, call.profile_id)
        found = await receipts.prove(
            tx,
            call.profile_id,
            call.record_id,
            actor=call.actor,
            vault=call.services.vault,
            clock=call.services.clock,
        )
    return told(found)


def _bit(purpose: str, in_force: InForce) -> int:
    if purpose not in in_force.purposes:
        message = "The catalogue declares no such purpose."
        raise NotDeclared(message)
    return in_force.numbers.purposes[purpose]


async def _edition(tx: ReadTx, given: ChoiceIn, in_force: InForce) -> int:
    """Return the edition of the words that a choice was made under.

    A no needs no words; a yes to unknown words is none.
    """
    newest = in_force.purposes[given.purpose].edition
    if given.over_gpc and given.notice is None and given.choice is Choice.GRANTED:
        message = "A yes over a browser's signal needs the very words that were shown."
        raise WordsMissing(message, hint="Send `notice`.")
    if given.notice is not None:
        found = await notices.find(tx, given.notice)
        if found is None or found.notice.purpose != given.purpose:
            raise NoSuchNotice
        if given.edition not in {None, found.notice.edition}:
            message = "The notice and the edition do not belong together."
            raise NotDeclared(message)
        return found.notice.edition
    if given.edition is None and given.choice is Choice.GRANTED:
        raise WordsMissing
    edition = given.edition or newest
    if edition > newest:
        message = "The purpose has no such edition yet."
        raise NotDeclared(message)
    return edition


def _evidence(call: Call, given: ChoiceIn) -> str:
    proof = {"key": str(call.key.key_id)}
    if given.evidence is not None:
        proof["reference"] = given.evidence
    if given.witness is not None:
        proof["witness"] = given.witness
    return evidence_of(proof, is_over_gpc=given.over_gpc)


def _same(known: ChoiceLine, given: ChoiceIn, bit: int) -> bool:
    return (
        known.purpose_id == bit
        and known.choice == given.choice
        and is_same_time(known.decided_at, given.decided_at)
        and known.surface == given.surface
        and known.by_guardian == (given.guardian is not None)
    )


def _told(line: ChoiceLine, in_force: InForce) -> ChoiceTold:
    purpose = in_force.purposes_by_bit.get(line.purpose_id)
    source = in_force.sources_by_id.get(line.source_id) if line.source_id else None
    return ChoiceTold(
        id=line.record_id,
        purpose=purpose.code if purpose else "",
        choice=Choice(line.choice),
        decided_at=line.decided_at,
        expires_at=line.expires_at,
        surface=line.surface,
        source=source.code if source else None,
        notice=line.notice,
        edition=line.edition,
        locale=line.locale,
        by_guardian=line.by_guardian,
    )


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/profiles/{profile_id}/choices",
        name="list_choices",
        tag="choices",
        summary="What a person chose, newest first",
        about="A read about a person: they find it in their history.",
        scope=Scope.CHOICES_READ,
        takes=ChoicesQuery,
        gives=Choices,
        run=listed,
        errors=(404,),
    ),
    Operation(
        method="POST",
        path="/profiles/{profile_id}/choices",
        name="record_choice",
        tag="choices",
        summary="Record a choice",
        about=(
            "A yes names the words that were shown: `notice`, or at least `edition`. Choices "
            "count by `decided_at`, not by when they arrive; on a tie the no counts. The same "
            "`id` again, unchanged, changes nothing; with another content it is refused. Where the "
            "catalogue says so, a yes from an unproven address waits until the person pressed the "
            "button in our mail. For a minor only a `guardian` says yes: see the guardians."
        ),
        scope=Scope.CHOICES_WRITE,
        takes=ChoiceIn,
        gives=ChoiceMade,
        run=record,
        errors=(404, 409, 429),
        example={
            "id": "0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e01",
            "purpose": "newsletter",
            "choice": "granted",
            "decided_at": "2026-11-21T12:00:00+01:00",
            "surface": "web_form",
            "edition": 1,
            "locale": "de",
        },
        answer={"status": "recorded", "id": "0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e01"},
    ),
    Operation(
        method="GET",
        path="/profiles/{profile_id}/receipts/{record_id}",
        name="read_receipt",
        tag="choices",
        summary="The signed copy of a choice, for the person",
        about="JWS in compact form (RFC 7515), Ed25519; keys at /.well-known/candor-keys.json.",
        scope=Scope.RECEIPTS_READ,
        gives=str,
        run=receipt,
        errors=(404,),
        media_type="application/jose",
    ),
    Operation(
        method="GET",
        path="/profiles/{profile_id}/receipts/{record_id}/proof",
        name="prove_receipt",
        tag="choices",
        summary="The proof that the choice behind a receipt stands in the audit log",
        about="Its entry with the proof: `candor receipt verify --log` holds `file` against the "
        "receipt. A read of the log, and written down as one. 409: it was made a moment ago; a "
        "head is signed every minute.",
        scope=Scope.RECEIPTS_READ,
        gives=ProofTold,
        run=receipt_proof,
        errors=(404, 409),
    ),
)
