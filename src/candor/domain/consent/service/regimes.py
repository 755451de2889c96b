"""Which law protects a person: it decides what silence means and what a purpose rests on."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Regime
from candor.domain.consent.model.choice import fold
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.queries import regimes as stored
from candor.domain.consent.service import gate
from candor.domain.consent.service.folding import fold_choices, lock, minor_until
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId


async def regime_of(tx: ReadTx, members: Sequence[ProfileId]) -> Regime | None:
    """Return the law that protects a person; None where it is unknown, or their profiles differ."""
    found = {state.regime for state in (await gate.states(tx, members)).values()}
    only = found.pop() if len(found) == 1 else None
    return Regime(only) if only in set(Regime) else None


async def foreseen(
    tx: ReadTx, members: Sequence[ProfileId], *, policy: Policy, now: datetime
) -> dict[Regime | None, int]:
    """Return the mask of allowed purposes that a person would have under each law, and under none.

    A restricted person is allowed nothing, whatever the law; that is left out here.
    """
    states = list((await gate.states(tx, members)).values())
    records = await gate.history(tx, members)
    until = minor_until(states)
    return {
        regime: fold(records, frozenset(members), policy, regime, now, until)[0]
        for regime in (*Regime, None)
    }


async def set_regime(
    tx: Tx,
    profile_id: ProfileId,
    regime: Regime | None,
    *,
    actor: Actor,
    vault: Vault,
    policy: Policy,
    clock: Clock,
) -> bool:
    """Say which law protects a person, for all their profiles; tell whether anything changed.

    Locks the person's states, folds again under the new law, writes an audit entry, publishes.
    """
    locked = await lock(tx, [profile_id])
    ids = [state.profile_id for state in locked]
    changed = await stored.set_regime(
        tx, profile_ids=ids, regime=regime.value if regime else None
    )
    if not changed:
        return False
    await fold_choices(tx, locked, policy, clock)
    await _written(tx, profile_id, regime, actor, vault, clock)
    await feed.publish(tx, Changed.CONSENT, [ProfileId(one) for one in ids], clock)
    return True


async def _written(
    tx: Tx,
    profile_id: UUID,
    regime: Regime | None,
    actor: Actor,
    vault: Vault,
    clock: Clock,
) -> None:
    await audit.record(
        tx,
        actor=actor,
        action="consent.regime_set",
        clock=clock,
        subjects=await vault.pseudonyms(tx, [ProfileId(profile_id)]) or (None,),
        detail={"regime": regime.value if regime else "unknown"},
    )
