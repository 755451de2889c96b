"""Receipts: signed copies of choices, for those who made them."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.audit.model.proof import InclusionProof
from candor.domain.audit.service import proving
from candor.domain.catalogue import service as catalogue
from candor.domain.catalogue.model import InForce, Regime
from candor.domain.consent.errors import NoSuchChoice
from candor.domain.consent.model import logged
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.notice import Notice, id_of, notice_of
from candor.domain.consent.model.receipt import KIND, Chosen, payload_of, receipt_of
from candor.domain.consent.model.state import Standing
from candor.domain.consent.queries import receipts as stored
from candor.domain.consent.queries.receipts import ChoiceRow
from candor.domain.consent.service import gate, notices
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.jws import KeySet, Signer
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId

ISSUED: Final = "consent.receipt_issued"
_ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs receipts, and where the person changes their mind."""

    signer: Signer
    keys: KeySet  # the one that signs first, then those that no longer do
    choose_at: str


def issuer_of(keyring: KeyProvider, *, number: int, choose_at: str) -> Issuer:
    """Return who signs receipts.

    Keys are numbered from 1. The one of the highest number signs; the public parts of the
    others stay in the set, so that what they signed can be verified for ever.

    Args:
        keyring: where the secret is derived from.
        number: of the key that signs.
        choose_at: the address of the page on which people choose.
    """
    signers = [Signer(keyring.fixed_key(f"receipts/{n}")) for n in range(number, 0, -1)]
    return Issuer(signers[0], KeySet(tuple(signer.public for signer in signers)), choose_at)


async def receipt(
    tx: Tx,
    profile_id: ProfileId,
    record_id: UUID,
    *,
    actor: Actor,
    vault: Vault,
    issuer: Issuer,
    in_force: InForce,
    clock: Clock,
) -> str:
    """Return the signed receipt of a choice that this person made; audited.

    The same record gives the same characters, as long as the key, the law that the person stands
    under and the address of their page are the same.

    Raises:
        NoSuchChoice: there is none of this id, it was made through somebody else's profile, or
            the person was erased.
    """
    members = await gate.members(tx, profile_id)
    row = await stored.find_choice(tx, profile_ids=members, record_id=record_id)
    if row is None:
        raise NoSuchChoice
    chosen = await _chosen(tx, row, vault, in_force)
    compact = issuer.signer.sign(
        payload_of(receipt_of(chosen, choose_at=issuer.choose_at)), kind=KIND
    )
    await audit.record(
        tx,
        actor=actor,
        action=ISSUED,
        clock=clock,
        subjects=[bytes.fromhex(chosen.principal)],
        purpose=chosen.notice.purpose,
        detail={"record": record_id.hex, "key": issuer.signer.public.kid},
    )
    return compact


async def prove(
    tx: Tx,
    profile_id: ProfileId,
    record_id: UUID,
    *,
    actor: Actor,
    vault: Vault,
    clock: Clock,
) -> InclusionProof:
    """Return the proof that the choice behind a receipt stands in the log; a read, audited as one.

    Raises:
        NoSuchChoice: as for `receipt`.
        NoSuchEntry: it was written down before the log named records.
        NotSealedYet: it was made a moment ago.
    """
    members = await gate.members(tx, profile_id)
    row = await stored.find_choice(tx, profile_ids=members, record_id=record_id)
    keys = await vault.keys(tx, [ProfileId(row.via_profile_id)]) if row else {}
    if row is None or not keys:
        raise NoSuchChoice
    entry_id, proof = await proving.prove_first(
        tx,
        keys[ProfileId(row.via_profile_id)].pseudonym,
        action=logged.ACTION,
        detail=logged.detail_of(record_id, Choice(row.choice), row.decided_at),
    )
    await audit.record(
        tx, actor=actor, action="audit.proved", clock=clock, detail={"entry": entry_id}
    )
    return proof


async def _chosen(tx: ReadTx, row: ChoiceRow, vault: Vault, in_force: InForce) -> Chosen:
    via = ProfileId(row.via_profile_id)
    chooser = ProfileId(row.guardian_id) if row.guardian_id else via
    state = (await gate.states(tx, [via])).get(via)
    keys = await vault.keys(tx, {via, chooser})
    if state is None or state.standing == Standing.ERASED or via not in keys:
        raise NoSuchChoice
    notice_id, notice, is_exact = await _words(tx, row, in_force)
    principal = keys[via].pseudonym.hex()
    return Chosen(
        record_id=row.record_id,
        choice=Choice(row.choice),
        decided_at=row.decided_at,
        recorded_at=row.recorded_at,
        expires_at=row.expires_at,
        surface=row.surface,
        locale=row.locale or notice.locale,
        notice_id=notice_id,
        notice=notice,
        is_exact=is_exact,
        regime=Regime(state.regime) if state.regime else None,
        principal=principal,
        # A guardian who was erased since has no name any more, not even this one.
        chooser=keys[chooser].pseudonym.hex() if chooser in keys else "guardian",
    )


async def _words(tx: ReadTx, row: ChoiceRow, in_force: InForce) -> tuple[str, Notice, bool]:
    """Return the words of a choice: those that its record names, else those of its time."""
    code = next(
        (c for c, bit in in_force.numbers.purposes.items() if bit == row.purpose_id), ""
    )
    if row.notice:
        found = await notices.find(tx, row.notice)
        if found is not None and found.notice.purpose == code:
            return found.notice_id, found.notice, True
    versions = await catalogue.versions(tx)  # newest first
    earlier = [v for v in versions if v.applied_at <= row.recorded_at] or versions[-1:]
    for version in (*earlier, *versions):
        document = await catalogue.document_of(tx, version_id=version.version_id)
        for purpose in document.purposes:
            if purpose.code == code:
                notice = notice_of(document, purpose, row.locale or _ENGLISH)
                return id_of(notice), notice, False
    raise NoSuchChoice
