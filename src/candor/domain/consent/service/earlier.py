"""Recording choices that were made before Candor, with their evidence; repeating is harmless."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from candor.domain.audit.model import Actor
from candor.domain.consent.model.earlier import Flaw, Reference, Row
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.state import Standing
from candor.domain.consent.queries import earlier as stored
from candor.domain.consent.service import choices, gate, notices
from candor.domain.consent.service.choices import Statement
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId

__all__ = ["Judged", "judge", "record"]


@dataclass(slots=True)
class Judged:
    """What would become of some rows: new choices, how many stand already, and what is refused."""

    fresh: list[Statement] = field(default_factory=list[Statement])
    known: int = 0
    refused: list[tuple[int, Flaw]] = field(default_factory=list[tuple[int, Flaw]])


async def judge(tx: ReadTx, rows: Sequence[tuple[Row, ProfileId]], *, rules: Rules) -> Judged:
    """Return what recording these rows of these profiles would do; nothing is written."""
    judged = Judged()
    editions: dict[tuple[str, str], int | None] = {}
    found: dict[UUID, Statement] = {}
    known = await gate.states(tx, {via for _, via in rows})
    for row, via in rows:
        if via not in known or known[via].standing == Standing.ERASED:
            judged.refused.append((row.line, Flaw.UNKNOWN_PERSON))
            continue
        edition = row.edition
        if row.notice is not None:
            place = (row.purpose, row.notice)
            if place not in editions:
                editions[place] = await _edition(tx, *place)
            if editions[place] is None:
                judged.refused.append((row.line, Flaw.UNKNOWN_NOTICE))
                continue
            edition = editions[place]
        statement = _statement(row, via, edition or 1, rules)
        if statement.record_id in found:
            judged.known += 1
        found[statement.record_id] = statement
    standing = await stored.known_records(
        tx, records={record_id: one.via for record_id, one in found.items()}
    )
    judged.known += len(standing)
    there = set(standing)
    judged.fresh = [one for record_id, one in found.items() if record_id not in there]
    return judged


async def record(
    tx: Tx,
    statements: Sequence[Statement],
    *,
    actor: Actor,
    vault: Vault,
    rules: Rules,
    clock: Clock,
) -> None:
    """Record what `judge` found to be new: see `choices.record` for locks, audit and feed.

    An earlier choice never undoes a later one: the time of the choice counts, not of the import.
    """
    await choices.record(
        tx, statements, actor=actor, vault=vault, policy=rules.policy, clock=clock
    )


async def _edition(tx: ReadTx, purpose: str, notice_id: str) -> int | None:
    """Return the edition of the words, or None when they were never published for the purpose."""
    found = await notices.find(tx, notice_id)
    if found is None or found.notice.purpose != purpose:
        return None
    return found.notice.edition


def _statement(row: Row, via: ProfileId, edition: int, rules: Rules) -> Statement:
    return Statement(
        record_id=row.record_id(via),
        via=via,
        purpose_id=rules.policy.bits[row.purpose],
        choice=row.choice,
        decided_at=row.decided_at,
        surface=row.surface,
        notice=row.notice,
        locale=row.locale,
        evidence=msgspec.json.encode(Reference(imported=True, reference=row.evidence)).decode(),
        edition=edition,
    )
