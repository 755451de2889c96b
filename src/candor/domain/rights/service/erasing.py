"""Erasing a person everywhere: what an erasure does, and what a replay does again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

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

_LAST: Final = "vault"  # the others may need the keys until then


async def cut_off(
    tx: Tx,
    members: Sequence[ProfileId],
    *,
    holders: Mapping[str, Holder],
    vault: Vault,
    actor: Actor,
    clock: Clock,
) -> dict[str, int]:
    """Make the profiles of one person unreadable and unknown, from the commit on.

    Destroys the keys, which is noted outside the database before the commit; ends what lets them
    in; puts up tombstones; tells every process; writes an audit entry under each pseudonym that
    could still be worked out. Returns the rows that went, by table.
    """
    subjects: Sequence[bytes | None] = (None,)
    with suppress(MissingEpoch):  # in an old backup: the epoch of their keys is destroyed
        subjects = await vault.pseudonyms(tx, members) or subjects
    gone: dict[str, int] = {}
    for name in sorted(holders, key=lambda name: name == _LAST):
        gone |= await holders[name].cut_off(tx, members)
    await feed.publish(tx, Changed.ERASED, members, clock)
    await audit.record(
        tx,
        actor=actor,
        action="profiles.erased",
        clock=clock,
        subjects=subjects,
        detail={"profiles": len(members), "rows": sum(gone.values())},
    )
    return gone


async def erase(
    tx: Tx,
    members: Sequence[ProfileId],
    *,
    holders: Mapping[str, Holder],
    vault: Vault,
    actor: Actor,
    clock: Clock,
) -> Erased:
    """Erase the profiles of one person in every slice at once; return rows gone and kept.

    For a database that is not open to anybody: a request does the same step by step. May be done
    again without harm.
    """
    gone = Counter(
        await cut_off(tx, members, holders=holders, vault=vault, actor=actor, clock=clock)
    )
    kept: dict[str, tuple[int, str]] = {}
    for holder in holders.values():
        erased = await holder.erase_person(tx, members)
        gone.update(erased.gone)
        kept |= erased.kept
    await feed.forget(tx, members)
    return Erased(gone, kept)
