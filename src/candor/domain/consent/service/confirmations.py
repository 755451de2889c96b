"""Double opt-in: asking by mail, and the press of the button that makes a yes of it.

The token in the mail is an HMAC of the question's id under a key that the database never sees; the
database holds the token's hash. So a mail can be sent again with the same link, and whoever reads
the database cannot press the button.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.consent.errors import ConfirmationSpent
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.confirmation import (
    DAY,
    LASTS,
    MAILS_A_DAY,
    RESEND_AFTER,
    SURFACE,
    Confirmation,
    ConfirmedBy,
    Wanted,
    needs_confirmation,
)
from candor.domain.consent.model.decision import HARD_BLOCKS
from candor.domain.consent.model.notice import Notice, shown
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.state import Standing
from candor.domain.consent.queries import choices as states
from candor.domain.consent.queries import confirmations as stored
from candor.domain.consent.queries import preferences as preferred
from candor.domain.consent.service import choices, notices
from candor.domain.consent.service.choices import Statement
from candor.domain.consent.service.folding import lock
from candor.domain.vault.service import Vault
from candor.infra import jobs
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId, new_id

__all__ = [
    "JOB",
    "Asked",
    "Outcome",
    "Question",
    "ask",
    "choices_or_confirmation",
    "confirm",
    "due",
    "look_at",
    "needs_confirmation",
    "note_sent",
    "sweep",
    "token_of",
]

JOB: Final = "consent.send_confirmation"
_KEY: Final = "confirmations/1"
_MAIL: Final = "email"  # how identifiers are normalised that mail can be sent to
_LONGEST: Final = 64  # signs of a token that are looked at at all


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of asking: the question, and whether a mail about it is on its way now."""

    confirmation_id: UUID | None
    is_mailed: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of choices: those recorded, and the purposes whose yes waits for a mail.

    When nothing could be asked (too many mails today), `confirmation_id` is None and what was
    said about `waiting` counts for nothing: unknown means no.
    """

    recorded: tuple[UUID, ...]
    waiting: tuple[int, ...] = ()
    confirmation_id: UUID | None = None
    is_mailed: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the page behind the link shows it: the exact words that were asked under."""

    confirmation: Confirmation
    notices: tuple[Notice, ...]
    is_done: bool


def token_of(keyring: KeyProvider, confirmation_id: UUID) -> str:
    """Return the token of a question: 43 signs that only this keyring can make."""
    made = hmac.digest(keyring.fixed_key(_KEY), confirmation_id.bytes, "sha256")
    return urlsafe_b64encode(made).rstrip(b"=").decode()


async def choices_or_confirmation(
    tx: Tx,
    statements: Sequence[Statement],
    *,
    is_proven: bool,
    actor: Actor,
    vault: Vault,
    keyring: KeyProvider,
    rules: Rules,
    clock: Clock,
) -> Outcome:
    """Record what one person said, apart from each yes that has to be confirmed: that is asked.

    The verb for whoever takes choices from outside: forms, the widget, the API. A no is recorded
    at once, whoever says it. See `choices.record` for what is locked and audited.

    Args:
        tx: the transaction of the request.
        statements: all of one person, made on one page.
        is_proven: whoever says it has shown that the address is theirs. Unknown is not proven.
        actor: who acts.
        vault: for the audit log.
        keyring: for the token in the mail.
        rules: the catalogue in force.
        clock: the present.
    """
    waiting = [s for s in statements if _has_to_wait(s, rules, is_proven=is_proven)]
    now_said = [s for s in statements if s not in waiting]
    await choices.record(
        tx, now_said, actor=actor, vault=vault, policy=rules.policy, clock=clock
    )
    recorded = tuple(s.record_id for s in now_said)
    if not waiting:
        return Outcome(recorded)
    first = waiting[0]
    asked = await ask(
        tx,
        first.via,
        [_wanted(s, rules) for s in waiting],
        locale=_locale(first, rules),
        surface=first.surface,
        source_id=first.source_id,
        actor=actor,
        vault=vault,
        keyring=keyring,
        clock=clock,
    )
    purposes = tuple(s.purpose_id for s in waiting)
    return Outcome(recorded, purposes, asked.confirmation_id, asked.is_mailed)


async def ask(
    tx: Tx,
    via: ProfileId,
    wanted: Sequence[Wanted],
    *,
    locale: str,
    surface: str,
    source_id: int | None,
    actor: Actor,
    vault: Vault,
    keyring: KeyProvider,
    clock: Clock,
) -> Asked:
    """Ask a person by mail to confirm a yes, unless the same question waits for them already.

    The mail leaves when the transaction is committed (job `consent.send_confirmation`). A question
    that is open is mailed again after ten minutes at the earliest; five mails a day at most, so
    that nobody can fill another's mailbox. Audited as `consent.confirmation_asked`. Locks the
    person's state, so that two forms at once make one mail.

    Raises:
        NoSuchNotice: the words were never published here.
    """
    now = clock.now()
    members = await lock(tx, [via])
    if not wanted or not members or any(s.standing == Standing.ERASED for s in members):
        return Asked(None, is_mailed=False)
    ids = [state.profile_id for state in members]
    lately = await stored.lately_asked(tx, profile_ids=ids, since=now - DAY, now=now)
    for one in wanted:
        await notices.notice(tx, one.notice)
    is_allowed = _mails(lately, now) < MAILS_A_DAY
    refused = await _refused(tx, ids)
    standing = next(
        (
            one
            for one in lately
            if _covers(one, via, wanted, now) and not _is_overtaken(one, refused)
        ),
        None,
    )
    if standing is not None:
        is_due = now - standing.mailed_at >= RESEND_AFTER
        if is_due and is_allowed:
            await stored.mark_mailed(
                tx,
                profile_id=standing.profile_id,
                confirmation_id=standing.confirmation_id,
                at=now,
            )
            await _mail(tx, standing.profile_id, standing.confirmation_id)
        return Asked(standing.confirmation_id, is_mailed=is_due and is_allowed)
    if not is_allowed:
        return Asked(None, is_mailed=False)
    confirmation_id = new_id()
    await stored.insert_confirmation(
        tx,
        {
            "profile_id": via,
            "confirmation_id": confirmation_id,
            "token_hash": _hash(token_of(keyring, confirmation_id)),
            "choices": msgspec.json.encode(list(wanted)).decode(),
            "locale": locale,
            "surface": surface,
            "source_id": source_id,
            "asked_at": now,
            "expires_at": now + LASTS,
        },
    )
    await _note(tx, via, "consent.confirmation_asked", len(wanted), actor, vault, clock)
    await _mail(tx, via, confirmation_id)
    return Asked(confirmation_id, is_mailed=True)


async def look_at(tx: ReadTx, token: str, *, rules: Rules, clock: Clock) -> Question:
    """Return what a link asks, without answering it.

    Raises:
        ConfirmationSpent: run out, never made, changed on its way, the words have changed
            since, or the person has said no since; they look the same from outside.
    """
    found = await _find(tx, token)
    if found.confirmed_at is None and not await _stands(tx, found, rules, clock.now()):
        raise ConfirmationSpent
    return await _question(tx, found)


async def confirm(
    tx: Tx, token: str, *, actor: Actor | None = None, vault: Vault, rules: Rules, clock: Clock
) -> Question:
    """Record what a link asks as choices of the person, at this moment; pressing twice is once.

    Whoever presses has shown that they read what arrives at the address. What was asked for
    before a no is over: an old mail must not overrule what the person said since. Locks the
    person. Audited like every choice, and as `consent.confirmed`.

    Raises:
        ConfirmationSpent: see `look_at`.
    """
    question = await look_at(tx, token, rules=rules, clock=clock)
    if question.is_done:
        return question
    found = question.confirmation
    via = ProfileId(found.profile_id)
    members = await lock(tx, [via])
    now = clock.now()
    if any(state.standing == Standing.ERASED for state in members):
        raise ConfirmationSpent
    if _is_overtaken(found, await _refused(tx, [state.profile_id for state in members])):
        raise ConfirmationSpent
    is_first = await stored.mark_confirmed(
        tx, profile_id=via, confirmation_id=found.confirmation_id, at=now
    )
    if not is_first:  # somebody pressed while we waited, or its time ended
        return await look_at(tx, token, rules=rules, clock=clock)
    actor = actor or await vault.customer(tx, via)
    proof = ConfirmedBy(found.confirmation_id, found.asked_at, found.surface)
    statements = [
        Statement(
            record_id=new_id(),
            via=via,
            purpose_id=one.purpose_id,
            choice=Choice.GRANTED,
            decided_at=now,
            surface=SURFACE,
            source_id=found.source_id,
            notice=one.notice,
            locale=found.locale,
            evidence=msgspec.json.encode(proof).decode(),
            edition=one.edition,
        )
        for one in found.wanted
    ]
    await choices.record(
        tx, statements, actor=actor, vault=vault, policy=rules.policy, clock=clock
    )
    await _note(tx, via, "consent.confirmed", len(statements), actor, vault, clock)
    return await look_at(tx, token, rules=rules, clock=clock)


async def due(
    tx: ReadTx, profile_id: ProfileId, confirmation_id: UUID, *, rules: Rules, clock: Clock
) -> Question | None:
    """Return a question whose mail has to leave; None when there is nothing to send any more.

    A person who stopped mail, or whose address sends it back, gets none: that is a no.
    """
    found = await stored.by_id(tx, profile_id=profile_id, confirmation_id=confirmation_id)
    if found is None or not await _stands(tx, found, rules, clock.now()):
        return None
    if found.sent_at is not None and found.sent_at >= found.mailed_at:
        return None
    mail_channels = {
        rules.in_force.numbers.channels[channel.code]
        for channel in rules.in_force.document.channels
        if (kind := rules.in_force.identifiers.get(channel.contact)) and kind.normalise == _MAIL
    }
    for reach in await preferred.reach(tx, profile_ids=[profile_id]):
        if reach.channel_id in mail_channels and reach.blocked in HARD_BLOCKS:
            return None
    return await _question(tx, found)


async def note_sent(
    tx: Tx, profile_id: ProfileId, confirmation_id: UUID, *, clock: Clock
) -> None:
    """Note that the mail has left."""
    await stored.mark_sent(
        tx, profile_id=profile_id, confirmation_id=confirmation_id, at=clock.now()
    )


async def sweep(tx: Tx, *, before: datetime) -> int:
    """Forget questions that ended before an instant; return how many."""
    return await stored.sweep_confirmations(tx, before=before)


async def _question(tx: ReadTx, found: Confirmation) -> Question:
    """Return a question with its words.

    Raises:
        ConfirmationSpent: some of them were never published here.
    """
    said = [await notices.find(tx, one.notice) for one in found.wanted]
    words = tuple(one.notice for one in said if one is not None)
    if len(words) < len(found.wanted):
        raise ConfirmationSpent
    return Question(found, words, is_done=found.confirmed_at is not None)


def _has_to_wait(statement: Statement, rules: Rules, *, is_proven: bool) -> bool:
    purpose = rules.in_force.purposes_by_bit.get(statement.purpose_id)
    return (
        statement.choice is Choice.GRANTED
        and purpose is not None
        and needs_confirmation(purpose, is_proven=is_proven)
    )


def _wanted(statement: Statement, rules: Rules) -> Wanted:
    """Return what is to be confirmed; words that were not named are those in force."""
    purpose = rules.in_force.purposes_by_bit[statement.purpose_id]
    now_shown = shown(rules, purpose.code, _locale(statement, rules))
    return Wanted(
        statement.purpose_id, statement.edition, statement.notice or now_shown.notice_id
    )


def _locale(statement: Statement, rules: Rules) -> str:
    """Return the language in which its words are written."""
    purpose = rules.in_force.purposes_by_bit[statement.purpose_id]
    said = statement.locale or rules.in_force.document.locales[0]
    return shown(rules, purpose.code, said).locale


def _covers(one: Confirmation, via: ProfileId, wanted: Sequence[Wanted], now: datetime) -> bool:
    """Tell whether an open question asks all of it already, at the same address."""
    return one.is_open(now) and one.profile_id == via and set(wanted) <= set(one.wanted)


def _mails(lately: Sequence[Confirmation], now: datetime) -> int:
    """Return how many mails reached somebody within a day; one too many is counted, none less."""
    return sum(one.mails for one in lately if one.mailed_at > now - DAY)


def _is_good(found: Confirmation, rules: Rules, now: datetime) -> bool:
    """Tell whether a press of the button would count: in time, and the words are in force."""
    editions: Mapping[int, int] = rules.policy.editions
    return found.is_open(now) and all(
        one.purpose_id in rules.policy.declared
        and one.edition >= editions.get(one.purpose_id, 1)
        for one in found.wanted
    )


async def _stands(tx: ReadTx, found: Confirmation, rules: Rules, now: datetime) -> bool:
    """Tell whether a press of the button would count: nobody said no since it was asked."""
    if not _is_good(found, rules, now):
        return False
    members = await states.members(tx, profile_id=found.profile_id)
    return not _is_overtaken(found, await _refused(tx, members))


async def _refused(tx: ReadTx, profile_ids: Sequence[UUID]) -> dict[int, datetime]:
    """Return the purposes that these profiles of one person refuse, and since when."""
    refused: dict[int, datetime] = {}
    for one in await states.counting_records(tx, profile_ids=profile_ids):
        if one.choice != Choice.GRANTED:
            known = refused.get(one.purpose_id, one.decided_at)
            refused[one.purpose_id] = max(known, one.decided_at)
    return refused


def _is_overtaken(found: Confirmation, refused: Mapping[int, datetime]) -> bool:
    """Tell whether something that is asked was refused later, or in the same moment."""
    return any(
        one.purpose_id in refused and refused[one.purpose_id] >= found.asked_at
        for one in found.wanted
    )


async def _find(tx: ReadTx, token: str) -> Confirmation:
    found = None
    if len(token) <= _LONGEST:
        found = await stored.by_token(tx, token_hash=_hash(token))
    if found is None:
        raise ConfirmationSpent
    return found


async def _mail(tx: Tx, profile_id: UUID, confirmation_id: UUID) -> None:
    """Let the mail leave once this transaction is committed. The job knows ids only."""
    await jobs.defer_named(
        tx,
        JOB,
        key=f"{JOB} {confirmation_id}",
        profile_id=str(profile_id),
        confirmation_id=str(confirmation_id),
    )


async def _note(
    tx: Tx, via: ProfileId, action: str, count: int, actor: Actor, vault: Vault, clock: Clock
) -> None:
    await audit.record(
        tx,
        actor=actor,
        action=action,
        clock=clock,
        subjects=await vault.pseudonyms(tx, [via]),
        detail={"purposes": count},
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
