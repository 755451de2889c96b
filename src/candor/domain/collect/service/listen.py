"""Hearing the signals that calls carry: browsers and pages signal the same with every call.

A signal that says nothing new must cost nothing. What will say nothing new is remembered here,
per process, until the change feed tells that a choice of that person changed.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.collect.model import Load, Taken
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.signal import Signal, SignalKind
from candor.domain.consent.service import gate, signals
from candor.domain.consent.service.folding import GPC
from candor.domain.profiles.service.resolve import Batch, Resolver
from candor.domain.vault.service import Vault
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId
from candor.kernel.units import mask_of

_MOST: Final = 100_000  # profiles remembered

Place = tuple[ProfileId, SignalKind]
Settled = Mapping[Place, int]  # the hash of the string that says nothing new


class Listener:
    """Hears signals for the door of one process."""

    def __init__(self, vault: Vault, clock: Clock, resolver: Resolver, actor: Actor) -> None:
        """Take what hearing needs, and the resolver that knows states."""
        self._vault = vault
        self._clock = clock
        self._resolver = resolver
        self._actor = actor
        self._settled: dict[ProfileId, dict[SignalKind, int]] = {}

    def forget(self, profile_ids: Iterable[ProfileId]) -> None:
        """Look again at what these profiles signal: their choices changed."""
        for profile_id in profile_ids:
            self._settled.pop(profile_id, None)

    def forget_all(self) -> None:
        """Look again at everything."""
        self._settled.clear()

    def settle(self, settled: Settled) -> None:
        """Remember what says nothing new, after the commit that showed it."""
        if len(self._settled) > _MOST:
            self._settled.clear()
        for (owner, kind), mark in settled.items():
            self._settled.setdefault(owner, {})[kind] = mark

    async def listen(
        self,
        tx: Tx,
        batch: Batch,
        fresh: Sequence[tuple[Load, Taken]],
        owners: Sequence[ProfileId],
        policy: Policy,
    ) -> Settled:
        """Hear what calls signal; return what will say nothing new from now on.

        Without signals, or with none that is new, no query is made.
        """
        signalling = [o for (_, taken), o in zip(fresh, owners, strict=True) if taken.signals]
        if not signalling:
            return {}
        await self._resolver.states(tx, batch, signalling)  # what gating reads anyway
        asked: list[Signal] = []
        marks: dict[Place, list[int]] = {}
        for (load, taken), owner in zip(fresh, owners, strict=True):
            for kind, value in taken.signals:
                mark, before = hash(value), marks.get((owner, kind))
                if before is None and self._is_settled(batch, owner, kind, mark, policy):
                    continue
                if before is not None and before[-1] == mark:
                    continue
                marks.setdefault((owner, kind), []).append(mark)
                asked.append(_signal(load, taken, owner, kind, value))
        if not asked:
            return {}
        listened = await signals.listen(
            tx, asked, actor=self._actor, vault=self._vault, policy=policy, clock=self._clock
        )
        batch.states |= await gate.states(tx, listened.touched)
        return {
            place: said[0]
            for place, said in marks.items()
            if place in listened.settled and len(said) == 1
        }

    def _is_settled(
        self, batch: Batch, owner: ProfileId, kind: SignalKind, mark: int, policy: Policy
    ) -> bool:
        """Tell whether a signal surely says nothing new."""
        if kind is SignalKind.GPC:
            state = self._resolver.state(batch, owner)
            if state and state.heard & GPC and not state.allowed & mask_of(policy.sale):
                return True
        return self._settled.get(owner, {}).get(kind) == mark


def _signal(
    load: Load, taken: Taken, owner: ProfileId, kind: SignalKind, value: str | None
) -> Signal:
    name = hashlib.blake2b(taken.message_key + kind.encode(), digest_size=16)
    return Signal(
        signal_id=UUID(bytes=name.digest()),
        via=owner,
        kind=kind,
        decided_at=taken.occurred_at,
        surface=f"source {load.source_code}",
        source_id=load.source_id,
        value=value,
    )
