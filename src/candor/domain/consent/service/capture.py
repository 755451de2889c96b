"""Writing down what somebody chose on paper or on the telephone, with a witness."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from candor.domain.audit.model import Actor
from candor.domain.consent.errors import BadCapture
from candor.domain.consent.model.capture import Captured, Fault, Witnessed, faults
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import choices, guardians, notices
from candor.domain.consent.service.choices import Statement
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId, new_id

__all__ = ["capture", "examine"]


async def examine(
    tx: ReadTx,
    profile_id: ProfileId,
    purpose: str,
    captured: Captured,
    *,
    colleagues: Sequence[str],
    clock: Clock,
) -> tuple[Fault, ...]:
    """Return what is wrong with a captured choice; empty when it can be written down."""
    found = list(faults(captured, colleagues, clock.now()))
    words = await notices.find(tx, captured.notice_id)
    if words is None or words.notice.purpose != purpose:
        found.append(Fault.OTHER_WORDS)
    if captured.guardian_id is not None:
        if not await guardians.could_say(
            tx,
            ProfileId(captured.guardian_id),
            profile_id,
            captured.choice,
            captured.decided_at,
        ):
            found.append(Fault.NOT_GUARDIAN)
    elif captured.choice is Choice.GRANTED and await guardians.is_minor(
        tx, profile_id, clock=clock
    ):
        found.append(Fault.MINOR)
    return tuple(found)


async def capture(
    tx: Tx,
    profile_id: ProfileId,
    purpose: str,
    captured: Captured,
    *,
    colleagues: Sequence[str],
    actor: Actor,
    vault: Vault,
    rules: Rules,
    clock: Clock,
) -> UUID:
    """Record a choice that somebody made on paper or on the telephone; return its record.

    A yes to words that are not in force any more is kept and counts only if their edition still
    does. Locked, folded and audited as `choices.record`.

    Raises:
        BadCapture: see `examine`.
        NoSuchNotice: the words were never published here.
    """
    found = await examine(tx, profile_id, purpose, captured, colleagues=colleagues, clock=clock)
    if found or purpose not in rules.in_force.purposes:
        raise BadCapture(found)
    words = await notices.notice(tx, captured.notice_id)
    proof = Witnessed(captured.form, captured.witness)
    statement = Statement(
        record_id=new_id(),
        via=profile_id,
        purpose_id=rules.policy.bits[purpose],
        choice=captured.choice,
        decided_at=captured.decided_at,
        surface=captured.means.value,
        notice=words.notice_id,
        locale=words.notice.locale,
        evidence=msgspec.json.encode(proof).decode(),
        edition=words.notice.edition,
    )
    if captured.guardian_id is None:
        await choices.record(
            tx, [statement], actor=actor, vault=vault, policy=rules.policy, clock=clock
        )
    else:
        await guardians.record_for_child(
            tx,
            ProfileId(captured.guardian_id),
            [statement],
            actor=actor,
            vault=vault,
            policy=rules.policy,
            clock=clock,
        )
    return statement.record_id
