"""The verbs of the vault: make keys, seal, find by blind index, and open for a purpose.

One `Vault` per process. It keeps subject keys that were used lately in memory, because
unwrapping one costs a query; `forget` drops them when a profile is erased.
"""

import asyncio
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Outcome
from candor.domain.vault import model
from candor.domain.vault.errors import Malformed, NoKey, NotAllowed, SealBroken
from candor.domain.vault.model import EpochKey, Place, SubjectKey
from candor.domain.vault.model.life import Epoch
from candor.domain.vault.normalising import normalise
from candor.domain.vault.queries import erasures
from candor.domain.vault.queries import subject_keys as queries
from candor.domain.vault.service.epochs import Epochs
from candor.domain.vault.service.index import BlindIndex
from candor.infra import metrics
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

__all__ = [
    "BlindIndex",
    "Epoch",
    "Epochs",
    "Note",
    "Opening",
    "Reindexed",
    "SealedField",
    "Vault",
    "Verdict",
    "normalise",
]

_CACHED_KEYS: Final = 100_000  # about 1 KB each
EPOCH_LASTS: Final = timedelta(days=7)
_TRIES: Final = 3


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


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What became of identifiers on their way to another version of the index.

    `indexes` and `sealed` are None at the place of one that could not be moved.
    """

    indexes: list[bytes | None]
    sealed: list[bytes | None]
    keyless: set[ProfileId]  # erased: there is nothing to read any more
    broken: int  # changed by somebody else than us


class Opening:
    """What one decision allowed: the way to the plaintext of one person, while it goes on.

    It lives in memory as long as an answer to the person is being written, and no longer. Whether
    the person was erased meanwhile, `Vault.still_has` tells.
    """

    def __init__(self, keys: Mapping[ProfileId, SubjectKey]) -> None:
        """Take the keys of the profiles that were decided on."""
        self._keys = dict(keys)

    def __call__(
        self, table: str, column: str, profile_id: ProfileId, sealed: bytes, row: bytes = b""
    ) -> Pii[bytes]:
        """Open one value.

        Raises:
            NoKey: nobody decided on this profile.
            SealBroken, Malformed: the data is damaged.
        """
        key = self._keys.get(profile_id)
        if key is None:
            raise NoKey
        return Pii(key.unseal(Place(table, column).prefix(), sealed, row))


Gate = Callable[
    [ReadTx, Sequence[ProfileId], str, Actor], Awaitable[Mapping[ProfileId, Verdict]]
]
# Notes an erasure outside the database: whose, when, and in which transaction of PostgreSQL.
Note = Callable[[Sequence[ProfileId], datetime, str], None]


class Vault:
    """Keys in memory, and everything that is done with them."""

    def __init__(
        self,
        keyring: KeyProvider,
        clock: Clock,
        gate: Gate,
        note: Note,
        *,
        epoch_lasts: timedelta = EPOCH_LASTS,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            keyring: where the keys of epochs live.
            clock: gives the time of entries.
            gate: the decision engine, asked before anything is opened.
            note: notes erasures where a restored backup finds them.
            epoch_lasts: how long an epoch is open.
        """
        self._clock = clock
        self._gate = gate
        self._note = note
        self._keys: OrderedDict[ProfileId, SubjectKey] = OrderedDict()
        self.epochs = Epochs(keyring, clock, epoch_lasts)
        self.indexing = BlindIndex(keyring)
        self._tombstone_key = keyring.fixed_key("tombstones")

    def index(self, kind: str, normalised: str) -> bytes:
        """Return the blind index of a normalised identifier, under the version in use."""
        return self.indexing.of(kind, normalised)

    def mark(self, kind: str, normalised: str) -> bytes:
        """Return what stands on the tombstone of an identifier: 32 bytes.

        Under a key of its own that never changes, so that it outlives every blind index.
        """
        return model.blind_index_full(self._tombstone_key, kind, normalised)

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
        plain = {profile_id: os.urandom(model.KEY_BYTES) for profile_id in profile_ids}
        for _ in range(_TRIES):
            epoch = await self.epochs.key(await self.epochs.current(tx))
            if await queries.insert_keys(
                tx,
                epoch_id=epoch.epoch_id,
                profile_ids=list(plain),
                wrapped=[epoch.wrap(p, key) for p, key in plain.items()],
                at=self._clock.now(),
            ):
                return {p: SubjectKey(p, key) for p, key in plain.items()}
        raise Unavailable  # epochs come and go as never before

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
            epochs: dict[int, EpochKey] = {}
            for row in await queries.read_keys(tx, profile_ids=missing):
                epoch = epochs.get(row.epoch_id)
                if epoch is None:
                    epoch = epochs[row.epoch_id] = await self.epochs.key(row.epoch_id)
                plain = epoch.unwrap(row.profile_id, row.wrapped)
                fresh.append(SubjectKey(row.profile_id, plain))
            self.remember(fresh)
            found |= {ProfileId(key.profile_id): key for key in fresh}
        return found

    async def pseudonyms(self, tx: ReadTx, profile_ids: Iterable[ProfileId]) -> list[bytes]:
        """Return the names under which these profiles stand in the audit log."""
        return [key.pseudonym for key in (await self.keys(tx, profile_ids)).values()]

    async def customer(self, tx: ReadTx, profile_id: ProfileId) -> Actor:
        """Return a customer as the actor of what they do, with the name that the log has."""
        names = await self.pseudonyms(tx, [profile_id])
        return Actor.customer(profile_id, names[0] if names else None)

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
        keys = await self._decide(tx, by_profile, purpose=purpose, actor=actor)
        return [
            Pii(keys[f.profile_id].unseal(f.place.prefix(), f.sealed, f.row)) for f in fields
        ]

    async def admit(
        self,
        tx: Tx,
        profile_ids: Sequence[ProfileId],
        *,
        names: Sequence[str],
        purpose: str,
        actor: Actor,
        besides: Sequence[ProfileId] = (),
    ) -> Opening:
        """Decide once on everything of one person, and return what opens it, value by value.

        For an answer that is too long to be made in this transaction. One audit entry per
        profile, with `names` for what is going to be opened; commit before anything is. `besides`
        names keys that are no profile's and seal something of theirs: words in a request.

        Raises:
            NotAllowed: the purpose is refused; commit, the entries about it stand here.
            NoKey: a profile was erased.
        """
        fields = {profile_id: list(names) for profile_id in profile_ids}
        keys = await self._decide(tx, fields, purpose=purpose, actor=actor)
        return Opening(keys | await self.keys(tx, besides))

    async def still_has(self, tx: ReadTx, profile_ids: Sequence[ProfileId]) -> bool:
        """Tell whether all of these profiles have their keys, by the database alone."""
        return len(await queries.read_keys(tx, profile_ids=profile_ids)) == len(profile_ids)

    async def _decide(
        self, tx: Tx, by_profile: Mapping[ProfileId, list[str]], *, purpose: str, actor: Actor
    ) -> dict[ProfileId, SubjectKey]:
        """Ask the gate and write down what it says; return the keys, if it says yes to all."""
        keys = await self.keys(tx, by_profile)
        if len(keys) < len(by_profile):
            raise NoKey
        verdicts = await self._gate(tx, list(by_profile), purpose, actor)
        refused = [verdicts[p].reason for p in by_profile if not verdicts[p].allowed]
        alike: dict[tuple[tuple[str, ...], Verdict], list[bytes]] = {}
        for profile_id, names in by_profile.items():
            what = (tuple(sorted(set(names))), verdicts[profile_id])
            alike.setdefault(what, []).append(keys[profile_id].pseudonym)
        for (names, verdict), subjects in alike.items():
            await audit.record(
                tx,
                actor=actor,
                action="vault.open",
                clock=self._clock,
                subjects=subjects,
                purpose=purpose,
                fields=names,
                outcome=Outcome.ALLOWED if verdict.allowed else Outcome.REFUSED,
                reason=None if verdict.allowed else verdict.reason,
            )
        metrics.VAULT_OPENINGS.labels(purpose, "refused" if refused else "allowed").inc()
        if refused:
            message = f"This profile may not be read for {purpose}: {refused[0]}."
            raise NotAllowed(message)
        return keys

    async def reindex(
        self, tx: Tx, kinds: Sequence[str], fields: Sequence[SealedField], *, actor: Actor
    ) -> Reindexed:
        """Return identifiers under the version of the index in use, sealed for their new row.

        Opens each without asking the gate, for nothing leaves the vault in the clear; one audit
        entry for all. `fields` are sealed for their old index as the row.
        """
        keys = await self.keys(tx, {field.profile_id for field in fields})
        done = Reindexed([], [], {f.profile_id for f in fields} - keys.keys(), 0)
        broken = 0
        for kind, field in zip(kinds, fields, strict=True):
            index, sealed = None, None
            key, prefix = keys.get(field.profile_id), field.place.prefix()
            if key is not None:
                try:
                    plain = key.unseal(prefix, field.sealed, field.row)
                    index = self.index(kind, plain.decode())
                    sealed = key.seal(prefix, plain, index)
                except (SealBroken, Malformed, UnicodeDecodeError):
                    broken += 1
            done.indexes.append(index)
            done.sealed.append(sealed)
        detail = {"version": self.indexing.version, "count": len(fields), "broken": broken}
        await audit.record(
            tx, actor=actor, action="vault.reindexed", clock=self._clock, detail=detail
        )
        return replace(done, broken=broken)

    async def marks(
        self, tx: ReadTx, kinds: Sequence[str], fields: Sequence[SealedField]
    ) -> list[bytes | None]:
        """Return the marks of sealed identifiers; None where a key is gone or a value broken.

        The gate is not asked, for nothing leaves the vault in the clear; the erasure that needs
        them is audited.

        Raises:
            MissingEpoch: the keyring lacks the key of an epoch.
        """
        keys = await self.keys(tx, {field.profile_id for field in fields})
        found: list[bytes | None] = []
        for kind, field in zip(kinds, fields, strict=True):
            key, mark = keys.get(field.profile_id), None
            if key is not None:
                with suppress(SealBroken, Malformed, UnicodeDecodeError):
                    plain = key.unseal(field.place.prefix(), field.sealed, field.row)
                    mark = self.mark(kind, plain.decode())
            found.append(mark)
        return found

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
        transaction = await erasures.insert_erasures(tx, profile_ids=profile_ids, at=at)
        await asyncio.to_thread(self._note, profile_ids, at, transaction)
        self.forget(profile_ids)
        return destroyed
