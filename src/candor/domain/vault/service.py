"""The verbs of the vault: make keys, seal, find by blind index, and open for a purpose.

One `Vault` per process. It keeps subject keys that were used lately in memory, because
unwrapping one costs a query; `forget` drops them when a profile is erased.
"""

import asyncio
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Outcome
from candor.domain.vault import model, queries
from candor.domain.vault.errors import NoKey, NotAllowed
from candor.domain.vault.model import Place, SubjectKey
from candor.domain.vault.normalising import normalise
from candor.domain.vault.queries import Epoch
from candor.infra import metrics
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock
from candor.kernel.errors import Bug
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

__all__ = ["Epoch", "SealedField", "Vault", "Verdict", "normalise"]

_CACHED_KEYS: Final = 100_000  # about 1 KB each
INDEX_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class SealedField:
    """A sealed value on its way to being opened: its name for the log, its place, its row."""

    name: str
    profile_id: ProfileId
    place: Place
    sealed: bytes
    row: bytes = b""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the decision engine says about one profile and one purpose."""

    allowed: bool
    reason: str


Gate = Callable[
    [ReadTx, Sequence[ProfileId], str, Actor], Awaitable[Mapping[ProfileId, Verdict]]
]
# Notes an erasure outside the database: whose, when, and in which transaction of PostgreSQL.
Note = Callable[[Sequence[ProfileId], datetime, int], None]


class Vault:
    """Keys in memory, and everything that is done with them."""

    def __init__(self, keyring: KeyProvider, clock: Clock, gate: Gate, note: Note) -> None:
        """Take the keyring, and the decision engine that is asked before anything is opened.

        `note` writes erasures where whoever restores a backup finds them.
        """
        self._keyring = keyring
        self._clock = clock
        self._gate = gate
        self._note = note
        self._keys: OrderedDict[ProfileId, SubjectKey] = OrderedDict()
        self._index_key = keyring.fixed_key(f"blind index {INDEX_VERSION}")

    def index(self, kind: str, normalised: str) -> bytes:
        """Return the blind index of a normalised identifier."""
        return model.blind_index(self._index_key, kind, normalised)

    def cached(self, profile_id: ProfileId) -> SubjectKey | None:
        """Return a key that is in memory, without asking the database. Does not count as use."""
        return self._keys.get(profile_id)

    async def create(
        self, tx: Tx, profile_ids: Sequence[ProfileId]
    ) -> dict[ProfileId, SubjectKey]:
        """Make and keep the keys of new profiles, wrapped in the open epoch.

        The keys are not cached before the caller says so (`remember`): the transaction may
        fail.
        """
        epoch_id = await self._epoch(tx)
        epoch_key = self._keyring.epoch_key(epoch_id)
        plain = {profile_id: os.urandom(model.KEY_BYTES) for profile_id in profile_ids}
        await queries.insert_keys(
            tx,
            epoch_id=epoch_id,
            profile_ids=list(plain),
            wrapped=[model.wrap(epoch_key, epoch_id, p, key) for p, key in plain.items()],
            at=self._clock.now(),
        )
        return {profile_id: SubjectKey(profile_id, key) for profile_id, key in plain.items()}

    def remember(self, keys: Iterable[SubjectKey]) -> None:
        """Keep keys in memory, dropping those that were not used for longest."""
        for key in keys:
            self._keys[ProfileId(key.profile_id)] = key
        while len(self._keys) > _CACHED_KEYS:
            self._keys.popitem(last=False)

    def forget(self, profile_ids: Iterable[ProfileId]) -> None:
        """Drop keys from memory: their profiles were erased, here or in another process."""
        for profile_id in profile_ids:
            self._keys.pop(profile_id, None)

    async def keys(
        self, tx: ReadTx, profile_ids: Iterable[ProfileId]
    ) -> dict[ProfileId, SubjectKey]:
        """Return the keys of these profiles; erased ones are missing.

        Raises:
            MissingEpoch: the keyring lacks the key of an epoch.
            WrongKey: keyring and database do not belong together, or a key was changed.
        """
        found: dict[ProfileId, SubjectKey] = {}
        missing: list[ProfileId] = []
        for profile_id in profile_ids:
            key = self._keys.get(profile_id)
            if key is None:
                missing.append(profile_id)
            else:
                self._keys.move_to_end(profile_id)
                found[profile_id] = key
        if missing:
            fresh: list[SubjectKey] = []
            for row in await queries.read_keys(tx, profile_ids=missing):
                epoch_key = self._keyring.epoch_key(row.epoch_id)
                plain = model.unwrap(epoch_key, row.epoch_id, row.profile_id, row.wrapped)
                fresh.append(SubjectKey(row.profile_id, plain))
            self.remember(fresh)
            found |= {ProfileId(key.profile_id): key for key in fresh}
        return found

    async def pseudonyms(self, tx: ReadTx, profile_ids: Iterable[ProfileId]) -> list[bytes]:
        """Return the names under which these profiles stand in the audit log."""
        return [key.pseudonym for key in (await self.keys(tx, profile_ids)).values()]

    async def open(
        self,
        tx: Tx,
        fields: Sequence[SealedField],
        *,
        purpose: str,
        actor: Actor,
        about: Iterable[ProfileId] = (),
    ) -> list[Pii[bytes]]:
        """Open sealed fields of one or more profiles for a purpose: the only way to plaintext.

        The decision is asked first; an audit entry per profile is written in this transaction,
        for a refusal as well; then the values are opened, in the order of `fields`. Profiles in
        `about` are decided on and written down even where none of their fields is opened.

        Raises:
            NotAllowed: the purpose is refused for one of the profiles. The entries about the
                refusal stand in the transaction: commit it.
            NoKey: a profile was erased.
            SealBroken, Malformed, WrongKey, MissingEpoch: the data or the keys are damaged.
        """
        by_profile: dict[ProfileId, list[str]] = {profile_id: [] for profile_id in about}
        for field in fields:
            by_profile.setdefault(field.profile_id, []).append(field.name)
        keys = await self.keys(tx, by_profile)
        if len(keys) < len(by_profile):
            raise NoKey
        verdicts = await self._gate(tx, list(by_profile), purpose, actor)
        refused = [verdicts[p].reason for p in by_profile if not verdicts[p].allowed]
        for profile_id, names in by_profile.items():
            verdict = verdicts[profile_id]
            await audit.record(
                tx,
                actor=actor,
                action="vault.open",
                clock=self._clock,
                subjects=[keys[profile_id].pseudonym],
                purpose=purpose,
                fields=sorted(set(names)),
                outcome=Outcome.ALLOWED if verdict.allowed else Outcome.REFUSED,
                reason=None if verdict.allowed else verdict.reason,
            )
        metrics.VAULT_OPENINGS.labels(purpose, "refused" if refused else "allowed").inc()
        if refused:
            message = f"This profile may not be read for {purpose}: {refused[0]}."
            raise NotAllowed(message)
        return [
            Pii(keys[f.profile_id].unseal(f.place.prefix(), f.sealed, f.row)) for f in fields
        ]

    async def destroy(self, tx: Tx, profile_ids: Sequence[ProfileId]) -> int:
        """Destroy the keys of these profiles: what they sealed is unreadable from the commit on.

        Other processes drop their copies when they see the erasure in the change feed. Before
        the commit the erasure is on disk outside the database as well, so that no backup which
        is restored later brings anybody back. Blocks while that is written.

        Raises:
            Unavailable: it cannot be noted; nothing may be erased without.
        """
        at = self._clock.now()
        destroyed = await queries.destroy_keys(tx, profile_ids=profile_ids)
        transaction = await queries.insert_erasures(tx, profile_ids=profile_ids, at=at)
        await asyncio.to_thread(self._note, profile_ids, at, transaction)
        self.forget(profile_ids)
        return destroyed

    async def open_epoch(self, tx: Tx, actor: Actor) -> int:
        """Close the epoch and open the next; new keys are wrapped in it from now on."""
        await queries.lock_epochs(tx)
        now = self._clock.now()
        await queries.close_epochs(tx, at=now)
        epoch_id = await queries.insert_epoch(tx, at=now)
        self._keyring.create_epoch(epoch_id)
        await audit.record(
            tx,
            actor=actor,
            action="vault.epoch_opened",
            clock=self._clock,
            detail={"epoch": epoch_id},
        )
        return epoch_id

    async def rewrap(self, tx: Tx, *, at_most: int = 5_000) -> int:
        """Wrap some keys of older epochs in the open one; return how many (0: all are done).

        Locks the rows, skipping those that another worker has; readers are unharmed.
        """
        epoch_id = await self._epoch(tx)
        epoch_key = self._keyring.epoch_key(epoch_id)
        rows = await queries.keys_to_rewrap(tx, below=epoch_id, at_most=at_most)
        if not rows:
            return 0
        wrapped = [
            model.wrap(
                epoch_key,
                epoch_id,
                row.profile_id,
                model.unwrap(
                    self._keyring.epoch_key(row.epoch_id),
                    row.epoch_id,
                    row.profile_id,
                    row.wrapped,
                ),
            )
            for row in rows
        ]
        ids = [row.profile_id for row in rows]
        return await queries.rewrap_keys(
            tx, epoch_id=epoch_id, profile_ids=ids, wrapped=wrapped
        )

    async def destroy_epoch(self, tx: Tx, epoch_id: int, actor: Actor) -> None:
        """Destroy the key of a closed epoch that wraps nothing living any more.

        Raises:
            Bug: keys of living profiles are still wrapped in it; re-wrap them first.
        """
        epoch = next((e for e in await queries.epochs(tx) if e.epoch_id == epoch_id), None)
        if epoch is None or epoch.closed_at is None or epoch.keys:
            message = "an epoch that still wraps keys cannot be destroyed"
            raise Bug(message)
        await queries.mark_destroyed(tx, epoch_id=epoch_id, at=self._clock.now())
        await audit.record(
            tx,
            actor=actor,
            action="vault.epoch_destroyed",
            clock=self._clock,
            detail={"epoch": epoch_id},
        )
        self._keyring.destroy_epoch(epoch_id)

    async def epochs(self, tx: ReadTx) -> list[Epoch]:
        """Return all epochs with the number of keys that each wraps, newest first."""
        return await queries.epochs(tx)

    async def _epoch(self, tx: Tx) -> int:
        epoch_id = await queries.open_epoch(tx)
        if epoch_id is not None:
            return epoch_id
        await queries.lock_epochs(tx)
        # Somebody may have opened the first one while we waited.
        return await queries.open_epoch(tx) or await self.open_epoch(tx, Actor.machine("vault"))
