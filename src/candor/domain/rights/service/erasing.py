"""Erasing a person everywhere: what an erasure does, and what a replay does again."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.vault.service import Vault
from candor.infra.db.pool import Tx
from candor.infra.holder import Erased, Holder
from candor.infra.keyring import MissingEpoch
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId

_FIRST = "vault"  # keys go first: whatever fails later, nothing can be read any more


async def erase(
    tx: Tx,
    members: Sequence[ProfileId],
    *,
    holders: Mapping[str, Holder],
    vault: Vault,
    actor: Actor,
    clock: Clock,
) -> Erased:
    """Erase the profiles of one person in every slice; return rows gone and kept.

    Destroys the keys, which is noted outside the database before the commit; writes an audit
    entry under each pseudonym that could still be worked out. May be done again without harm.
    """
    subjects: Sequence[bytes | None] = (None,)
    with suppress(MissingEpoch):  # in an old backup: the epoch of their keys is destroyed
        subjects = await vault.pseudonyms(tx, members) or subjects
    order = [_FIRST, *(name for name in holders if name != _FIRST)]
    gone: dict[str, int] = {}
    kept: dict[str, tuple[int, str]] = {}
    for name in order:
        erased = await holders[name].erase_person(tx, members)
        gone |= erased.gone
        kept |= erased.kept
    await feed.publish(tx, Changed.ERASED, members, clock)
    await audit.record(
        tx,
        actor=actor,
        action="profiles.erased",
        clock=clock,
        subjects=subjects,
        detail={"profiles": len(members), "rows": sum(gone.values())},
    )
    return Erased(gone, kept)
