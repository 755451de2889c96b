"""What is kept and for what: answers with everything about them but their value.

Each answer bears the purposes that it is kept for (GDPR Art. 5(1)(b)). So it can be asked what is
kept for a purpose, of anybody; what is kept about one person; and an answer can be used for one
purpose more or fewer, or removed, whatever its value is.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import InForce
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.profiles import queries
from candor.domain.profiles.model import SealedAttribute
from candor.domain.profiles.service.keep import ATTRIBUTE, row_of
from candor.domain.vault.service import SealedField, Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

AT_MOST: Final = 10_000
_FIRST: Final = (UUID(int=0), 0, 0)


async def about(tx: ReadTx, profile_ids: Sequence[ProfileId]) -> list[SealedAttribute]:
    """Return what is kept about these profiles, sealed."""
    return await queries.attributes(tx, profile_ids=profile_ids)


async def kept_for(
    tx: ReadTx,
    purposes: Iterable[str],
    *,
    in_force: InForce,
    after: SealedAttribute | None = None,
    at_most: int = AT_MOST,
) -> list[SealedAttribute]:
    """Return what is kept for any of these purposes, of anybody, sealed; leaf with `after`."""
    last = _FIRST if after is None else (after.profile_id, after.attribute_id, after.source_id)
    mask = in_force.mask(tuple(purposes))
    return await queries.kept_for(tx, bit=mask, after=last, at_most=at_most)


async def open_kept(
    tx: Tx,
    rows: Sequence[SealedAttribute],
    *,
    purpose: str,
    actor: Actor,
    in_force: InForce,
    vault: Vault,
) -> list[Pii[bytes]]:
    """Open answers for a purpose, as JSON; decided and written down first (`Vault.open`).

    Raises:
        NotAllowed: the purpose is refused for somebody; commit, the entries about it stand here.
        NoKey: somebody was erased.
    """
    if not rows:
        return []
    fields: list[SealedField] = []
    for row in rows:
        declared = in_force.attributes_by_id.get(row.attribute_id)
        name = declared.code if declared else f"attribute {row.attribute_id}"
        place = row_of(row.attribute_id, row.source_id)
        fields.append(
            SealedField(name, ProfileId(row.profile_id), ATTRIBUTE, row.sealed, place)
        )
    return await vault.open(tx, fields, purpose=purpose, actor=actor)


async def use_for(
    tx: Tx,
    rows: Sequence[SealedAttribute],
    *,
    added: Sequence[str] = (),
    taken: Sequence[str] = (),
    actor: Actor,
    in_force: InForce,
    clock: Clock,
) -> int:
    """Let answers be used for some purposes more, or no more for some; return how many changed.

    One audit entry about the act, with the count, and the change feed. The gate still decides
    about each use: this says only for what the answer is kept.
    """
    whose = await queries.use_for(
        tx, rows, added=in_force.mask(tuple(added)), taken=in_force.mask(tuple(taken))
    )
    if whose:
        await feed.publish(tx, Changed.ATTRIBUTES, {ProfileId(one) for one in whose}, clock)
        await audit.record(
            tx,
            actor=actor,
            action="profiles.purposes_changed",
            clock=clock,
            fields=[*(f"+{code}" for code in added), *(f"-{code}" for code in taken)],
            detail={"answers": len(whose)},
        )
    return len(whose)


async def remove(
    tx: Tx,
    profile_id: ProfileId,
    code: str,
    *,
    source: str,
    actor: Actor,
    in_force: InForce,
    vault: Vault,
    clock: Clock,
) -> bool:
    """Remove what one source says of one fact about a profile; audited, and told in the feed.

    Returns:
        whether there was something.
    """
    removed = await queries.take_back(
        tx,
        profile_ids=[profile_id],
        attribute_id=in_force.numbers.attributes[code],
        source_id=in_force.numbers.sources[source],
    )
    if removed:
        await audit.record(
            tx,
            actor=actor,
            action="profiles.answer_removed",
            clock=clock,
            subjects=await vault.pseudonyms(tx, [profile_id]) or (None,),
            fields=[code],
        )
        await feed.publish(tx, Changed.ATTRIBUTES, [profile_id], clock)
    return removed > 0
